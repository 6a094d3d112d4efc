"""junit.xml for CI systems, from results.json: a test suite for each profile, a test case for each result."""

import xml.etree.ElementTree as ET
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from conformance.reporting.text import visible
from conformance.reporting.view import Finding, findings_of
from conformance.vocabulary import Verdict

_RED = {
    Verdict.FAIL: ("failure", "nonconformity"),
    Verdict.INCONCLUSIVE: ("error", "inconclusive"),
    Verdict.ERROR: ("error", "harness-error"),
}


def render_junit(run: Mapping[str, Any]) -> str:
    """The XML document for a run as in results.json.

    FAIL is a failure; INCONCLUSIVE and ERROR are errors; NOT-APPLICABLE and known failures are skipped. A run that is
    red for a reason of its own (nothing judged, cut short, stale known failures) has one more case that says so.
    """
    root = ET.Element("testsuites", name=visible(run["target"]["name"]))
    findings = findings_of(run)
    for profile in run["profiles"]:
        cases = [_case(finding, run) for finding in findings if profile["id"] in finding.profiles]
        _add_suite(root, profile["id"], cases, run)
    if run["summary"]["exit_status"] and not list(root.iter("failure")) and not list(root.iter("error")):
        _add_suite(root, "run", [_outcome_case(run)], run)
    for attribute in ("tests", "failures", "errors", "skipped"):
        root.set(attribute, str(sum(int(suite.get(attribute, "0")) for suite in root)))
    root.set("time", f"{run['duration_seconds']:.3f}")
    ET.indent(root)
    return ET.tostring(root, encoding="unicode", xml_declaration=False) + "\n"


def _add_suite(root: ET.Element, name: str, cases: Sequence[ET.Element], run: Mapping[str, Any]) -> None:
    suite = ET.SubElement(
        root,
        "testsuite",
        name=visible(name),
        timestamp=run["started"].removesuffix("Z"),
        tests=str(len(cases)),
        failures=_having(cases, "failure"),
        errors=_having(cases, "error"),
        skipped=_having(cases, "skipped"),
        time=f"{sum(float(case.get('time', '0')) for case in cases):.3f}",
    )
    suite.extend(cases)


def _case(finding: Finding, run: Mapping[str, Any]) -> ET.Element:
    result = finding.result
    module, _, function = result["check"].partition("::")
    case = ET.Element(
        "testcase",
        classname=visible(f"conformance.checks.{module}"),
        name=visible(f"{function} ({result['requirement']})"),
        time=f"{result['duration_seconds']:.3f}",
    )
    properties = ET.SubElement(case, "properties")
    for key in ("requirement", "verdict", "level", "role"):
        ET.SubElement(properties, "property", name=key, value=visible(result[key]))
    verdict = Verdict(result["verdict"])
    if result["known_failure"] is not None:
        ET.SubElement(case, "skipped", message=visible(f"known failure: {result['known_failure']}", 400))
    elif verdict is Verdict.NOT_APPLICABLE:
        ET.SubElement(case, "skipped", message=visible(result["message"], 400))
    elif verdict in _RED or (verdict is Verdict.WARN and run["strict"]):
        tag, kind = _RED.get(verdict, _RED[Verdict.FAIL])
        told = ET.SubElement(case, tag, type=kind, message=visible(result["message"], 400))
        told.text = _told(finding)
    elif verdict is not Verdict.PASS:
        ET.SubElement(case, "system-out").text = f"{verdict}: {_told(finding)}"
    return case


def _told(finding: Finding) -> str:
    head = f"{finding.row['id']}  {finding.result['level']}  {finding.source}  {finding.row['link']}"
    lines = [f"{label:<9} {text}" for label, text in finding.explanation]
    return visible("\n".join([head, *lines, *finding.commands]))


def _outcome_case(run: Mapping[str, Any]) -> ET.Element:
    case = ET.Element("testcase", classname="conformance.run", name="outcome", time="0")
    message = visible(run["summary"]["sentence"], 400)
    ET.SubElement(case, "error", type=run["summary"]["outcome"], message=message).text = message
    return case


def _having(cases: Iterable[ET.Element], tag: str) -> str:
    return str(sum(case.find(tag) is not None for case in cases))
