"""What a check ends in becomes a verdict, and the verdicts an exit status."""

import json
from collections.abc import Callable
from pathlib import Path

import pytest

MUST, SHOULD, INFO = "RFC7636-4.6-b", "RFC6750-5.3-d", "RFC7636-4.1-c"


def check(name: str, requirement: str, body: str, parameters: str = "wire") -> str:
    return f'@requirement("{requirement}")\ndef test_{name}({parameters}):\n    """It is {name}."""\n    {body}\n'


def verdicts(file: Path) -> dict[str, str]:
    run = json.loads(file.read_text(encoding="utf-8"))
    return {r["check"].partition("::test_")[2]: r["verdict"] for r in run["results"]}


@pytest.mark.parametrize(
    ("requirement", "body", "verdict", "status"),
    [
        (MUST, "pass", "PASS", 0),
        (MUST, 'raise Violation("broken")', "FAIL", 1),
        (SHOULD, 'raise Violation("broken")', "WARN", 0),
        (INFO, 'raise Violation("broken")', "NOTE", 0),
        (MUST, 'raise Inconclusive("no control")', "INCONCLUSIVE", 3),
        (MUST, 'raise NotApplicable("not offered")', "NOT-APPLICABLE", 3),
        (MUST, 'raise KeyError("oops")', "ERROR", 4),
        (MUST, "assert 1 == 2", "ERROR", 4),
    ],
)
def test_each_end_has_its_verdict(
    invented: Callable[..., None],
    judged: Callable[..., pytest.RunResult],
    results: Path,
    requirement: str,
    body: str,
    verdict: str,
    status: int,
) -> None:
    invented(check("one", requirement, body))
    run = judged()
    assert verdicts(results) == {"one": verdict}
    assert run.ret == status
    assert json.loads(results.read_text())["summary"]["exit_status"] == status


def test_the_words_on_the_terminal_are_the_verdicts(
    invented: Callable[..., None], judged: Callable[..., pytest.RunResult]
) -> None:
    invented(
        check("good", MUST, "pass")
        + check("bad", MUST, 'raise Violation("broken")')
        + check("weak", SHOULD, 'raise Violation("broken")')
        + check("unclear", MUST, 'raise Inconclusive("no control")')
        + check("absent", MUST, 'raise NotApplicable("not offered")')
        + check("ours", MUST, "1 / 0")
    )
    run = judged("-v")
    run.stdout.fnmatch_lines(["*test_good*profile-one* PASS*", "*test_weak*WARN*"], consecutive=False)
    run.stdout.fnmatch_lines(["*= 1 failed, 1 passed, 1 error, 1 warned, 1 inconclusive, 1 not applicable in *"])
    run.stdout.no_fnmatch_line("*Traceback*")


def test_a_dead_end_in_a_fixture_is_the_verdict_of_the_check(
    invented: Callable[..., None], judged: Callable[..., pytest.RunResult], results: Path
) -> None:
    fixtures = """
import pytest

@pytest.fixture
def no_feature():
    raise NotApplicable("not offered")

@pytest.fixture
def no_client():
    raise Inconclusive("no client", root="client", remedy="add one")

@pytest.fixture
def broken():
    raise RuntimeError("ours")
"""
    bodies = (("absent", "no_feature"), ("unclear", "no_client"), ("ours", "broken"))
    invented(fixtures + "".join(check(name, MUST, "assert False", fixture) for name, fixture in bodies))
    run = judged()
    assert verdicts(results) == {"absent": "NOT-APPLICABLE", "unclear": "INCONCLUSIVE", "ours": "ERROR"}
    assert run.ret == 4
    unclear = next(r for r in json.loads(results.read_text())["results"] if "unclear" in r["check"])
    assert (unclear["root_cause"], unclear["fix"]) == ("client", "add one")


