"""`conformance explain ID`: everything the harness knows about one requirement."""

import argparse
import sys
from collections.abc import Iterator, Mapping, Sequence
from textwrap import fill, indent

from conformance.catalogue import catalogue
from conformance.checks import Check, discovered_checks
from conformance.commands.suggestion import known_or_usage_error
from conformance.profiles import Profile, load_profiles
from conformance.reporting.coverage import reason_of, status_of
from conformance.targets.bundled import mutant_kills
from conformance.vocabulary import Requirement, Status

_LABEL_WIDTH = 13


def add_parser(subparsers: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    """Add `explain` to the command line."""
    parser = subparsers.add_parser("explain", help="say everything about one requirement")
    parser.add_argument("id", metavar="ID", help="a requirement id, such as RFC7636-4.4.1-a")
    parser.set_defaults(run=run)


def run(args: argparse.Namespace) -> int:
    """Print the explanation; 0, or 2 for an id that doesn't exist."""
    rows = catalogue().rows
    if not known_or_usage_error("requirement", args.id, rows):
        return 2
    row = rows[args.id]
    checks = discovered_checks().get(row.id, [])
    sys.stdout.write(explanation(row, checks, load_profiles(), mutant_kills().get(row.id, ())))
    return 0


def explanation(
    row: Requirement, checks: Sequence[Check], profiles: Mapping[str, Profile], mutants: Sequence[str]
) -> str:
    """The text that `explain` prints, ending in a newline."""
    document = catalogue().documents[row.document]
    status = status_of(row, {row.id} if checks else ())
    lines = [
        f"{row.id}  {row.level}  {row.document}, {row.section}",
        "",
        fill(row.summary, 100),
        "",
        _field("For", ", ".join(role.value for role in row.roles)),
        _field("Source", f"{document.title}, section {row.section}"),
        _field("", row.link),
        *_optional("Reading", row.reading),
        *_optional("Observed by", row.observe),
        _field("Status", _status(row, status)),
        *_profile_lines(row, profiles),
        *_check_lines(checks),
        *_mutant_lines(mutants, status),
    ]
    if checks:
        deep = "--deep " if all(check.deep for check in checks) else ""
        lines += ["", f"Run only this:  conformance run {deep}--only {row.id}"]
    return "\n".join(lines) + "\n"


def _status(row: Requirement, status: Status) -> str:
    reason = reason_of(row, status)
    match status:
        case Status.CHECKED:
            return "checked" + (f"; in part: {reason}" if reason else "")
        case Status.PLANNED:
            return "planned: no check yet" + (f"; only in part: {row.partly}" if row.partly else "")
        case Status.EXCLUDED:
            return f"excluded: {reason}"


def _profile_lines(row: Requirement, profiles: Mapping[str, Profile]) -> Iterator[str]:
    named = [f"{p.id} ({p.level_of(row)})" for p in profiles.values() if row.id in p.requires]
    yield _field("Profiles", ", ".join(named) if named else "none asks for it")
    for profile in profiles.values():
        if row.id in profile.not_scored:
            yield _field("", f"not scored in {profile.id}: {profile.not_scored[row.id]}")


def _check_lines(checks: Sequence[Check]) -> Iterator[str]:
    for place, check in enumerate(checks):
        yield _field("" if place else "Checks", check.name + (" (with --deep)" if check.deep else ""))
        yield indent(check.docstring or "(no docstring)", " " * (_LABEL_WIDTH + 2))


def _mutant_lines(mutants: Sequence[str], status: Status) -> Iterator[str]:
    if mutants:
        yield _field("Proved by", "mutants of the reference that fail it: " + ", ".join(mutants))
    elif status is Status.CHECKED:
        yield _field("Proved by", "no mutant of the reference fails it yet")


def _optional(label: str, text: str | None) -> Iterator[str]:
    if text:
        yield _field(label, text)


def _field(label: str, text: str) -> str:
    lead, hanging = f"{label:<{_LABEL_WIDTH}}", " " * _LABEL_WIDTH
    return fill(
        text,
        100,
        initial_indent=lead,
        subsequent_indent=hanging,
        break_long_words=False,
        break_on_hyphens=False,
    )
