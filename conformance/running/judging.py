"""From what a check raised to a Result: one place where outcomes become verdicts."""

import traceback
from collections.abc import Callable
from dataclasses import dataclass

from conformance.catalogue import catalogue
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
    verdict = _verdict(judged.error, level)
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


def _verdict(error: BaseException | None, level: Level) -> Verdict:
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
            frames = traceback.extract_tb(error.__traceback__)
            ours = next((f for f in reversed(frames) if "conformance" in f.filename), None)
            place = f" at {ours.filename.rpartition('conformance')[2].lstrip('/')}:{ours.lineno}" if ours else ""
            return f"the harness itself failed: {type(error).__name__}: {str(error)[:300]}{place}", "", ""


def _fix(error: BaseException | None, story: Story) -> str:
    if isinstance(error, Inconclusive):
        return error.remedy
    return story.fix if isinstance(error, Violation) else "report this to the harness's maintainers"
