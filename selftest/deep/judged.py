"""Deep checks against the reference or a departure from it, without pytest's plugin."""

from collections.abc import Iterable
from dataclasses import dataclass, replace

from conformance.catalogue import catalogue
from conformance.checks import Check, discovered_checks
from conformance.client.facts import DeepFacts
from conformance.profiles import load_profiles
from conformance.profiles.model import DEEP_PROFILE
from conformance.running.prepare import make_context
from conformance.targets.bundled import BundledTarget
from selftest.lean import LeanRun

DEADLINE_SECONDS = 3.0
"""Short, since some departures don't answer; the reference always does, and may take its time on a busy machine."""
DEEP_CHECKS = [check for checks in discovered_checks().values() for check in checks if check.deep]


@dataclass(frozen=True)
class Ending:
    """How a check ended: its verdict, and for a test that fails the reason (empty after a PASS)."""

    verdict: str
    why: str = ""


def judged(name: str, checks: Iterable[Check], examples: int, seed: int = 0) -> dict[str, Ending]:
    """How the check of each requirement ended; the name "" is the reference itself."""
    target = BundledTarget(name or None)
    facts = replace(target.start(), deep=DeepFacts(seed, examples))
    if name:
        facts = replace(facts, deadline_seconds=DEADLINE_SECONDS)
    context = make_context(facts)
    try:
        run = LeanRun(context, (load_profiles()[DEEP_PROFILE],))
        endings = {}
        for check in checks:
            (verdict,) = run.verdicts([(check, 1)]).values()
            endings[check.requirement] = Ending(verdict, run.why(check))
        return endings
    finally:
        context.close()
        target.stop()


def is_strong(requirement: str) -> bool:
    """Whether a broken requirement fails or warns."""
    return catalogue().rows[requirement].level.strength >= 2
