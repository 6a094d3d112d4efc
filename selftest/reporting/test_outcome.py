from dataclasses import replace

import pytest

from conformance.vocabulary import Verdict

PASS, FAIL, WARN, NOTE = Verdict.PASS, Verdict.FAIL, Verdict.WARN, Verdict.NOTE
NA, OPEN, ERROR = Verdict.NOT_APPLICABLE, Verdict.INCONCLUSIVE, Verdict.ERROR
A, B, C = "RFC7636-4.4.1-a", "RFC7636-4.6-b", "RFC8707-2-c"


@pytest.mark.parametrize(
    ("verdicts", "outcome", "status"),
    [
        ([PASS], "conformant", 0),
        ([PASS, WARN, NOTE, NA], "conformant", 0),
        ([NOTE], "conformant", 0),
        ([PASS, FAIL], "not-conformant", 1),
        ([FAIL, OPEN], "not-conformant", 1),
        ([PASS, OPEN], "inconclusive", 3),
        ([], "inconclusive", 3),
        ([NA, NA], "inconclusive", 3),
        ([PASS, ERROR], "internal-error", 4),
        ([FAIL, ERROR], "internal-error", 4),
    ],
)
def test_the_worst_verdict_decides(run_of, verdicts, outcome, status):
    run = run_of(*((A, verdict) for verdict in verdicts))
    assert (run.outcome, run.exit_status) == (outcome, status)


@pytest.mark.parametrize(
    ("verdicts", "settings", "status"),
    [
        ([PASS, WARN], {"strict": True}, 1),
        ([PASS, NOTE], {"strict": True}, 0),
        ([PASS], {"stale": ("X passes now",)}, 1),
        ([PASS, OPEN], {"stale": ("X passes now",)}, 1),
        ([PASS], {"interrupted": True}, 3),
        ([PASS, FAIL], {"interrupted": True}, 1),
    ],
)
def test_settings_and_circumstances_decide_too(run_of, verdicts, settings, status):
    assert run_of(*((A, verdict) for verdict in verdicts), **settings).exit_status == status


def test_known_failures_are_not_red_but_do_not_pass_for_conformance(run_of):
    run = run_of((A, FAIL), (B, PASS))
    known = replace(run, results=[replace(run.results[0], known_failure="accepted"), run.results[1]])
    assert known.outcome == "known-failures-only"
    assert known.exit_status == 0
    assert "beyond 1 known failure" in known.sentence


def test_a_known_failure_excuses_no_other(run_of):
    run = run_of((A, FAIL), (B, FAIL))
    known = replace(run, results=[replace(run.results[0], known_failure="accepted"), run.results[1]])
    assert known.exit_status == 1
    assert B in known.sentence
    assert A not in known.sentence


def test_the_sentence_names_what_to_mend_first(run_of):
    run = run_of((A, FAIL), (B, FAIL), (C, FAIL))
    hanging = [
        replace(run.results[0], root_cause=run.results[2].check),
        run.results[1],
        replace(run.results[2], fix="do the right thing."),
    ]
    sentence = replace(run, results=hanging).sentence
    assert "breaks 3 mandatory requirements" in sentence
    assert sentence.endswith(f"start with {C} (do the right thing).")


@pytest.mark.parametrize(
    ("verdicts", "settings", "says"),
    [
        ([PASS], {}, "breaks no mandatory requirement; 1 checked requirement is satisfied"),
        ([WARN], {}, "departs from 1 recommendation"),
        ([WARN], {"strict": True}, "which --strict counts"),
        ([OPEN], {}, "is not judged on 1 requirement"),
        ([], {}, "no check came to a conclusion"),
        ([PASS], {"interrupted": True}, "cut short"),
        ([FAIL], {"interrupted": True}, "so far (the run was cut short)"),
        ([ERROR], {}, "The harness itself failed"),
        ([PASS], {"stale": ("X passes now", "Y")}, "out of date: X passes now (and 1 more)"),
    ],
)
def test_every_outcome_has_a_sentence(run_of, verdicts, settings, says):
    sentence = run_of(*((A, verdict) for verdict in verdicts), **settings).sentence
    assert says in sentence
    assert "as.example" in sentence


def test_a_requirement_that_passes_once_and_fails_once_is_not_counted_as_satisfied(run_of):
    run = run_of((A, PASS), (A, WARN), (B, PASS))
    assert "; 1 checked requirement is satisfied" in run.sentence
