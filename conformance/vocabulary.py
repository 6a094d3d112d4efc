"""The words everything else is said in. Frozen values; imports nothing of ours."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any


class Level(StrEnum):
    """How strongly a document asks for something (BCP 14, plus two weaker marks of the catalogue)."""

    MUST = "MUST"
    MUST_NOT = "MUST NOT"
    SHOULD = "SHOULD"
    SHOULD_NOT = "SHOULD NOT"
    MAY = "MAY"
    INFO = "INFO"
    LOWER_SHOULD = "should-lc"

    @property
    def strength(self) -> int:
        """3 for MUST, 2 for SHOULD, 1 for a lower-case should, 0 for MAY and descriptive text."""
        return {"MUST": 3, "MUST NOT": 3, "SHOULD": 2, "SHOULD NOT": 2, "should-lc": 1}.get(self.value, 0)


class Role(StrEnum):
    """Who has to satisfy a requirement."""

    AUTHORIZATION_SERVER = "AS"
    RESOURCE_SERVER = "RS"
    CLIENT = "client"
    IDENTITY_PROVIDER = "IdP"
    ALL = "all"


class Verdict(StrEnum):
    """What a check concluded about one requirement under one profile."""

    PASS = "PASS"  # noqa: S105 - a verdict, not a password
    FAIL = "FAIL"
    WARN = "WARN"
    NOTE = "NOTE"
    NOT_APPLICABLE = "NOT-APPLICABLE"
    INCONCLUSIVE = "INCONCLUSIVE"
    ERROR = "ERROR"

    @property
    def is_conclusive(self) -> bool:
        """Whether the target's behaviour was actually judged."""
        return self in (Verdict.PASS, Verdict.FAIL, Verdict.WARN, Verdict.NOTE)

    @property
    def is_red(self) -> bool:
        """Whether the verdict alone turns a run red (without --strict)."""
        return self in (Verdict.FAIL, Verdict.INCONCLUSIVE, Verdict.ERROR)


def verdict_for_violation(level: Level) -> Verdict:
    """The verdict that a broken requirement of this level earns: MUST fails, SHOULD warns, the rest is noted."""
    return {3: Verdict.FAIL, 2: Verdict.WARN}.get(level.strength, Verdict.NOTE)


class Status(StrEnum):
    """Whether the harness judges a catalogue row."""

    CHECKED = "checked"
    PLANNED = "planned"
    EXCLUDED = "excluded"


@dataclass(frozen=True, slots=True)
class Requirement:
    """One row of the catalogue: one normative statement of one document."""

    id: str
    document: str
    section: str
    level: Level
    roles: tuple[Role, ...]
    summary: str
    link: str
    observe: str = ""
    needs: tuple[str, ...] = ()
    versions: Mapping[str, Level] = field(default_factory=dict)
    reading: str | None = None
    excluded: str | None = None
    partly: str | None = None

    def level_in(self, mcp_version: str | None) -> Level:
        """The level in that MCP version; the row's own level where versions don't matter."""
        return self.versions.get(mcp_version, self.level) if mcp_version else self.level


@dataclass(frozen=True, slots=True)
class Message:
    """One HTTP message as evidence: headers in wire order, secrets already replaced by names such as <code#1>."""

    start_line: str
    headers: tuple[tuple[str, str], ...] = ()
    body: str = ""

    def header(self, name: str) -> str | None:
        """The first value of that header, or None."""
        return next((value for key, value in self.headers if key.lower() == name.lower()), None)


@dataclass(frozen=True, slots=True)
class Exchange:
    """One request and what came back, snapshotted and redacted at capture."""

    number: int
    method: str
    url: str
    request: Message
    response: Message | None
    status: int | None
    duration_seconds: float
    error: str | None = None
    label: str = ""

    def as_json(self) -> dict[str, Any]:
        """The shape used in results.json."""
        return {
            "number": self.number,
            "label": self.label,
            "method": self.method,
            "url": self.url,
            "request": _message_json(self.request),
            "response": _message_json(self.response) if self.response else None,
            "status": self.status,
            "error": self.error,
            "duration_seconds": round(self.duration_seconds, 4),
        }


def _message_json(message: Message) -> dict[str, Any]:
    return {
        "start_line": message.start_line,
        "headers": [list(h) for h in message.headers],
        "body": message.body,
    }


class Outcome(Exception):  # noqa: N818 - a way to end a check, not always an error
    """What ends a check before it passes."""

    def __init__(self, message: str) -> None:
        super().__init__(message)
        self.message = message


class Violation(Outcome, AssertionError):  # noqa: N818 - the field's own word
    """The target broke the requirement: what the check expected and what was observed, without secrets."""

    def __init__(
        self, message: str, *, expected: str = "", observed: str = "", decided_by: Exchange | None = None
    ) -> None:
        super().__init__(message)
        self.expected = expected or message
        self.observed = observed
        self.decided_by = decided_by


class Inconclusive(Outcome):
    """A control or a prerequisite failed, so nothing can be said. `root` names the prerequisite for cascades."""

    def __init__(self, message: str, *, root: str = "", remedy: str = "") -> None:
        super().__init__(message)
        self.root = root
        self.remedy = remedy


class NotApplicable(Outcome):
    """The feature is neither advertised by the target nor required by the profile; the message says which."""
