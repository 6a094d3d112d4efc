"""The model behind results.json: what one run judged, about which target, and how it came out.

The JSON schema is results.schema.json beside this file; every renderer reads that JSON and nothing else.
"""

import json
import os
import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from conformance import __version__
from conformance.client.facts import DeepFacts
from conformance.reporting.coverage import Plan
from conformance.reporting.outcome import RunOutcome, judge
from conformance.reporting.sentence import verdict_sentence
from conformance.vocabulary import Exchange, Level, Message, Verdict

SCHEMA_VERSION = "1.1"
HARNESS_NAME = "mcp-oauth-conformance"


@dataclass(frozen=True, slots=True, kw_only=True)
class Result:
    """What one check concluded about one requirement under one profile.

    `check` is "module::function" with the module relative to conformance.checks. `level` is the effective one
    of the profile. `role` is AS, RS, deployment or client. `root_cause` is the check that this hangs on.
    """

    requirement: str
    check: str
    profile: str
    role: str
    level: Level
    verdict: Verdict
    message: str = ""
    expected: str = ""
    observed: str = ""
    changed: str = ""
    means: str = ""
    fix: str = ""
    again: tuple[str, ...] = ()
    root_cause: str | None = None
    known_failure: str | None = None
    exchanges: tuple[Exchange, ...] = ()
    duration_seconds: float = 0.0
    node_id: str = ""

    def as_json(self) -> dict[str, Any]:
        """One entry of `results`; plain enough to travel in pytest's user_properties."""
        return {
            "requirement": self.requirement,
            "check": self.check,
            "profile": self.profile,
            "role": self.role,
            "level": self.level.value,
            "verdict": self.verdict.value,
            "message": self.message,
            "expected": self.expected,
            "observed": self.observed,
            "changed": self.changed,
            "means": self.means,
            "fix": self.fix,
            "again": list(self.again),
            "root_cause": self.root_cause,
            "known_failure": self.known_failure,
            "exchanges": [exchange.as_json() for exchange in self.exchanges],
            "duration_seconds": round(self.duration_seconds, 4),
            "node_id": self.node_id,
        }

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> "Result":
        """The inverse of as_json. Raises KeyError or ValueError on anything that as_json never wrote."""
        return cls(
            **{
                **data,
                "level": Level(data["level"]),
                "verdict": Verdict(data["verdict"]),
                "again": tuple(data["again"]),
                "exchanges": tuple(exchange_from_json(exchange) for exchange in data["exchanges"]),
            }
        )


@dataclass(frozen=True, slots=True)
class TargetInfo:
    """What is under test. `kind` is bundled, url or container; a waiver is a whole sentence."""

    name: str
    kind: str
    issuer: str | None = None
    resource: str | None = None
    waivers: tuple[str, ...] = ()
    safe: bool = False

    def as_json(self) -> dict[str, Any]:
        """The `target` of results.json."""
        return {
            "name": self.name,
            "kind": self.kind,
            "issuer": self.issuer,
            "resource": self.resource,
            "waivers": list(self.waivers),
            "safe": self.safe,
        }


@dataclass(frozen=True, slots=True)
class DeepRun:
    """How deep checks explored (None: they did not run), and the requirements whose deep checks did not run."""

    explored: DeepFacts | None = None
    not_run: tuple[str, ...] = ()

    def as_json(self) -> dict[str, Any]:
        """The `deep` of results.json."""
        explored = {"seed": self.explored.seed, "examples": self.explored.examples} if self.explored else None
        return {"explored": explored, "not_run": list(self.not_run)}


@dataclass(frozen=True, slots=True, kw_only=True)
class RunInfo:
    """What is known before the first check. `plan` comes from coverage.plan; `strict` makes a WARN fail."""

    target: TargetInfo
    plan: Plan
    strict: bool = False
    deep: DeepRun = DeepRun()
    started: datetime = field(default_factory=lambda: datetime.now(UTC))


@dataclass(frozen=True, slots=True, kw_only=True)
class Run:
    """A finished, or interrupted, run. `stale` says which known failures are out of date."""

    info: RunInfo
    results: Sequence[Result]
    duration_seconds: float
    interrupted: bool = False
    stale: tuple[str, ...] = ()

    @property
    def outcome(self) -> RunOutcome:
        """How the run came out as a whole."""
        return judge(self.results, strict=self.info.strict, stale=self.stale, interrupted=self.interrupted)

    @property
    def exit_status(self) -> int:
        """The process exit status that says the same."""
        return self.outcome.exit_status

    @property
    def sentence(self) -> str:
        """The outcome in one sentence."""
        return verdict_sentence(
            self.results, self.outcome, self.info.target.name, stale=self.stale, interrupted=self.interrupted
        )

    def as_json(self) -> dict[str, Any]:
        """The whole of results.json; the order of results doesn't depend on how workers shared the run."""
        info = self.info
        ordered = sorted(self.results, key=lambda r: (r.profile, r.requirement, r.check, r.node_id))
        counts = {verdict.value: sum(r.verdict is verdict for r in ordered) for verdict in Verdict}
        return {
            "schema_version": SCHEMA_VERSION,
            "harness": {"name": HARNESS_NAME, "version": __version__},
            "started": info.started.astimezone(UTC).isoformat(timespec="seconds").replace("+00:00", "Z"),
            "duration_seconds": round(self.duration_seconds, 3),
            "interrupted": self.interrupted,
            "strict": info.strict,
            "deep": info.deep.as_json(),
            "target": info.target.as_json(),
            **info.plan.as_json(),
            "summary": {
                "outcome": self.outcome.value,
                "exit_status": self.exit_status,
                "sentence": self.sentence,
                "counts": counts,
                "known_failures": sum(r.known_failure is not None for r in ordered),
                "stale_known_failures": list(self.stale),
            },
            "results": [result.as_json() for result in ordered],
        }

    def write(self, path: Path) -> None:
        """Write results.json so that a reader, or Ctrl-C, never meets half a file. Raises OSError."""
        write_results(self.as_json(), path)


def write_results(content: Mapping[str, Any], path: Path) -> None:
    """Write the content of results.json in one step, a result a line. Raises OSError."""
    compact = json.JSONEncoder(allow_nan=False, separators=(",", ":")).encode
    rest = {name: value for name, value in content.items() if name != "results"}
    results = ",\n".join(compact(result) for result in content["results"])
    write_atomically(path, compact(rest)[:-1] + ',"results":[\n' + results + "\n]}\n")


def write_atomically(path: Path, text: str) -> None:
    """Replace the file's content in one step; creates missing folders. Raises OSError."""
    path.parent.mkdir(parents=True, exist_ok=True)
    descriptor, temporary = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
    try:
        with os.fdopen(descriptor, "w", encoding="utf-8") as stream:
            stream.write(text)
        Path(temporary).chmod(0o644)
        Path(temporary).replace(path)
    except BaseException:
        Path(temporary).unlink(missing_ok=True)
        raise


def exchange_from_json(data: Mapping[str, Any]) -> Exchange:
    """The inverse of Exchange.as_json. Raises KeyError on a missing key."""
    response = data["response"]
    return Exchange(
        number=data["number"],
        label=data["label"],
        method=data["method"],
        url=data["url"],
        request=_message(data["request"]),
        response=_message(response) if response else None,
        status=data["status"],
        error=data["error"],
        duration_seconds=data["duration_seconds"],
    )


def _message(data: Mapping[str, Any]) -> Message:
    return Message(data["start_line"], tuple((name, value) for name, value in data["headers"]), data["body"])
