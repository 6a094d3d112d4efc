"""summary.md for a CI job's summary page, from results.json: short, and safe to render."""

import re
from collections.abc import Mapping
from typing import Any

from conformance.reporting.text import one_line
from conformance.reporting.view import (
    Finding,
    deep_sentence,
    documents_of,
    findings_of,
    known_of,
    left_out,
    open_findings,
    tally_of,
    title_of,
)

MOST_FINDINGS = 15
"""More than this many are only counted; the report has all."""

_SPECIAL = re.compile(r"[\\`*\[\]<>#|~&$@]|(?<!\w)_|_(?!\w)|:(?=//)|(?<=www)\.")


def render_markdown(run: Mapping[str, Any]) -> str:
    """The summary of a run as in results.json."""
    summary, target = run["summary"], run["target"]
    every = findings_of(run)
    findings, known = open_findings(every), known_of(every)
    documents = documents_of(run, every)
    counts = [f"**{count}** {verdict}" for verdict, count in tally_of(documents).items() if count]
    counts += [f"{known} of these known"] if known else []
    lines = [
        f"## {title_of(run, documents)}: {_plain(target['name'], 100)}",
        "",
        _plain(summary["sentence"], 600),
        "",
        " · ".join(counts) or "No results.",
        "",
    ]
    if run["interrupted"]:
        lines += ["The run was cut short; everything here is incomplete.", ""]
    if partial := left_out(documents):
        lines += [partial, ""]
    if deep := deep_sentence(run):
        lines += [_plain(deep, 600), ""]
    lines += [f"- Waiver: {_plain(waiver, 300)}" for waiver in target["waivers"]]
    lines += [f"- Known failures out of date: {_plain(entry, 300)}" for entry in summary["stale_known_failures"]]
    if findings:
        lines += ["", "### What to mend", ""]
        lines += [line for finding in findings[:MOST_FINDINGS] for line in _finding(finding)]
        if len(findings) > MOST_FINDINGS:
            lines.append(f"- and {len(findings) - MOST_FINDINGS} more in report.html")
    lines += ["", "| Profile | Requirements | Checked | Planned | Excluded |", "|---|--:|--:|--:|--:|"]
    for profile_id, part in run["coverage"].items():
        numbers = (part["checked"], part["planned"], part["excluded"])
        cells = " | ".join(str(number) for number in (sum(numbers), *numbers))
        lines.append(f"| {_plain(profile_id, 80)} | {cells} |")
    harness = run["harness"]
    lines += [
        "",
        f"{harness['name']} {harness['version']}, {run['started']}, {run['duration_seconds']:.1f} s",
        "",
    ]
    return "\n".join(lines)


def _finding(finding: Finding) -> list[str]:
    row, result = finding.row, finding.result
    link = row["link"] if re.fullmatch(r"https?://[^\s()<>]+", row["link"]) else ""
    name = f"[{_plain(row['id'], 80)}]({link})" if link else _plain(row["id"], 80)
    says = result["means"] or result["message"] or row["summary"]
    lines = [f"- **{finding.verdict}** {name} ({result['level']}): {_plain(says, 300)}"]
    if result["observed"]:
        lines.append(f"  - Observed: {_code(result['observed'], 300)}")
    if result["fix"]:
        lines.append(f"  - Fix: {_plain(result['fix'], 300)}")
    if finding.held_back:
        ids = ", ".join(_plain(other.row["id"], 80) for other in finding.held_back[:10])
        rest = len(finding.held_back) - 10
        lines.append(f"  - Hanging on the same cause: {ids}{f' and {rest} more' if rest > 0 else ''}")
    return lines


def _plain(text: str, most: int) -> str:
    """Text that renders as itself: nothing in it is markup, a link or a mention."""
    return _SPECIAL.sub(lambda match: f"&#{ord(match.group())};", one_line(text, most))


def _code(text: str, most: int) -> str:
    """The text as a code span, fenced by more backticks than it has in a row."""
    shown = one_line(text, most)
    fence = "`" * (max((len(run) for run in re.findall(r"`+", shown)), default=0) + 1)
    return f"{fence} {shown} {fence}"
