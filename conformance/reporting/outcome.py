"""How a run comes out as a whole: one rule, used by the exit status and by every report."""

from collections import Counter
from collections.abc import Sequence
from enum import StrEnum
from typing import Protocol

from conformance.vocabulary import Verdict


class Judged(Protocol):
    """The part of a result that decides the outcome and its sentence."""

    @property
    def requirement(self) -> str:
        """The catalogue id."""

    @property
    def check(self) -> str:
        """Which check judged it."""

    @property
    def verdict(self) -> Verdict:
        """What the check concluded."""

    @property
    def fix(self) -> str:
        """What to change in the target."""

    @property
    def root_cause(self) -> str | None:
        """The check whose failure this one follows from."""

    @property
    def known_failure(self) -> str | None:
        """Why the target's owner expects this deviation, or None."""


class RunOutcome(StrEnum):
    """The overall result of a run. Usage errors (exit status 2) never get as far as an outcome."""

    CONFORMANT = "conformant"
    KNOWN_FAILURES_ONLY = "known-failures-only"
    NOT_CONFORMANT = "not-conformant"
    STALE_KNOWN_FAILURES = "stale-known-failures"
    INCONCLUSIVE = "inconclusive"
    INTERNAL_ERROR = "internal-error"

    @property
    def exit_status(self) -> int:
        """0 conformant; 1 a MUST broken, or known failures out of date; 3 inconclusive; 4 our own fault."""
        return {
            RunOutcome.CONFORMANT: 0,
            RunOutcome.KNOWN_FAILURES_ONLY: 0,
            RunOutcome.NOT_CONFORMANT: 1,
            RunOutcome.STALE_KNOWN_FAILURES: 1,
            RunOutcome.INCONCLUSIVE: 3,
            RunOutcome.INTERNAL_ERROR: 4,
        }[self]


def judge(
    results: Sequence[Judged], *, strict: bool = False, stale: Sequence[str] = (), interrupted: bool = False
) -> RunOutcome:
    """The outcome of a run; the worst applies. Under `strict` a WARN counts like a FAIL.

    Without one conclusive result, or cut short, a run is inconclusive at best. Results that the target file
    lists as known failures don't turn it red. NOTE never does.
    """
    verdicts = Counter(result.verdict for result in results)
    surprising = Counter(result.verdict for result in results if result.known_failure is None)
    if verdicts[Verdict.ERROR]:
        return RunOutcome.INTERNAL_ERROR
    if surprising[Verdict.FAIL] or (strict and surprising[Verdict.WARN]):
        return RunOutcome.NOT_CONFORMANT
    if stale:
        return RunOutcome.STALE_KNOWN_FAILURES
    nothing_judged = not any(verdict.is_conclusive for verdict in verdicts)
    if interrupted or nothing_judged or verdicts[Verdict.INCONCLUSIVE]:
        return RunOutcome.INCONCLUSIVE
    return RunOutcome.CONFORMANT if verdicts == surprising else RunOutcome.KNOWN_FAILURES_ONLY
