"""--deep as a user meets it: what runs, what is said of what doesn't, and how to see a finding again."""

import json
import re
from pathlib import Path

import pytest

from conformance.cli import main

LIFE = "ROBUST-LIFE-a"
CODE = "OAUTH21-4.1.3-a"


def run(folder: Path, *arguments: str) -> tuple[int, dict]:
    status = main(["run", *arguments, f"--out={folder}"])
    results = folder / "results.json"
    return status, json.loads(results.read_text(encoding="utf-8")) if results.is_file() else {}


def test_without_deep_its_checks_are_named_as_not_run(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    status, results = run(tmp_path, "--only", CODE, "--profile=oauth-2.1")
    assert status == 0
    assert results["deep"]["explored"] is None
    assert CODE in results["deep"]["not_run"]
    assert not any("sequence" in result["check"] for result in results["results"])
    assert re.search(
        f"Deep checks were not run; --deep adds them to .*{CODE}", " ".join(capsys.readouterr().out.split())
    )


def test_deep_judges_its_own_profile_beside_the_selected_one(tmp_path: Path) -> None:
    arguments = ("--deep", "--deep-seed=3", "--deep-examples=2", "--only", CODE, "--profile=oauth-2.1")
    status, results = run(tmp_path, *arguments)
    assert status == 0
    assert results["deep"] == {"explored": {"seed": 3, "examples": 2}, "not_run": []}
    deep = {result["profile"] for result in results["results"] if "sequence" in result["check"]}
    plain = {result["profile"] for result in results["results"] if "sequence" not in result["check"]}
    assert deep == {"oauth-2.1", "robustness"}
    assert plain == {"oauth-2.1"}


def test_a_finding_shows_a_short_sequence_and_the_command_that_finds_it_again(tmp_path: Path) -> None:
    arguments = ("--target=bundled:revocation-forgets-the-used-code", "--profile=robustness", "--only", CODE)
    status, results = run(tmp_path, "--deep", *arguments)
    (result,) = results["results"]
    assert status == 1
    assert result["verdict"] == "FAIL"
    assert "code 1 was accepted although it was redeemed" in result["message"]
    assert [step.partition(". ")[2] for step in result["changed"].split("; ")] == [
        "grant 1 authorized for client 1",
        "code 1 redeemed",
        "refresh token 1.1 revoked",
        "code 1 redeemed",
    ]
    assert "--deep --deep-seed=0" in result["again"][0]
    last = result["exchanges"][-1]
    assert last["status"] == 200
    assert "&code=<code#" in last["request"]["body"]
    assert '"access_token":"<access_token#' in last["response"]["body"]


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["--deep", "--safe"], "--deep sends many requests that create state"),
        (["--deep", "--deep-examples=0"], "--deep-examples 0: has to be 1 or more"),
        (["--only", LIFE], f"--only: {LIFE} is judged with --deep only; add --deep"),
        (["--profile", "robustness"], "--profile robustness: its checks run with --deep only; add --deep"),
    ],
)
def test_what_makes_no_sense_is_refused(
    arguments: list[str], said: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["run", *arguments, f"--out={tmp_path}"]) == 2
    assert said in capsys.readouterr().err
