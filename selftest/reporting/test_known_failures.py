from dataclasses import dataclass
from datetime import date

import pytest

from conformance.reporting.known_failures import apply_known_failures
from conformance.vocabulary import Verdict

TODAY = date(2026, 11, 22)
A, B = "RFC7636-4.4.1-a", "RFC7636-4.6-b"


@dataclass(frozen=True)
class Entry:
    reason: str = "accepted until the next release"
    expires: date | None = None


@pytest.mark.parametrize("verdict", [Verdict.FAIL, Verdict.WARN, Verdict.NOTE])
def test_a_known_deviation_is_marked_and_keeps_its_verdict(run_of, verdict):
    marked, stale = apply_known_failures(run_of((A, verdict), (B, verdict)).results, {A: Entry()}, TODAY)
    assert [(r.verdict, r.known_failure) for r in marked] == [(verdict, Entry().reason), (verdict, None)]
    assert stale == ()


@pytest.mark.parametrize("verdict", [Verdict.INCONCLUSIVE, Verdict.ERROR])
def test_what_was_not_judged_is_not_excused(run_of, verdict):
    marked, stale = apply_known_failures(run_of((A, verdict)).results, {A: Entry()}, TODAY)
    assert (marked[0].known_failure, stale) == (None, ())


def test_an_unexpected_pass_is_stale(run_of):
    _, stale = apply_known_failures(run_of((A, Verdict.PASS), (A, Verdict.NOT_APPLICABLE)).results, {A: Entry()}, TODAY)
    assert stale == (f"{A} passes now; remove the entry",)


def test_a_pass_beside_a_failure_is_not_stale(run_of):
    _, stale = apply_known_failures(run_of((A, Verdict.PASS), (A, Verdict.FAIL)).results, {A: Entry()}, TODAY)
    assert stale == ()


def test_an_entry_that_was_not_judged_in_this_run_is_left_alone(run_of):
    _, stale = apply_known_failures(run_of((B, Verdict.PASS)).results, {A: Entry()}, TODAY)
    assert stale == ()


@pytest.mark.parametrize(("expires", "excused"), [(date(2026, 11, 22), True), (date(2026, 11, 21), False)])
def test_an_entry_holds_until_the_end_of_its_last_day(run_of, expires, excused):
    marked, stale = apply_known_failures(run_of((A, Verdict.FAIL)).results, {A: Entry(expires=expires)}, TODAY)
    assert (marked[0].known_failure is not None) is excused
    assert bool(stale) is not excused


def test_an_unknown_id_is_stale_and_the_nearest_is_named(run_of):
    _, stale = apply_known_failures(run_of((A, Verdict.FAIL)).results, {"RFC7636-4.4.1-aa": Entry()}, TODAY)
    assert stale == (f"RFC7636-4.4.1-aa is no requirement; did you mean {A}?",)
