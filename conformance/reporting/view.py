"""results.json arranged the way people read it: findings first, then documents, sections, requirements."""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from conformance.reporting.curl import curl_line
from conformance.vocabulary import Verdict

Json = Mapping[str, Any]

NOT_RUN = "NOT-RUN"
"""Stands where a verdict would: the row has a check, and this run didn't get to it."""

VERDICT_ORDER = ("FAIL", "ERROR", "INCONCLUSIVE", "WARN", "NOTE", "PASS", "NOT-APPLICABLE")
"""Worst first; a requirement with several results shows its worst."""

_TITLES = {
    "conformant": "Conformant",
    "known-failures-only": "Conformant but for known failures",
    "not-conformant": "Not conformant",
    "stale-known-failures": "Known failures out of date",
    "inconclusive": "Inconclusive",
    "internal-error": "Harness error",
}


@dataclass(frozen=True, slots=True)
class Finding:
    """One conclusion of one check; profiles that share it are named together.

    `held_back` are findings that hang on this one and have nothing of their own to say.
    """

    row: Json
    result: Json
    profiles: Sequence[str]
    held_back: Sequence["Finding"] = ()

    @property
    def verdict(self) -> str:
        """The verdict."""
        return str(self.result["verdict"])

    @property
    def is_open(self) -> bool:
        """Whether somebody has to act: red or a warning, and not listed as known."""
        return self.result["known_failure"] is None and (Verdict(self.verdict).is_red or self.verdict == Verdict.WARN)

    @property
    def source(self) -> str:
        """Document and section, as in "RFC 7636, 4.4.1"."""
        return f"{self.row['document']}, {self.row['section']}"

    @property
    def commands(self) -> list[str]:
        """What to run to see it again: the recorded commands, and the decisive exchange by curl."""
        recorded = list(self.result["again"])
        exchanges = self.result["exchanges"]
        if exchanges and not any(command.startswith("curl ") for command in recorded):
            recorded.insert(0, curl_line(exchanges[-1]))
        return recorded

    @property
    def explanation(self) -> list[tuple[str, str]]:
        """The labelled lines of the block that tells it, those with nothing to say left out."""
        result = self.result
        pairs = [
            ("Changed", result["changed"]),
            ("Expected", result["expected"]),
            ("Observed", result["observed"] or result["message"]),
            ("Means", result["means"]),
            ("Fix", result["fix"]),
        ]
        if (
            result["expected"]
            and result["observed"]
            and result["message"] not in (result["expected"], result["observed"])
        ):
            pairs.insert(0, ("Found", result["message"]))
        return [(label, text) for label, text in pairs if text]


@dataclass(frozen=True)
class RequirementView:
    """A row with what was found about it."""

    row: Json
    findings: Sequence[Finding]

    @cached_property
    def verdict(self) -> str:
        """The worst verdict of its findings; else planned, excluded or NOT-RUN."""
        if self.findings:
            return min((finding.verdict for finding in self.findings), key=VERDICT_ORDER.index)
        return NOT_RUN if self.row["status"] == "checked" else str(self.row["status"])

    @property
    def level(self) -> str:
        """The effective level; several when the profiles of the run differ."""
        return " / ".join(dict.fromkeys(self.row["levels"].values()))


@dataclass(frozen=True)
class DocumentView:
    """One document with its judged rows by section, and the rows that aren't checked."""

    name: str
    title: str
    url: str
    sections: Sequence[tuple[str, Sequence[RequirementView]]]
    unchecked: Sequence[RequirementView]

    @cached_property
    def requirements(self) -> list[RequirementView]:
        """The rows that have a check."""
        return [requirement for _, members in self.sections for requirement in members]

    def count(self, *verdicts: str) -> int:
        """How many rows came out as one of these."""
        return sum(self._tally[verdict] for verdict in verdicts)

    @cached_property
    def _tally(self) -> Counter[str]:
        return Counter(r.verdict for r in [*self.requirements, *self.unchecked])


def findings_of(run: Json) -> list[Finding]:
    """Every conclusion of a run, equal ones of several profiles merged, in the order of results.json."""
    rows = {row["id"]: row for row in run["requirements"]}
    merged: dict[tuple[Any, ...], tuple[Json, list[str]]] = {}
    for result in run["results"]:
        key = tuple(
            result[k] for k in ("requirement", "check", "verdict", "level", "message", "observed", "known_failure")
        )
        merged.setdefault(key, (result, []))[1].append(result["profile"])
    return [
        Finding(rows.get(result["requirement"]) or _unknown_row(result), result, profiles)
        for result, profiles in merged.values()
    ]