def test_a_secret_in_an_exception_is_not_told(
    invented: Callable[..., None], judged: Callable[..., pytest.RunResult], results: Path
) -> None:
    secret = "a-secret-that-nobody-may-read"
    body = f'wire.transcript.secrets.learn("token", "{secret}"); raise {{}}("it was {secret}")'
    errors = ("Violation", "Inconclusive", "NotApplicable", "RuntimeError")
    invented("".join(check(error.lower(), MUST, body.format(error)) for error in errors))
    run = judged("-vv", "--tb=long", "--showlocals", "-rA", "--log-level=DEBUG")
    assert len(verdicts(results)) == len(errors)
    assert "<token#1>" in results.read_text()
    for text in (results.read_text(), run.stdout.str(), run.stderr.str()):
        assert secret not in text


def test_a_check_is_exercised_once_for_profiles_with_the_same_parameters(
    invented: Callable[..., None], judged: Callable[..., pytest.RunResult], results: Path
) -> None:
    count = "open('count', 'a').write('x')"
    invented(
        check("indifferent", MUST, count.replace("count", "same"))
        + check("careful", MUST, f"params.pkce_required; {count.replace('count', 'other')}", "wire, params")
    )
    run = judged("--profile=profile-one", "--profile=profile-two", "--profile", "profile-one")
    assert run.ret == 0
    assert len(json.loads(results.read_text())["results"]) == 4
    assert (results.parents[1] / "same").read_text() == "x"
    assert (results.parents[1] / "other").read_text() == "xx"


def test_k_selects_by_profile_and_the_rest_is_deselected(
    invented: Callable[..., None], judged: Callable[..., pytest.RunResult], results: Path
) -> None:
    invented(check("first", MUST, "pass") + check("second", SHOULD, "pass"), two=SHOULD)
    run = judged("-k", "profile-two")
    assert run.ret == 0
    assert verdicts(results) == {"second": "PASS"}
    outcomes = run.parseoutcomes()
    assert outcomes["passed"] == 1
    assert "skipped" not in outcomes
    assert outcomes["deselected"] >= 2


def test_workers_come_to_the_same_verdicts(
    invented: Callable[..., None], judged: Callable[..., pytest.RunResult], results: Path
) -> None:
    bodies = ("pass", 'raise Violation("broken")', 'raise Inconclusive("no")', 'raise NotApplicable("no")') * 3
    invented("".join(check(f"number_{n}", MUST, body) for n, body in enumerate(bodies)))
    serial = judged()
    alone = verdicts(results)
    parallel = judged("-n", "2")
    assert verdicts(results) == alone
    assert serial.ret == parallel.ret == 1


def test_a_check_whose_worker_dies_is_an_error(
    invented: Callable[..., None], judged: Callable[..., pytest.RunResult], results: Path
) -> None:
    invented(check("a_wrong_code_verifier_is_refused", MUST, "import os; os._exit(1)"))
    module = results.parents[1] / "authorization_server" / "test_invented.py"
    module.rename(module.with_name("test_pkce.py"))
    run = judged("-n", "1")
    assert list(verdicts(results).values()) == ["ERROR"]
    assert run.ret == 4


def test_stopping_at_the_first_red_one_is_told_as_cut_short(
    invented: Callable[..., None], judged: Callable[..., pytest.RunResult], results: Path
) -> None:
    invented(check("a_bad", MUST, 'raise Violation("broken")') + check("b_never", MUST, "pass"))
    run = judged("-x")
    assert run.ret == 1
    assert json.loads(results.read_text())["interrupted"] is True


def test_ctrl_c_leaves_results(
    invented: Callable[..., None], judged: Callable[..., pytest.RunResult], results: Path
) -> None:
    invented(check("a_good", MUST, "pass") + check("b_interrupts", MUST, "raise KeyboardInterrupt"))
    run = judged()
    assert verdicts(results) == {"a_good": "PASS"}
    assert json.loads(results.read_text())["interrupted"] is True
    assert run.ret == 3
