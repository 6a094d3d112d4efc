"""An MCP server that takes DPoP-bound tokens only is judged by the DPoP rows all the same."""

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pytest

import reference_impl.launcher
from conformance.checks import Check, discovered_checks
from conformance.client.context import Context
from conformance.profiles import load_profiles
from conformance.running.prepare import make_context
from conformance.targets.bundled import BundledTarget
from reference_impl.mcp_server.config import DpopMode
from reference_impl.mutants.registry import Mutant
from selftest.lean import LeanRun

MODULES = ("resource_server.test_dpop_resource_proof", "resource_server.test_dpop_resource_scheme")
REQUIRED = "RFC9728-2-n"


def dpop_only(config: Any) -> Any:
    return replace(config, dpop=DpopMode.REQUIRED)


@pytest.fixture(scope="module")
def context() -> Iterator[Context]:
    patch = pytest.MonkeyPatch()
    variant = Mutant("dpop-only", "configuration", "mcp_server", dpop_only, frozenset(), "DPoP only")
    patch.setattr(reference_impl.launcher, "find_variant", lambda _: variant)
    target = BundledTarget("dpop-only")
    context = make_context(target.start())
    yield context
    context.close()
    target.stop()
    patch.undo()


def checks() -> list[Check]:
    every = [check for found in discovered_checks().values() for check in found]
    of_dpop = [check for check in every if check.name.partition("::")[0] in MODULES]
    return [*of_dpop, *(check for check in discovered_checks()[REQUIRED] if check.role == "RS")]


@pytest.mark.parametrize("check", checks(), ids=lambda check: check.name.partition("::")[2])
def test_the_dpop_rows_are_judged(context: Context, check: Check) -> None:
    profile = load_profiles()["ext-dpop"]
    verdicts = LeanRun(context, (profile,)).verdicts([(check, 1)])
    assert set(verdicts.values()) <= {"PASS", "NOT-APPLICABLE"}
    if check.requirement == REQUIRED or check.requirement.startswith("RFC9449-4.3"):
        assert set(verdicts.values()) == {"PASS"}