def open_findings(findings: Iterable[Finding]) -> list[Finding]:
    """What somebody has to act on, worst first; what hangs on the same root cause is one entry."""
    pending = sorted(
        (f for f in findings if f.is_open),
        key=lambda f: (VERDICT_ORDER.index(f.verdict), f.result["requirement"]),
    )
    roots = {f.result["check"] for f in pending if not f.result["root_cause"]}
    held: dict[str, list[Finding]] = {}
    heads: list[Finding] = []
    for finding in pending:
        cause = finding.result["root_cause"]
        if not cause:
            heads.append(finding)
        elif cause in roots or cause in held:
            held.setdefault(cause, []).append(finding)
        else:
            held[cause] = []
            heads.append(finding)
    return [_with_held_back(head, held) for head in heads]


def documents_of(run: Json, findings: Sequence[Finding]) -> list[DocumentView]:
    """The rows of a run by document and section, in catalogue order."""
    by_id: dict[str, list[Finding]] = {}
    for finding in findings:
        by_id.setdefault(finding.result["requirement"], []).append(finding)
    views = [RequirementView(row, by_id.get(row["id"], ())) for row in _all_rows(run, findings)]
    texts = {document["name"]: document for document in run["documents"]}
    return [
        _document(name, texts.get(name), [view for view in views if view.row["document"] == name])
        for name in dict.fromkeys(view.row["document"] for view in views)
    ]


def tally_of(documents: Sequence[DocumentView]) -> dict[str, int]:
    """How many requirements that have a check came out as what; a requirement counts once, by its worst verdict."""
    return {verdict: sum(d.count(verdict) for d in documents) for verdict in (*VERDICT_ORDER, NOT_RUN)}


def left_out(documents: Sequence[DocumentView]) -> str | None:
    """A sentence on what a partial run didn't get to, or None."""
    number = sum(d.count(NOT_RUN) for d in documents)
    subject = "1 requirement that has a check was" if number == 1 else f"{number} requirements that have a check were"
    return f"{subject} left out of this run." if number else None


def title_of(run: Json, documents: Sequence[DocumentView]) -> str:
    """The outcome as a heading; what a run left out is no part of what it found conformant."""
    title = _TITLES[run["summary"]["outcome"]]
    return f"{title} as far as it was run" if left_out(documents) and title.startswith("Conformant") else title


def deep_sentence(run: Json) -> str | None:
    """What was explored by generated examples, or which requirements could have been; None without such checks."""
    deep = run.get("deep") or {}
    if explored := deep.get("explored"):
        return f"Deep checks tried {explored['examples']} examples each, generated from seed {explored['seed']}."
    not_run = deep.get("not_run") or []
    return f"Deep checks were not run; --deep adds them to {', '.join(not_run)}." if not_run else None


def known_of(findings: Iterable[Finding]) -> int:
    """How many requirements are broken in a way that the target file lists as known."""
    return len({f.row["id"] for f in findings if f.result["known_failure"] is not None})


def _document(name: str, text: Json | None, views: Sequence[RequirementView]) -> DocumentView:
    sections: dict[str, list[RequirementView]] = {}
    unchecked: list[RequirementView] = []
    for view in views:
        judged = view.row["status"] == "checked" or view.findings
        (sections.setdefault(str(view.row["section"]), []) if judged else unchecked).append(view)
    return DocumentView(
        name, text["title"] if text else "", text["url"] if text else "", list(sections.items()), unchecked
    )


def _with_held_back(head: Finding, held: Mapping[str, Sequence[Finding]]) -> Finding:
    dependants = held.get(head.result["root_cause"] or head.result["check"], ())
    return Finding(head.row, head.result, head.profiles, tuple(dependants))


def _all_rows(run: Json, findings: Iterable[Finding]) -> list[Json]:
    listed = {row["id"] for row in run["requirements"]}
    return [
        *run["requirements"],
        *{f.row["id"]: f.row for f in findings if f.row["id"] not in listed}.values(),
    ]


def _unknown_row(result: Json) -> Json:
    """Stands in for the row of a result whose requirement no selected profile lists."""
    return {
        "id": result["requirement"],
        "document": "Other",
        "section": "",
        "roles": [result["role"]],
        "summary": "",
        "link": "",
        "reading": None,
        "status": "checked",
        "reason": None,
        "levels": {result["profile"]: result["level"]},
    }
