"""Tells Allure about the current test: what it judges, how grave it is, and what went over the wire."""

import json
from typing import Any, Final

import allure
from allure_commons import plugin_manager

from conformance.reporting.results import Result
from conformance.reporting.text import one_line, visible
from conformance.vocabulary import Exchange, Level, Message, Requirement, Verdict

_SEVERITIES: Final = {
    3: allure.severity_level.CRITICAL,
    2: allure.severity_level.NORMAL,
    1: allure.severity_level.MINOR,
    0: allure.severity_level.TRIVIAL,
}
_test: Any = allure.dynamic  # its functions carry no annotations
_TAGGED = (Verdict.WARN, Verdict.NOTE, Verdict.INCONCLUSIVE)


def describe_for_allure(result: Result, row: Requirement) -> None:
    """Attach requirement, severity, links and exchanges to the test that is running; does nothing without --alluredir.

    Allure knows no WARN: such a test passes, or is broken, and carries its verdict as a tag.
    """
    if not plugin_manager.hook.attach_data.get_hookimpls():
        return
    _test.epic(row.document)
    _test.feature(f"{row.document}, {row.section}")
    _test.story(row.id)
    _test.severity(severity_of(result.level))
    _test.label("requirement", row.id)
    _test.label("level", result.level.value)
    _test.label("role", result.role)
    _test.label("profile", result.profile)
    _test.link(row.link, name=f"{row.document}, {row.section}")
    _test.description(_description(result, row))
    if result.verdict in _TAGGED:
        _test.tag(result.verdict.value)
    if result.known_failure is not None:
        _test.tag("known failure")
    for exchange in result.exchanges:
        allure.attach(_told(exchange), name=_name(exchange), attachment_type=allure.attachment_type.TEXT)
    evidence = json.dumps(result.as_json(), indent=1)
    allure.attach(evidence, name="result", attachment_type=allure.attachment_type.JSON)


def severity_of(level: Level) -> allure.severity_level:
    """How grave it is to break a requirement of that level, in Allure's words."""
    return _SEVERITIES[level.strength]


def _description(result: Result, row: Requirement) -> str:
    parts = [
        ("", row.summary),
        ("Verdict", f"{result.verdict} {result.message}"),
        ("Changed", result.changed),
        ("Expected", result.expected),
        ("Observed", result.observed),
        ("Means", result.means),
        ("Fix", result.fix),
        ("Known", result.known_failure or ""),
    ]
    lines = [f"{label}: {one_line(text)}" if label else one_line(text) for label, text in parts if text]
    return "\n\n".join(f"    {line}" for line in lines)  # an indented block: nothing in it is markup


def _name(exchange: Exchange) -> str:
    return one_line(
        f"{exchange.number} {exchange.method} {exchange.url} {exchange.status or exchange.error or ''}", 200
    )


def _told(exchange: Exchange) -> str:
    answer = _message(exchange.response) if exchange.response else f"no response: {exchange.error or 'unknown'}"
    return visible(f"{_message(exchange.request)}\n\n{answer}\n", 20_000)


def _message(message: Message) -> str:
    headers = "".join(f"\n{name}: {value}" for name, value in message.headers)
    return f"{message.start_line}{headers}\n\n{message.body}"
