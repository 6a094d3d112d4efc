import io
import re
from dataclasses import replace

import pytest

from conformance.reporting.html import render_html
from conformance.reporting.markdown import MOST_FINDINGS, render_markdown
from conformance.reporting.terminal import colour_wanted, render_terminal
from conformance.vocabulary import Verdict

A, B = "RFC7636-4.4.1-a", "RFC7636-4.6-b"


def test_the_summary_is_short_and_says_what_to_mend(run_json):
    text = render_markdown(run_json)
    assert text.startswith("## Harness error: as.example\n")
    assert len(text) < 6000
    for part in (
        f"[{A}](https://www.rfc-editor.org",
        "Fix: reject",
        "Waiver: http instead",
        "| mcp-2026-07-28 |",
    ):
        assert part in text


def test_the_summary_counts_what_it_leaves_out(sample_run, run_of):
    ids = list(dict.fromkeys(r.requirement for r in sample_run.results))[: MOST_FINDINGS + 7]
    text = render_markdown(run_of(*((i, Verdict.FAIL) for i in ids)).as_json())
    assert text.count("**FAIL** [") == MOST_FINDINGS
    assert "and 7 more in report.html" in text


def test_nothing_of_a_stranger_is_markup_in_the_summary(sample_run, red, hostile):
    nasty = f"[x](javascript:alert(1)) ![y](https://evil.example/) www.evil.example ``` {hostile}\n# heading\n| a |"
    fields = dict.fromkeys(("message", "means", "fix", "observed"), nasty)
    text = render_markdown(replace(sample_run, results=[replace(red, **fields)]).as_json())
    outside = "\n".join(re.sub(r"(?<!`)(`+)(?!`).*?(?<!`)\1(?!`)", "", line) for line in text.splitlines())
    links = re.findall(r"\]\(([^)]*)\)", outside)
    assert links == ["https://www.rfc-editor.org/rfc/rfc7636#section-4.4.1"]
    assert "<" not in outside
    assert "https://evil" not in outside
    assert "www.evil" not in outside
    assert not any(line.startswith("# ") for line in text.splitlines())


def test_the_terminal_tells_a_failure_as_a_block(run_json):
    text = render_terminal(run_json)
    start = text.index(f"FAIL  {A}  MUST  RFC 7636, 4.4.1  https://www.rfc-editor.org/rfc/rfc7636#section-4.4.1\n")
    labels = re.findall(r"^  (\w[\w ]*?)  +\S", text[start : text.index("\n\n", start)], re.MULTILINE)
    assert labels == [
        "Found",
        "Changed",
        "Expected",
        "Observed",
        "Means",
        "Fix",
        "Again",
        "Same cause",
        "Profiles",
    ]


def test_the_terminal_ends_with_the_verdict(run_of):
    checked = [row["id"] for row in run_of().as_json()["requirements"] if row["status"] == "checked"]
    text = render_terminal(run_of(*((i, Verdict.PASS) for i in checked)).as_json())
    assert text.rstrip().splitlines()[-2] == "CONFORMANT"
    assert "breaks no mandatory requirement" in text.rstrip().splitlines()[-1]


def test_a_part_of_a_run_is_not_called_conformant_without_more(run_of):
    part = run_of((A, Verdict.PASS)).as_json()
    assert render_terminal(part).rstrip().splitlines()[-2] == "CONFORMANT AS FAR AS IT WAS RUN"
    assert render_markdown(part).startswith("## Conformant as far as it was run: ")
    assert "</span> Conformant as far as it was run</h1>" in render_html(part)
    failed = run_of((A, Verdict.FAIL)).as_json()
    assert render_terminal(failed).rstrip().splitlines()[-2] == "NOT CONFORMANT"


def test_the_terminal_never_gets_a_stranger_s_control_characters(run_json):
    text = render_terminal(run_json)
    assert text.replace("\n", "").isprintable()
    coloured = render_terminal(run_json, colour=True)
    assert set(re.findall("\x1b.*?m", coloured)) <= {
        "\x1b[0m",
        *(f"\x1b[1;{n}m" for n in (2, 31, 32, 33, 34, 35)),
    }


@pytest.mark.parametrize(
    ("tty", "environ", "wanted"),
    [(True, {}, True), (False, {}, False), (True, {"NO_COLOR": "1"}, False), (True, {"NO_COLOR": ""}, True)],
)
def test_colours_are_only_for_terminals_that_want_them(tty, environ, wanted):
    stream = io.StringIO()
    stream.isatty = lambda: tty
    assert colour_wanted(stream, environ) is wanted


def test_what_hangs_on_one_prerequisite_is_one_finding(run_of):
    run = run_of((A, Verdict.INCONCLUSIVE), (B, Verdict.INCONCLUSIVE))
    text = render_terminal(replace(run, results=[replace(r, root_cause="login") for r in run.results]).as_json())
    assert text.count("INCONCLUSIVE  RFC") == 1
    assert f"Same cause  {B}" in text
    assert "Hangs on    login" in text
