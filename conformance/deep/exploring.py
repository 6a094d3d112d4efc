"""Runs generated examples against a target and keeps the smallest one that broke something, with its transcript.

Hypothesis generates and shrinks. What counts as a finding is kept here, by the exchanges that show it: a server may
answer the same request differently the second time, and what was seen once was seen.
"""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any, Protocol, TypeVar

from hypothesis import HealthCheck, Phase, Verbosity, given, seed, settings
from hypothesis.reporting import with_reporter
from hypothesis.stateful import RuleBasedStateMachine, run_state_machine_as_test
from hypothesis.strategies import SearchStrategy

from conformance.client.context import Context
from conformance.client.facts import DeepFacts
from conformance.deep.rounds import rounds
from conformance.vocabulary import Exchange, Inconclusive, Outcome, Violation
from conformance.wire import Wire

T = TypeVar("T")
_MOST_SHRINKING = 100
"""So many examples at most are tried after the first that broke something, to find a smaller one."""


class Explored(Protocol):
    """A server under test as checks see it."""

    @property
    def context(self) -> Context:
        """What lasts for the whole run."""

    @property
    def wire(self) -> Wire:
        """Where the evidence of the check goes."""


@dataclass
class Trial:
    """One example: its own wire, and in words what was done so far."""

    wire: Wire
    story: list[str] = field(default_factory=list)

    def tell(self, step: str) -> None:
        """Note a step, or how the example departs from a good request."""
        self.story.append(step)


@dataclass
class _Finding:
    violation: Violation
    exchanges: tuple[Exchange, ...]
    story: tuple[str, ...]


class Explorer:
    """What the examples of one check came to. `server` has the wire that the check's evidence goes to.

    Examples that cost little are tried `times` as often as the settings say.
    """

    def __init__(self, server: Explored, *, times: int = 1) -> None:
        self.server = server
        self._times = times
        self._found: _Finding | None = None
        self._ended: Outcome | None = None
        self._since_found = 0

    @property
    def facts(self) -> DeepFacts:
        """Seed and number of examples."""
        facts = self.server.context.facts.deep
        if facts is None:
            raise Inconclusive("deep checks need a seed and a number of examples", remedy="add --deep")
        return facts

    def for_all(self, strategy: SearchStrategy[T], judge: Callable[[Trial, T], None]) -> None:
        """Judge every generated example; raises the Violation of the smallest one that broke something, if any.

        What `judge` raises apart from Violation (Inconclusive, say) ends the exploration and is raised.
        """

        @seed(self.facts.seed)
        @self._settings()
        @given(strategy)
        def example(value: T) -> None:
            with self.trial() as trial:
                if trial is not None:
                    judge(trial, value)

        self._explore(example)

    def run_machine(self, machine: type[RuleBasedStateMachine], steps: int) -> None:
        """Run sequences of at most so many steps of a state machine, which takes its trials from this explorer."""

        def explore() -> None:
            for number, examples in rounds(self.facts):
                rules = self._settings(stateful_step_count=steps, max_examples=examples)
                run_state_machine_as_test(seed(number)(machine), settings=rules)

        self._explore(explore)

    def new_trial(self) -> Trial | None:
        """A trial, or None when nothing more is to be tried."""
        if self._found is not None:
            self._since_found += 1
        over = self._ended is not None or self._since_found > _MOST_SHRINKING
        return None if over else Trial(self.server.context.wire())

    @contextmanager
    def trial(self) -> Iterator[Trial | None]:
        """A whole example in one go."""
        trial = self.new_trial()
        with self.noting(trial):
            yield trial

    @contextmanager
    def noting(self, trial: Trial | None) -> Iterator[None]:
        """Keep what this part of the trial ends in."""
        try:
            yield
        except Violation as violation:
            assert trial is not None
            self._keep(violation, trial)
            raise
        except Outcome as outcome:
            self._ended = outcome
            raise

    def _keep(self, violation: Violation, trial: Trial) -> None:
        exchanges = trial.wire.transcript.exchanges
        if self._found is None or len(exchanges) <= len(self._found.exchanges):
            self._found = _Finding(violation, exchanges, tuple(trial.story))

    def _explore(self, run: Callable[[], Any]) -> None:
        try:
            with with_reporter(lambda _: None):
                run()
        except Exception:
            # Cutting off the search, or a server that answers differently, looks flaky to Hypothesis.
            if self._found is None and self._ended is None:
                raise
        if self._found is not None:
            raise self._shown(self._found)
        if self._ended is not None:
            raise self._ended

    def _shown(self, found: _Finding) -> Violation:
        transcript = self.server.wire.transcript
        for exchange in found.exchanges:
            transcript.include(exchange)
        transcript.changed = found.story
        violation = found.violation
        return Violation(violation.message, expected=violation.expected, observed=violation.observed)

    def _settings(self, **more: Any) -> settings:
        more.setdefault("max_examples", self.facts.examples * self._times)
        return settings(
            database=None,
            derandomize=False,
            deadline=None,
            print_blob=False,
            report_multiple_bugs=False,
            phases=(Phase.generate, Phase.shrink),
            suppress_health_check=list(HealthCheck),
            verbosity=Verbosity.quiet,
            **more,
        )
