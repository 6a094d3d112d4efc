"""No check without a row, no testable row of the core documents without a check or a reason."""

import ast
from pathlib import Path

import pytest

import conformance
from conformance.catalogue import catalogue, requirement
from conformance.catalogue.requirement import UnknownRequirementError
from conformance.checks import Check, discovered_checks
from conformance.profiles import load_profiles
from conformance.running.story import story_of
from conformance.vocabulary import Requirement, Role

PACKAGE = Path(conformance.__file__).parent
CORE = ("RFC 8414", "RFC 8707", "RFC 7636", "RFC 6750", "RFC 9728")
CHECKS = [check for checks in discovered_checks().values() for check in checks]
by_name = pytest.mark.parametrize("check", CHECKS, ids=lambda check: check.name)


def core_rows() -> list[Requirement]:
    servers = {Role.AUTHORIZATION_SERVER, Role.RESOURCE_SERVER}
    return [row for row in catalogue().rows.values() if row.document in CORE and servers & {*row.roles}]


def test_no_core_row_is_left_without_check_or_reason() -> None:
    left = [row.id for row in core_rows() if not row.excluded and row.id not in discovered_checks()]
    assert not left, f"{len(left)} of {len(core_rows())} rows have neither a check nor `excluded:`: {left}"


def test_a_check_of_no_row_cannot_be_imported() -> None:
    with pytest.raises(UnknownRequirementError, match=r"nearest: RFC7636-4\.6-b"):
        requirement("RFC7636-4.6-bb")
    excluded = next(row.id for row in catalogue().rows.values() if row.excluded)
    with pytest.raises(UnknownRequirementError, match="is excluded"):
        requirement(excluded)


def test_every_check_is_asked_for_by_a_profile() -> None:
    asked = {i for profile in load_profiles().values() for i in profile.requires}
    unasked = sorted({check.requirement for check in CHECKS} - asked)
    assert not unasked, f"no profile names {unasked}, so nobody ever runs their checks"


def test_an_exclusion_says_why() -> None:
    for row in catalogue().rows.values():
        assert row.excluded is None or len(row.excluded) > 15, f"{row.id}: {row.excluded!r} explains nothing"
        assert row.link.startswith("https://"), row.id


@by_name
def test_a_check_says_what_it_asks_what_failing_means_and_how_to_mend_it(check: Check) -> None:
    story = story_of(check.function)
    assert story.sentence.endswith("."), f"{check.name} has no first sentence"
    assert story.means, f"{check.name} has no `Means:`"
    assert story.fix, f"{check.name} has no `Fix:`"


@pytest.mark.parametrize("path", sorted((PACKAGE / "checks").rglob("test_*.py")), ids=lambda path: path.stem)
def test_check_modules_are_short_and_so_are_their_functions(path: Path) -> None:
    text = path.read_text(encoding="utf-8")
    assert len(text.splitlines()) <= 250
    for node in ast.parse(text).body:
        if isinstance(node, ast.FunctionDef):
            first = min((d.lineno for d in node.decorator_list), default=node.lineno)
            lines = (node.end_lineno or 0) - first + 1
            assert lines <= 25, f"{path.name}:{first}: {node.name} has {lines} lines"


def test_modules_are_no_longer_than_300_lines() -> None:
    root = PACKAGE.parent
    every = (p for folder in ("conformance", "reference_impl", "selftest") for p in (root / folder).rglob("*.py"))
    long = {str(p.relative_to(root)): n for p in every if (n := len(p.read_text(encoding="utf-8").splitlines())) > 300}
    assert not long


def test_no_check_sleeps_or_reaches_around_the_wire() -> None:
    forbidden = {"socket", "ssl", "httpx2", "requests", "subprocess", "threading"}
    for path in (PACKAGE / "checks").rglob("test_*.py"):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            names = [a.name for a in node.names] if isinstance(node, ast.Import) else []
            names += [node.module or ""] if isinstance(node, ast.ImportFrom) else []
            where = f"{path.name}:{getattr(node, 'lineno', 0)}"
            assert not forbidden & {name.partition(".")[0] for name in names}, where
            assert not (isinstance(node, ast.Attribute) and node.attr == "sleep"), where
