import argparse
import json
import subprocess
import sys

import pytest
import sample

from conformance.catalogue import catalogue
from conformance.checks import discovered_checks, role_of
from conformance.commands import explain, list_rows, report
from conformance.profiles import load_profiles


@pytest.fixture
def conformance(capsys):
    """Runs one command in this process: (exit status, stdout, stderr)."""

    def run(*arguments: str) -> tuple[int, str, str]:
        parser = argparse.ArgumentParser(prog="conformance")
        subparsers = parser.add_subparsers()
        for command in (list_rows, explain, report):
            command.add_parser(subparsers)
        parsed = parser.parse_args(arguments)
        status = parsed.run(parsed)
        captured = capsys.readouterr()
        return status, captured.out, captured.err

    return run


def test_list_gives_every_row_of_the_catalogue_with_exactly_these_keys(conformance):
    status, out, _ = conformance("list", "--json")
    rows = json.loads(out)
    assert status == 0
    assert [row["id"] for row in rows] == list(catalogue().rows)
    keys = ["id", "document", "section", "level", "role", "status", "checks", "profiles", "reason"]
    assert {tuple(row) for row in rows} == {tuple(keys)}
    assert {row["status"] for row in rows} <= {"checked", "planned", "excluded"}


def test_a_row_is_checked_exactly_when_it_has_a_check_and_says_why_when_not(conformance):
    for row in json.loads(conformance("list", "--json")[1]):
        assert bool(row["checks"]) == (row["status"] == "checked")
        assert row["checks"] == [check.name for check in discovered_checks().get(row["id"], [])]
        if row["status"] != "checked":
            assert row["reason"]


def test_list_by_profile_has_its_rows_at_its_levels(conformance):
    profile = load_profiles()["mcp-2025-03-26"]
    rows = json.loads(conformance("list", "--json", "--profile", profile.id)[1])
    assert {row["id"] for row in rows} == set(profile.requires)
    assert all(row["level"] == profile.level_of(catalogue().rows[row["id"]]) for row in rows)
    assert all(profile.id in row["profiles"] for row in rows)


@pytest.mark.parametrize(
    ("option", "value", "matches"),
    [
        ("--role", "RS", lambda row: "RS" in row["role"].split(",")),
        ("--document", "RFC 7636", lambda row: row["document"] == "RFC 7636"),
        ("--status", "excluded", lambda row: row["status"] == "excluded"),
    ],
)
def test_list_filters(conformance, option, value, matches):
    every = json.loads(conformance("list", "--json")[1])
    rows = json.loads(conformance("list", "--json", option, value)[1])
    assert rows == [row for row in every if matches(row)]
    assert rows


def test_list_as_text_ends_with_totals(conformance):
    out = conformance("list", "--document", "RFC 7636")[1]
    assert out.startswith("RFC 7636  Proof Key")
    assert "RFC7636-4.4.1-a" in out
    assert out.splitlines()[-1].startswith("26 requirements: ")


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (
            ("list", "--profile", "mcp-2026-07-82"),
            "there is no profile 'mcp-2026-07-82'; did you mean mcp-2026-07-28?",
        ),
        (("list", "--document", "rfc7636"), "there is no document 'rfc7636'; did you mean RFC 7636?"),
        (("explain", "rfc7636-4.4.1-a"), "no requirement 'rfc7636-4.4.1-a'; did you mean RFC7636-4.4.1-a?"),
        (("explain", "%"), "there is no requirement '%'"),
        (("report", "/nowhere.json", "--out", "x"), "/nowhere.json: No such file or directory"),
    ],
)
def test_a_wrong_name_is_one_line_and_exit_status_2(conformance, arguments, says):
    status, out, err = conformance(*arguments)
    assert (status, out) == (2, "")
    assert says in err
    assert err.count("\n") == 1


def test_explain_tells_everything_about_a_row(conformance):
    status, out, _ = conformance("explain", "RFC7636-4.4.1-a")
    row = catalogue().rows["RFC7636-4.4.1-a"]
    assert status == 0
    for part in (
        row.summary,
        row.link,
        "mcp-2026-07-28 (MUST)",
        "conformance run --only RFC7636-4.4.1-a",
        "Status",
        "Observed by",
    ):
        assert part in out
    for check in discovered_checks()[row.id]:
        assert check.name in out
        assert check.docstring.splitlines()[0] in out


def test_explain_gives_the_reason_of_an_excluded_row(conformance):
    row = next(row for row in catalogue().rows.values() if row.excluded)
    out = " ".join(conformance("explain", row.id)[1].split())
    assert f"excluded: {' '.join(row.excluded.split())}" in out
    assert "Run only this" not in out


def test_explain_names_the_mutants_that_prove_the_check():
    row = catalogue().rows["RFC7636-4.4.1-a"]
    checks = discovered_checks()[row.id]
    assert "skips-the-challenge" in explain.explanation(row, checks, {}, ["skips-the-challenge"])
    assert "no mutant of the reference fails it yet" in explain.explanation(row, checks, {}, [])


def test_report_renders_again_what_was_asked_for(conformance, tmp_path):
    status, out, _ = conformance("report", str(sample.SAMPLE), "--out", str(tmp_path / "new"), "--format", "html,sarif")
    assert status == 0
    assert out.split() == [str(tmp_path / "new" / name) for name in ("report.html", "sarif.json")]
    assert sorted(path.name for path in (tmp_path / "new").iterdir()) == ["report.html", "sarif.json"]


def test_report_refuses_an_unknown_format(conformance, capsys):
    with pytest.raises(SystemExit) as caught:
        conformance("report", "x", "--out", "y", "--format", "html,pdf")
    assert caught.value.code == 2
    assert "no format 'pdf' (there are html, junit, sarif, markdown)" in capsys.readouterr().err


def test_report_says_when_the_folder_can_t_be_written(conformance, tmp_path):
    (tmp_path / "file").write_text("")
    status, _, err = conformance("report", str(sample.SAMPLE), "--out", str(tmp_path / "file"))
    assert status == 2
    assert "can't write to" in err


def test_every_check_is_found_with_a_role_and_a_sentence():
    checks = [check for found in discovered_checks().values() for check in found]
    assert checks
    assert len({(check.name, check.requirement) for check in checks}) == len(checks)
    for check in checks:
        assert check.docstring, f"{check.name} has no docstring"
        assert check.role == role_of(check.name)


def test_reporting_needs_no_pytest_plugin_and_no_target():
    code = "import sys, conformance.reporting.writers; print(*sys.modules)"
    done = subprocess.run([sys.executable, "-c", code], timeout=60, check=True, capture_output=True, text=True)
    assert {"conformance.plugin", "conformance.wire", "httpx2"}.isdisjoint(done.stdout.split())
