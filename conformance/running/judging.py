"""From what a check raised to a Result: one place where outcomes become verdicts."""

import traceback
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

from conformance.catalogue import catalogue
from conformance.checks import discovered_checks
from conformance.profiles import Profile
from conformance.reporting.results import Result
from conformance.running.story import Story
from conformance.vocabulary import (
    Exchange,
    Inconclusive,
    Level,
    NotApplicable,
    Outcome,
    Verdict,
    Violation,
    verdict_for_violation,
)

_PACKAGE = Path(__file__).parents[1]
_REPORT_IT = "report this to the harness's maintainers"


@dataclass(frozen=True)
class Judged:
    """What one exercise of a check ended in; `error` is None for a pass."""

    error: BaseException | None
    exchanges: tuple[Exchange, ...]
    changed: tuple[str, ...]
    duration_seconds: float


def result_of(
    judged: Judged,
    *,
    requirement: str,
    check: str,
    profile: Profile,
    role: str,
    node_id: str,
    story: Story,
    redact: Callable[[str], str],
    again: str,
) -> Result:
    """The Result of one check under one profile; every text in it is redacted."""
    level = profile.level_of(catalogue().rows[requirement])
    verdict = verdict_of(judged.error, level)
    message, expected, observed = _texts(judged.error, story)
    red = verdict not in (Verdict.PASS, Verdict.NOT_APPLICABLE)
    root = judged.error.root if isinstance(judged.error, Inconclusive) else ""
    return Result(
        requirement=requirement,
        check=check,
        profile=profile.id,
        role=role,
        level=level,
        verdict=verdict,
        message=redact(message),
        expected=redact(expected),
        observed=redact(observed),
        changed="; ".join(redact(change) for change in judged.changed) if red else "",
        means=story.means if verdict.is_conclusive and red else "",
        fix=_fix(judged.error, story) if red else "",
        again=(again,) if red else (),
        root_cause=root or None,
        exchanges=judged.exchanges,
        duration_seconds=judged.duration_seconds,
        node_id=node_id,
    )


def told_fault(error: BaseException) -> str:
    """An unexpected exception in one line, with the place in the harness where it came from."""
    frames = traceback.extract_tb(error.__traceback__)
    inside = [f for f in reversed(frames) if _PACKAGE in Path(f.filename).parents]
    imported = (f for f in inside if f.name == "<module>" and Path(f.filename).name.startswith("test_"))
    ours = next(imported, next(iter(inside), None))
    place = f" at {Path(ours.filename).relative_to(_PACKAGE.parent)}:{ours.lineno}" if ours else ""
    line = " ".join(str(error).split())[:300]
    return f"{type(error).__name__}{f': {line}' if line else ''}{place}"


def lost(node_id: str, problem: str, profiles: Mapping[str, Profile]) -> Result | None:
    """The ERROR of a check of which only the node id came back, say since its worker died; None for foreign tests."""
    module, _, rest = node_id.partition(".py::")
    function, _, case = rest.rstrip("]").partition("[")
    name = ".".join(module.replace("\\", "/").split("/")[-2:]) + f"::{function}"
    named = (check for checks in discovered_checks().values() for check in checks if check.name == name)
    cases = ((check, profile) for check in named for profile in profiles.values())
    found = next(((c, p) for c, p in cases if case in (p.id, f"{p.id}-{c.requirement}")), None)
    if found is None:
        return None
    check, profile = found
    return Result(
        requirement=check.requirement,
        check=name,
        profile=profile.id,
        role=check.role,
        level=profile.level_of(catalogue().rows[check.requirement]),
        verdict=Verdict.ERROR,
        message=f"the harness itself failed: {problem}",
        fix=_REPORT_IT,
        node_id=node_id,
    )


def verdict_of(error: BaseException | None, level: Level) -> Verdict:
    """The verdict of a check that ended with this error, or without one, at that level."""
    match error:
        case None:
            return Verdict.PASS
        case Violation():
            return verdict_for_violation(level)
        case Inconclusive():
            return Verdict.INCONCLUSIVE
        case NotApplicable():
            return Verdict.NOT_APPLICABLE
        case _:
            return Verdict.ERROR


def _texts(error: BaseException | None, story: Story) -> tuple[str, str, str]:
    match error:
        case None:
            return story.sentence, "", ""
        case Violation():
            return error.message, error.expected, error.observed
        case Outcome():
            return error.message, "", ""
        case _:
            return f"the harness itself failed: {told_fault(error)}", "", ""


def _fix(error: BaseException | None, story: Story) -> str:
    if isinstance(error, Inconclusive):
        return error.remedy
    return story.fix if isinstance(error, Violation) else _REPORT_IT
