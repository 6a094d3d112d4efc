"""report.html: one self-contained page that works without script, from results.json."""

from base64 import b64encode
from collections.abc import Mapping
from datetime import datetime
from functools import cache
from hashlib import sha256
from importlib.resources import files
from typing import Any
from urllib.parse import urlsplit

from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import Markup

from conformance.reporting.text import one_line, shortened, visible
from conformance.reporting.view import (
    NOT_RUN,
    VERDICT_ORDER,
    deep_sentence,
    documents_of,
    findings_of,
    known_of,
    left_out,
    open_findings,
    tally_of,
    title_of,
)

_WORDS = {"NOT-APPLICABLE": "N/A", NOT_RUN: "NOT RUN", "planned": "PLANNED", "excluded": "EXCLUDED"}
_MARKS = {
    "PASS": "✓",
    "FAIL": "✕",
    "WARN": "!",
    "NOTE": "i",
    "NOT-APPLICABLE": "–",
    "INCONCLUSIVE": "?",
    "ERROR": "⚠",
    NOT_RUN: "…",
    "planned": "○",
    "excluded": "–",
}
_MEANINGS = {
    "FAIL": "a MUST is broken",
    "ERROR": "the harness itself failed",
    "INCONCLUSIVE": "could not be judged",
    "WARN": "a SHOULD is not followed",
    "NOTE": "worth knowing, asked for by nothing stronger than a MAY",
    "PASS": "judged and satisfied",
    "NOT-APPLICABLE": "not offered and not required",
    NOT_RUN: "has a check that this run left out",
}


def render_html(run: Mapping[str, Any]) -> str:
    """The page for a run as in results.json; every string of the run is escaped and made visible."""
    findings = findings_of(run)
    documents = documents_of(run, findings)
    style, script = _asset("report.css"), _asset("report.js")
    return (
        _environment()
        .get_template("report.html.j2")
        .render(
            run=run,
            title=title_of(run, documents),
            open=open_findings(findings),
            documents=documents,
            shown=[
                verdict
                for verdict in (*VERDICT_ORDER, NOT_RUN, "planned", "excluded")
                if any(d.count(verdict) for d in documents)
            ],
            roles=sorted({role for d in documents for r in [*d.requirements, *d.unchecked] for role in r.row["roles"]}),
            tally=tally_of(documents),
            known=known_of(findings),
            left_out=left_out(documents),
            deep=deep_sentence(run),
            meanings=_MEANINGS,
            marks=_MARKS,
            words=_WORDS,
            style=Markup(style),  # noqa: S704 - our own file
            script=Markup(script),  # noqa: S704 - our own file
            style_hash=_csp_hash(style),
            script_hash=_csp_hash(script),
        )
    )


@cache
def _environment() -> Environment:
    environment = Environment(
        loader=PackageLoader("conformance.reporting"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        finalize=_finalized,
    )
    environment.filters |= {
        "cut": visible,
        "one_line": one_line,
        "short": shortened,
        "web_link": _web_link,
        "day": _day,
        "elapsed": _elapsed,
    }
    return environment


def _finalized(value: object) -> object:
    """Applied to every expression of the template, so that no string gets past it."""
    return visible(value) if isinstance(value, str) and not isinstance(value, Markup) else value


def _asset(name: str) -> str:
    return files("conformance.reporting").joinpath("templates", name).read_text(encoding="utf-8")


def _csp_hash(content: str) -> str:
    return f"'sha256-{b64encode(sha256(content.encode()).digest()).decode()}'"


def _web_link(url: str) -> str:
    """The URL if a browser may follow it, else the empty string."""
    try:
        return url if urlsplit(url).scheme in ("https", "http") else ""
    except ValueError:
        return ""


def _day(started: str) -> str:
    try:
        moment = datetime.fromisoformat(started)
    except ValueError:
        return started
    return f"{moment.day} {moment:%B %Y, %H:%M} UTC"


def _elapsed(seconds: float) -> str:
    whole = round(seconds)
    return f"{whole // 60} min {whole % 60} s" if whole >= 60 else f"{seconds:.1f} s"
