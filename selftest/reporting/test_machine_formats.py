import json
import xml.etree.ElementTree as ET
from dataclasses import replace

import pytest

from conformance.reporting.junit import render_junit
from conformance.reporting.sarif import render_sarif
from conformance.reporting.writers import write_all
from conformance.vocabulary import Verdict

A, B = "RFC7636-4.4.1-a", "RFC7636-4.6-b"


def _junit(run) -> ET.Element:
    return ET.fromstring(render_junit(run.as_json()).encode())  # noqa: S314 - our own document


def _sarif(run) -> dict:
    return json.loads(render_sarif(run.as_json()))["runs"][0]


@pytest.mark.parametrize(
    ("verdict", "tag"),
    [
        (Verdict.PASS, None),
        (Verdict.FAIL, "failure"),
        (Verdict.WARN, "system-out"),
        (Verdict.NOTE, "system-out"),
        (Verdict.NOT_APPLICABLE, "skipped"),
        (Verdict.INCONCLUSIVE, "error"),
        (Verdict.ERROR, "error"),
    ],
)
def test_each_verdict_has_its_junit_element(run_of, verdict, tag):
    case = _junit(run_of((A, verdict), (B, Verdict.PASS))).find(f".//testcase[@name='test_0 ({A})']")
    found = [child.tag for child in case if child.tag != "properties"]
    assert found == ([tag] if tag else [])


def test_junit_counts_agree_with_its_cases(sample_run):
    root = _junit(sample_run)
    assert int(root.get("tests")) == len(root.findall(".//testcase")) == len(sample_run.results)
    assert int(root.get("failures")) == len(root.findall(".//failure")) == 4
    assert int(root.get("errors")) == len(root.findall(".//error")) == 4
    assert [suite.get("name") for suite in root] == ["mcp-2026-07-28", "rfc-baseline"]


def test_a_failure_in_junit_is_complete(sample_run):
    told = _junit(sample_run).find(".//failure[@message='a code was granted without PKCE']").text
    for part in (A, "MUST", "RFC 7636, 4.4.1", "Expected", "Observed", "Fix", "conformance run"):
        assert part in told


def test_junit_carries_what_xml_cannot(sample_run, red, hostile):
    root = _junit(replace(sample_run, results=[replace(red, message=hostile, check=f"m::{hostile}")]))
    assert "\\u{1B}[2J" in root.find(".//failure").get("message")


@pytest.mark.parametrize(
    ("pairs", "settings"),
    [((), {}), (((A, Verdict.NOT_APPLICABLE),), {}), (((A, Verdict.PASS),), {"interrupted": True}),
     (((A, Verdict.PASS),), {"stale": ("X passes now",)})],
)  # fmt: skip
def test_a_red_run_is_red_in_junit_whatever_the_reason(run_of, pairs, settings):
    run = run_of(*pairs, **settings)
    case = _junit(run).find(".//testcase[@name='outcome']/error")
    assert case.get("type") == run.outcome


def test_junit_follows_strict_and_known_failures(run_of):
    strict = run_of((A, Verdict.WARN), strict=True)
    assert _junit(strict).find(".//failure") is not None
    run = run_of((A, Verdict.FAIL), (B, Verdict.PASS))
    known = replace(run, results=[replace(run.results[0], known_failure="vendor bug"), run.results[1]])
    assert _junit(known).find(".//skipped").get("message") == "known failure: vendor bug"
    assert _junit(known).find(".//failure") is None


def test_sarif_has_a_rule_and_a_result_for_each_deviation(sample_run):
    run = _sarif(sample_run)
    ids = [rule["id"] for rule in run["tool"]["driver"]["rules"]]
    assert len(ids) == len(set(ids))
    for result in run["results"]:
        assert ids[result["ruleIndex"]] == result["ruleId"]
    verdicts = {r.requirement: r.verdict for r in sample_run.results}
    levels = {Verdict.FAIL: ("fail", "error"), Verdict.WARN: ("fail", "warning")}
    levels[Verdict.INCONCLUSIVE] = ("open", "none")
    assert {r["ruleId"] for r in run["results"]} == {i for i, v in verdicts.items() if v in levels}
    for result in run["results"]:
        assert (result["kind"], result["level"]) == levels[verdicts[result["ruleId"]]]


def test_sarif_names_a_result_once_for_all_its_profiles_and_suppresses_known_ones(sample_run):
    results = {result["ruleId"]: result for result in _sarif(sample_run)["results"]}
    assert results[A]["properties"]["profiles"] == ["mcp-2026-07-28", "rfc-baseline"]
    assert results["RFC6750-3-c"]["suppressions"][0]["justification"].startswith("gateway 4.2")
    assert "suppressions" not in results[A]
    fingerprints = [tuple(result["partialFingerprints"].values()) for result in results.values()]
    assert len(set(fingerprints)) == len(fingerprints)


def test_sarif_keeps_a_hostile_string_text(sample_run):
    text = render_sarif(sample_run.as_json())
    assert text.isascii()
    assert "\\\\u{202E}" in text
    assert "\\ud800" not in text


def test_write_all_writes_every_format(sample_run, tmp_path):
    written = write_all(sample_run.as_json(), tmp_path / "out")
    assert [path.name for path in written] == [
        "results.json",
        "report.html",
        "junit.xml",
        "sarif.json",
        "summary.md",
    ]
    assert all(path.stat().st_size > 500 for path in written)
