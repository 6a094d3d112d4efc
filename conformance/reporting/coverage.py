"""The denominator: how much of what a profile asks for is judged at all."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Protocol

from conformance.catalogue import Catalogue, Document
from conformance.vocabulary import Level, Requirement, Status

NO_CHECK_YET = "no check yet"


class AnyProfile(Protocol):
    """The part of a profile that coverage needs."""

    @property
    def id(self) -> str:
        """The profile's id."""

    @property
    def title(self) -> str:
        """A readable name."""

    @property
    def requires(self) -> Iterable[str]:
        """The ids of the requirements it names."""

    def level_of(self, row: Requirement, /) -> Level:
        """The effective level of a row under this profile."""


@dataclass(frozen=True, slots=True)
class Coverage:
    """How many requirements are checked, planned and excluded; in total and by document."""

    checked: int
    planned: int
    excluded: int
    documents: Mapping[str, "Coverage"] = field(default_factory=dict)

    def as_json(self) -> dict[str, Any]:
        """One entry of `coverage` in results.json."""
        counts: dict[str, Any] = {"checked": self.checked, "planned": self.planned, "excluded": self.excluded}
        if self.documents:
            counts["documents"] = {name: part.as_json() for name, part in self.documents.items()}
        return counts


@dataclass(frozen=True, slots=True)
class RequirementInfo:
    """A catalogue row as the report shows it; `levels` holds the effective level by profile id."""

    row: Requirement
    status: Status
    levels: Mapping[str, Level]

    def as_json(self) -> dict[str, Any]:
        """One entry of `requirements` in results.json."""
        return {
            "id": self.row.id,
            "document": self.row.document,
            "section": self.row.section,
            "roles": [role.value for role in self.row.roles],
            "summary": self.row.summary,
            "link": self.row.link,
            "reading": self.row.reading,
            "status": self.status.value,
            "reason": reason_of(self.row, self.status),
            "levels": {profile: level.value for profile, level in self.levels.items()},
        }


@dataclass(frozen=True, slots=True)
class Plan:
    """What the selected profiles ask for: titles and coverage by profile id, the rows, their documents."""

    titles: Mapping[str, str]
    coverage: Mapping[str, Coverage]
    requirements: Sequence[RequirementInfo]
    documents: Mapping[str, Document]

    def as_json(self) -> dict[str, Any]:
        """The keys `profiles`, `coverage`, `documents` and `requirements` of results.json."""
        return {
            "profiles": [{"id": profile_id, "title": title} for profile_id, title in self.titles.items()],
            "coverage": {profile_id: part.as_json() for profile_id, part in self.coverage.items()},
            "documents": [{"name": d.name, "title": d.title, "url": d.url} for d in self.documents.values()],
            "requirements": [row.as_json() for row in self.requirements],
        }


def status_of(row: Requirement, checked: Collection[str]) -> Status:
    """Whether the harness judges a row, given the ids that have a check."""
    if row.excluded:
        return Status.EXCLUDED
    return Status.CHECKED if row.id in checked else Status.PLANNED


def reason_of(row: Requirement, status: Status) -> str | None:
    """Why a row isn't checked, or what part of it can't be."""
    return row.excluded or row.partly or (NO_CHECK_YET if status is Status.PLANNED else None)


def coverage_of(rows: Iterable[Requirement], checked: Collection[str]) -> Coverage:
    """Count rows by status, in total and by document, documents in the order met."""
    by_document: dict[str, list[Status]] = {}
    for row in rows:
        by_document.setdefault(row.document, []).append(status_of(row, checked))
    every = [status for statuses in by_document.values() for status in statuses]
    return _counted(every, {name: _counted(statuses) for name, statuses in by_document.items()})


def plan(profiles: Sequence[AnyProfile], texts: Catalogue, checked: Collection[str]) -> Plan:
    """What RunInfo needs to know of the selected profiles; `checked` are the ids that have a check.

    Raises KeyError if a profile names an id that the catalogue doesn't have.
    """
    rows = texts.rows
    required = {profile.id: {i: rows[i] for i in profile.requires} for profile in profiles}
    wanted = [row for row in rows.values() if any(row.id in asked for asked in required.values())]
    mentioned = {row.document for row in wanted}
    return Plan(
        titles={profile.id: profile.title for profile in profiles},
        coverage={
            profile_id: coverage_of((row for row in wanted if row.id in asked), checked)
            for profile_id, asked in required.items()
        },
        requirements=[
            RequirementInfo(
                row,
                status_of(row, checked),
                {p.id: p.level_of(row) for p in profiles if row.id in required[p.id]},
            )
            for row in wanted
        ],
        documents={name: document for name, document in texts.documents.items() if name in mentioned},
    )


def _counted(statuses: Sequence[Status], documents: Mapping[str, Coverage] | None = None) -> Coverage:
    return Coverage(
        checked=statuses.count(Status.CHECKED),
        planned=statuses.count(Status.PLANNED),
        excluded=statuses.count(Status.EXCLUDED),
        documents=documents or {},
    )
