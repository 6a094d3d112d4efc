"""The plain text summary printed after a run, from results.json."""

import os
from collections.abc import Mapping, Sequence
from textwrap import fill
from typing import Any, TextIO

from conformance.reporting.text import one_line
from conformance.reporting.view import (
    DocumentView,
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

_LABEL = 12
_WIDTH = 110
_COLOURS = {
    "FAIL": "31",
    "ERROR": "35",
    "INCONCLUSIVE": "35",
    "WARN": "33",
    "NOTE": "34",
    "PASS": "32",
    "NOT-APPLICABLE": "2",
    "NOT-RUN": "2",
    "conformant": "32",
    "known-failures-only": "32",
}


def colour_wanted(stream: TextIO, environ: Mapping[str, str] | None = None) -> bool:
    """Whether to write colours: only to a terminal, and never with NO_COLOR set."""
    return stream.isatty() and not (os.environ if environ is None else environ).get("NO_COLOR")


def render_terminal(run: Mapping[str, Any], *, colour: bool = False) -> str:
    """Every open finding as a block, the documents, the counts, and the verdict last, where the eye is."""
    findings = findings_of(run)
    documents = documents_of(run, findings)
    blocks = [_block(finding, colour) for finding in open_findings(findings)]
    return "\n\n".join([*blocks, _documents(documents), _ending(run, documents, known_of(findings), colour)]) + "\n"


def _block(finding: Finding, colour: bool) -> str:
    row, result = finding.row, finding.result
    verdict = _paint(finding.verdict, finding.verdict, colour)
    head = f"{verdict}  {row['id']}  {result['level']}  {finding.source}  {row['link']}".rstrip()
    lines = [_labelled(label, text) for label, text in finding.explanation]
    lines += [_raw("Again" if not place else "", command) for place, command in enumerate(finding.commands)]
    if result["root_cause"]:
        lines.append(_labelled("Hangs on", result["root_cause"]))
    if finding.held_back:
        lines.append(_labelled("Same cause", ", ".join(other.row["id"] for other in finding.held_back)))
    lines.append(_labelled("Profiles", ", ".join(finding.profiles)))
    return "\n".join([head, *lines])


def _documents(documents: Sequence[DocumentView]) -> str:
    width = max((len(document.name) for document in documents), default=8)
    lines = [f"{'Document':<{width}}  fail  warn  unjudged  pass  other  not checked"]
    for document in documents:
        fail, warn, passed = (document.count(verdict) for verdict in ("FAIL", "WARN", "PASS"))
        unjudged = document.count("INCONCLUSIVE", "ERROR")
        other = len(document.requirements) - fail - warn - unjudged - passed
        numbers = f"{fail:>4}  {warn:>4}  {unjudged:>8}  {passed:>4}  {other:>5}  {len(document.unchecked):>11}"
        lines.append(f"{document.name:<{width}}  {numbers}")
    return "\n".join(lines)


def _ending(run: Mapping[str, Any], documents: Sequence[DocumentView], known: int, colour: bool) -> str:
    summary = run["summary"]
    counts = [f"{n} {_paint(v, v, colour)}" for v, n in tally_of(documents).items() if n]
    counts += [f"{known} of these known"] if known else []
    lines = [f"Waiver: {one_line(waiver, 300)}" for waiver in run["target"]["waivers"]]
    lines += [f"Known failures out of date: {one_line(entry, 300)}" for entry in summary["stale_known_failures"]]
    for profile_id, part in run["coverage"].items():
        total = part["checked"] + part["planned"] + part["excluded"]
        lines.append(
            f"{one_line(profile_id, 80)}: {part['checked']} of {total} requirements checked, "
            f"{part['planned']} planned, {part['excluded']} excluded"
        )
    lines.append(", ".join(counts) or "no results")
    if partial := left_out(documents):
        lines.append(partial)
    if deep := deep_sentence(run):
        lines.append(one_line(deep, 600))
    if run["interrupted"]:
        lines.append("The run was cut short; everything above is incomplete.")
    title = _paint(title_of(run, documents).upper(), summary["outcome"], colour)
    return "\n".join([*lines, "", title, fill(one_line(summary["sentence"], 600), _WIDTH, break_on_hyphens=False)])


def _labelled(label: str, text: str) -> str:
    lead = f"  {label:<{_LABEL}}"
    shown = one_line(text, 1000)
    return fill(shown, _WIDTH, initial_indent=lead, subsequent_indent=" " * (_LABEL + 2), break_on_hyphens=False)


def _raw(label: str, command: str) -> str:
    return f"  {label:<{_LABEL}}{one_line(command, 3000)}"


def _paint(text: str, kind: str, colour: bool) -> str:
    return f"\x1b[1;{_COLOURS.get(kind, '31')}m{text}\x1b[0m" if colour else text
