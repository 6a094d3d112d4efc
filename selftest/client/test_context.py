"""What a run remembers: values and dead ends, and no moment of silence."""

from collections.abc import Callable

import pytest

from conformance.client.context import Context
from conformance.client.facts import TargetFacts
from conformance.vocabulary import Inconclusive, NotApplicable, Outcome
from conformance.wire import Limits, NoAnswer, SecretBook, Transport


@pytest.fixture
def context() -> Context:
    return Context(TargetFacts("t", "url", None, None), Transport(Limits()), SecretBook(), ())


def _failing_once(outcome: Outcome) -> Callable[[], str]:
    outcomes = [outcome]

    def make() -> str:
        if outcomes:
            raise outcomes.pop()
        return "made"

    return make


@pytest.mark.parametrize("outcome", [Inconclusive("no client"), NotApplicable("not offered")])
def test_a_dead_end_is_met_only_once(context: Context, outcome: Outcome) -> None:
    make = _failing_once(outcome)
    for _ in range(2):
        with pytest.raises(type(outcome)):
            context.once("it", make)


def test_silence_is_not_remembered(context: Context) -> None:
    make = _failing_once(NoAnswer("no answer"))
    with pytest.raises(NoAnswer):
        context.once("it", make)
    assert context.once("it", make) == "made"
    assert context.once("it", make) == "made"
