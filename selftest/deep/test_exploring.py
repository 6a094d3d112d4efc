"""How examples are tried: the same for the same seed, bounded, and the smallest finding is what is told."""

from dataclasses import dataclass, field

import pytest
from hypothesis import strategies as st

from conformance.client.facts import DeepFacts
from conformance.deep.exploring import Explorer, Trial
from conformance.deep.grants import End, Life
from conformance.vocabulary import Inconclusive, Violation
from conformance.wire import SecretBook, Transcript


@dataclass
class FakeWire:
    transcript: Transcript = field(default_factory=lambda: Transcript(SecretBook()))


@dataclass
class FakeFacts:
    deep: DeepFacts


@dataclass
class FakeContext:
    facts: FakeFacts

    def wire(self) -> FakeWire:
        return FakeWire()


@dataclass
class FakeServer:
    context: FakeContext
    wire: FakeWire = field(default_factory=FakeWire)


def explorer(seed: int = 0, examples: int = 30) -> Explorer:
    return Explorer(FakeServer(FakeContext(FakeFacts(DeepFacts(seed, examples)))))  # type: ignore[arg-type]


def tried(seed: int) -> list[int]:
    seen: list[int] = []
    explorer(seed).for_all(st.integers(0, 10**6), lambda _, value: seen.append(value))
    return seen


def test_the_same_seed_tries_the_same_and_another_one_something_else() -> None:
    assert tried(1) == tried(1)
    assert tried(1) != tried(2)
    assert len(tried(1)) <= 30


def test_the_smallest_example_is_told() -> None:
    def judge(trial: Trial, value: int) -> None:
        trial.tell(f"value {value}")
        if value > 100:
            raise Violation(f"{value} is too much")

    exploring = explorer()
    with pytest.raises(Violation, match="101 is too much"):
        exploring.for_all(st.integers(0, 10**6), judge)
    assert exploring.server.wire.transcript.changed == ("value 101",)


def test_what_was_seen_once_is_told_although_it_does_not_happen_again() -> None:
    seen: list[int] = []

    def judge(_: Trial, value: int) -> None:
        seen.append(value)
        if len(seen) == 3:
            raise Violation("once only")

    with pytest.raises(Violation, match="once only"):
        explorer().for_all(st.integers(), judge)


def test_a_failed_prerequisite_ends_the_exploration_at_once() -> None:
    seen: list[int] = []

    def judge(_: Trial, value: int) -> None:
        seen.append(value)
        raise Inconclusive("the server is gone")

    with pytest.raises(Inconclusive, match="the server is gone"):
        explorer().for_all(st.integers(), judge)
    assert len(seen) == 1


def test_our_own_fault_stays_one() -> None:
    def judge(_: Trial, value: int) -> None:
        raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        explorer().for_all(st.integers(), judge)


def test_shrinking_is_bounded() -> None:
    seen: list[str] = []

    def judge(_: Trial, value: str) -> None:
        seen.append(value)
        if len(value) > 3:
            raise Violation("long")

    with pytest.raises(Violation):
        explorer().for_all(st.text(min_size=0, max_size=4000), judge)
    assert len(seen) <= 30 + 101


def test_the_first_reason_of_an_end_stays() -> None:
    from conformance.deep.grants import Credential

    token = Credential("refresh token 1.1", "x")
    token.left_open()
    assert token.life is Life.OPEN
    token.ended_by(End.REVOKED)
    token.ended_by(End.CODE_REPLAYED)
    token.left_open()
    assert (token.life, token.end) == (Life.ENDED, End.REVOKED)
