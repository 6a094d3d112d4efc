import json
import subprocess
import sys
from pathlib import Path

import pytest

from conformance.reporting.allure import describe_for_allure, severity_of
from conformance.vocabulary import Level

_TEST = """
import sys
sys.path.insert(0, {folder!r})
import sample
from conformance.catalogue import catalogue
from conformance.reporting.allure import describe_for_allure

def test_it():
    rows = catalogue().rows
    describe_for_allure(sample.told_results(dict(rows))["{requirement}"], rows["{requirement}"])
"""


def _allure(tmp_path: Path, requirement: str) -> tuple[dict, list[str]]:
    test = tmp_path / "test_told.py"
    test.write_text(_TEST.format(folder=str(Path(__file__).parent), requirement=requirement))
    out = tmp_path / "allure"
    command = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", "-p", "no:conformance"]
    command += ["-c", "/dev/null", f"--rootdir={tmp_path}", f"--alluredir={out}", str(test)]
    done = subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    (result,) = out.glob("*-result.json")
    told = json.loads(result.read_text())
    return told, [(out / attachment["source"]).read_text() for attachment in told["attachments"]]


def test_a_test_is_described_for_allure(tmp_path):
    told, attachments = _allure(tmp_path, "RFC8707-2-h")
    labels = {(label["name"], label["value"]) for label in told["labels"]}
    assert {("epic", "RFC 8707"), ("story", "RFC8707-2-h"), ("severity", "normal"), ("tag", "WARN")} <= labels
    assert {("level", "SHOULD"), ("role", "AS"), ("profile", "mcp-2026-07-28")} <= labels
    assert told["links"][0]["url"] == "https://www.rfc-editor.org/rfc/rfc8707#section-2"
    assert "audience" in told["description"]
    assert attachments[0].startswith("GET /authorize?")
    assert json.loads(attachments[-1])["requirement"] == "RFC8707-2-h"


def test_nothing_of_a_hostile_server_is_markup_for_allure(tmp_path):
    told, attachments = _allure(tmp_path, "RFC8707-2-c")
    assert all(line.startswith("    ") or not line for line in told["description"].splitlines())
    assert "\x1b" not in "".join(attachments)


def test_without_allure_nothing_happens(sample_run, monkeypatch):
    monkeypatch.setattr("allure.attach", lambda *_, **__: pytest.fail("attached without --alluredir"))
    described = describe_for_allure(sample_run.results[0], sample_run.info.plan.requirements[0].row)
    assert described is None


@pytest.mark.parametrize(
    ("level", "severity"),
    [
        (Level.MUST_NOT, "critical"),
        (Level.SHOULD, "normal"),
        (Level.LOWER_SHOULD, "minor"),
        (Level.MAY, "trivial"),
    ],
)
def test_severity_follows_the_level(level, severity):
    assert severity_of(level).value == severity
