"""Writes a run to a folder: results.json first, then what is rendered from it."""

from collections.abc import Callable, Collection, Mapping
from pathlib import Path
from typing import Any

from conformance.reporting.html import render_html
from conformance.reporting.junit import render_junit
from conformance.reporting.markdown import render_markdown
from conformance.reporting.results import write_atomically, write_results
from conformance.reporting.sarif import render_sarif

FORMATS: Mapping[str, tuple[str, Callable[[Mapping[str, Any]], str]]] = {
    "html": ("report.html", render_html),
    "junit": ("junit.xml", render_junit),
    "sarif": ("sarif.json", render_sarif),
    "markdown": ("summary.md", render_markdown),
}


def write_all(run: Mapping[str, Any], out_dir: Path, formats: Collection[str] = FORMATS.keys()) -> list[Path]:
    """Write results.json and its renderings into a folder, which is created; returns the files. Raises OSError."""
    results = out_dir / "results.json"
    write_results(run, results)
    return [results, *write_formats(run, out_dir, formats)]


def write_formats(run: Mapping[str, Any], out_dir: Path, formats: Collection[str]) -> list[Path]:
    """Render a run as in results.json in these formats (keys of FORMATS). Raises OSError."""
    written = []
    for name in formats:
        file, render = FORMATS[name]
        write_atomically(out_dir / file, render(run))
        written.append(out_dir / file)
    return written
