"""Exploring in rounds: after ten examples Hypothesis goes on with copies of their parts; others are worth more."""

from collections.abc import Iterator

from conformance.client.facts import DeepFacts

_EXAMPLES = 9
_MOST_ROUNDS = 10_000


def rounds(facts: DeepFacts) -> Iterator[tuple[int, int]]:
    """The seed and the number of examples of each round; no two seeds of `facts` share one."""
    for number, begin in enumerate(range(0, facts.examples, _EXAMPLES)):
        yield facts.seed * _MOST_ROUNDS + number, min(_EXAMPLES, facts.examples - begin)
