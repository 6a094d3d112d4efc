"""`conformance list`: every catalogue row, with whether and where it is checked."""

import argparse
import json
import sys
from collections.abc import Mapping, Sequence
from itertools import groupby
from typing import Any

from conformance.catalogue import catalogue
from conformance.checks import Check, discovered_checks
from conformance.commands.suggestion import known_or_usage_error
from conformance.profiles import Profile, load_profiles
from conformance.reporting.coverage import reason_of, status_of
from conformance.vocabulary import Level, Requirement, Role, Status


def add_parser(subparsers: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    """Add `list` to the command line."""
    parser = subparsers.add_parser("list", help="show every requirement and whether it is checked")
    parser.add_argument("--json", action="store_true", help="a JSON array instead of text")
    parser.add_argument("--profile", metavar="ID", help="only what this profile asks for, at its levels")
    parser.add_argument("--role", choices=[role.value for role in Role], help="only what this role has to satisfy")
    parser.add_argument("--document", metavar="NAME", help='only this document, such as "RFC 7636"')
    parser.add_argument("--status", choices=[status.value for status in Status], help="only rows in this state")
    parser.set_defaults(run=run)


def run(args: argparse.Namespace) -> int:
    """Print the rows that match; 0, or 2 for a profile or document that doesn't exist."""
    profiles = load_profiles()
    if args.profile and not known_or_usage_error("profile", args.profile, profiles):
        return 2
    if args.document and not known_or_usage_error("document", args.document, catalogue().documents):
        return 2
    rows = [row for row in list_rows(profiles, discovered_checks(), profile=args.profile) if _matches(row, args)]
    if args.json:
        json.dump(rows, sys.stdout, indent=1, ensure_ascii=False)
        sys.stdout.write("\n")
    else:
        sys.stdout.write(as_text(rows))
    return 0


def list_rows(
    profiles: Mapping[str, Profile], checks: Mapping[str, Sequence[Check]], *, profile: str | None = None
) -> list[dict[str, Any]]:
    """The rows of the catalogue, or of one profile, in catalogue order, as `list --json` prints them."""
    chosen = profiles[profile] if profile else None
    asking: dict[str, list[str]] = {}
    for candidate in profiles.values():
        for requirement_id in candidate.requires:
            asking.setdefault(requirement_id, []).append(candidate.id)
    return [
        _row(row, chosen.level_of(row) if chosen else row.level, asking.get(row.id, []), checks.get(row.id, ()))
        for row in catalogue().rows.values()
        if chosen is None or chosen.id in asking.get(row.id, ())
    ]


def as_text(rows: Sequence[Mapping[str, Any]]) -> str:
    """The rows in columns under their documents, with totals at the end."""
    if not rows:
        return "No requirement matches.\n"
    width = max(len(row["id"]) for row in rows)
    lines: list[str] = []
    for document, members in groupby(rows, key=lambda row: str(row["document"])):
        title = catalogue().documents[document].title
        lines += ["", f"{document}  {title}"]
        lines += [
            f"  {row['id']:<{width}}  {row['level']:<10}  {row['role']:<9}  {row['status']:<8}  {_remark(row)}"
            for row in members
        ]
    totals = ", ".join(f"{sum(row['status'] == status for row in rows)} {status}" for status in Status)
    return "\n".join([*lines[1:], "", f"{len(rows)} requirements: {totals}", ""])


def _row(row: Requirement, level: Level, profiles: list[str], checks: Sequence[Check]) -> dict[str, Any]:
    status = status_of(row, {row.id} if checks else ())
    return {
        "id": row.id,
        "document": row.document,
        "section": row.section,
        "level": level.value,
        "role": ",".join(role.value for role in row.roles),
        "status": status.value,
        "checks": [check.name for check in checks],
        "profiles": profiles,
        "reason": reason_of(row, status),
    }


def _matches(row: Mapping[str, Any], args: argparse.Namespace) -> bool:
    return (
        (args.role is None or args.role in row["role"].split(","))
        and (args.document is None or row["document"] == args.document)
        and (args.status is None or row["status"] == args.status)
    )


def _remark(row: Mapping[str, Any]) -> str:
    if row["status"] == Status.EXCLUDED:
        return f"section {row['section']}: {row['reason']}"
    return f"section {row['section']}: {catalogue().rows[row['id']].summary}"
