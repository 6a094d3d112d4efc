"""sarif.json (SARIF 2.1.0) for code scanning, from results.json: rules are requirements, results are deviations."""

import json
from collections.abc import Mapping, Sequence
from hashlib import sha256
from typing import Any

from conformance.reporting.text import visible
from conformance.reporting.view import Finding, findings_of
from conformance.vocabulary import Level, Verdict

_KINDS = {
    Verdict.FAIL: ("fail", "error"),
    Verdict.WARN: ("fail", "warning"),
    Verdict.INCONCLUSIVE: ("open", "none"),
}
_DEFAULT_LEVEL = {3: "error", 2: "warning"}


def render_sarif(run: Mapping[str, Any]) -> str:
    """The JSON document for a run as in results.json: FAIL as error, WARN as warning, INCONCLUSIVE as open."""
    findings = [finding for finding in findings_of(run) if Verdict(finding.verdict) in _KINDS]
    rules = {finding.row["id"]: _rule(finding) for finding in findings}
    places = {requirement_id: place for place, requirement_id in enumerate(rules)}
    log = {
        "$schema": "https://json.schemastore.org/sarif-2.1.0.json",
        "version": "2.1.0",
        "runs": [
            {
                "tool": {
                    "driver": {
                        "name": run["harness"]["name"],
                        "semanticVersion": run["harness"]["version"],
                        "rules": list(rules.values()),
                    }
                },
                "automationDetails": {"id": f"conformance/{visible(run['target']['name'], 200)}/"},
                "invocations": [_invocation(run)],
                "columnKind": "unicodeCodePoints",
                "results": [_result(finding, places[finding.row["id"]], run["target"]) for finding in findings],
            }
        ],
    }
    return json.dumps(log, indent=1, ensure_ascii=True) + "\n"


def _rule(finding: Finding) -> dict[str, Any]:
    row = finding.row
    rule: dict[str, Any] = {
        "id": row["id"],
        "shortDescription": {"text": visible(row["summary"] or row["id"], 1000)},
        "defaultConfiguration": {"level": _DEFAULT_LEVEL.get(Level(finding.result["level"]).strength, "note")},
        "properties": {"tags": ["security", "oauth", row["document"]], "level": finding.result["level"]},
    }
    if row["link"].startswith(("https://", "http://")):
        rule["helpUri"] = row["link"]
    return rule


def _result(finding: Finding, rule_index: int, target: Mapping[str, Any]) -> dict[str, Any]:
    kind, level = _KINDS[Verdict(finding.verdict)]
    result: dict[str, Any] = {
        "ruleId": finding.row["id"],
        "ruleIndex": rule_index,
        "kind": kind,
        "level": level,
        "message": {"text": _message(finding)},
        "locations": [
            {
                "physicalLocation": {"artifactLocation": {"uri": "results.json"}},
                "logicalLocations": [{"fullyQualifiedName": _place(finding, target), "kind": "resource"}],
            }
        ],
        "partialFingerprints": {"requirementAndCheck/v1": _fingerprint(finding)},
        "properties": {"check": finding.result["check"], "profiles": list(finding.profiles)},
    }
    if finding.result["known_failure"] is not None:
        result["suppressions"] = [{"kind": "external", "justification": visible(finding.result["known_failure"], 1000)}]
    return result


def _message(finding: Finding) -> str:
    lines: Sequence[str] = [f"{label}: {text}" for label, text in finding.explanation]
    return visible("\n".join([f"{finding.row['id']} ({finding.result['level']}, {finding.source})", *lines]))


def _place(finding: Finding, target: Mapping[str, Any]) -> str:
    url = target["resource"] if finding.result["role"] == "RS" else target["issuer"]
    return visible(url or target["name"], 500)


def _fingerprint(finding: Finding) -> str:
    return sha256(f"{finding.row['id']} {finding.result['check']}".encode()).hexdigest()


def _invocation(run: Mapping[str, Any]) -> dict[str, Any]:
    status = run["summary"]["exit_status"]
    return {
        "executionSuccessful": status != 4 and not run["interrupted"],
        "exitCode": status,
        "startTimeUtc": run["started"],
    }
