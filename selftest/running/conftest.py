"""The plugin is tested through pytest itself; checks invented for that are in a package named like a role."""

from collections.abc import Callable
from pathlib import Path

import pytest

from selftest.void_servers import MiniatureServer, always_404

QUIET = ("-pno:schemathesis", "-pno:cacheprovider", "-pno:allure_pytest", "-pno:hypothesispytest", "-pno:anyio")

CONFTEST = 'pytest_plugins = ["conformance.checks.conftest"]\n'
HEAD = """
from conformance.catalogue import requirement
from conformance.vocabulary import Inconclusive, NotApplicable, Violation
"""
PROFILE = """
id: profile-{name}
title: invented
requires: [{rows}]
params: {{pkce_required: {flag}}}
"""


@pytest.fixture
def invented(pytester: pytest.Pytester) -> Callable[..., None]:
    """Make a folder with invented checks, and profiles `profile-one` and `profile-two` that name their requirements."""

    def make(body: str, *, two: str | None = None, one: str | None = None) -> None:
        role = pytester.mkpydir("authorization_server")
        (role / "test_invented.py").write_text(HEAD + body, encoding="utf-8")
        pytester.makeconftest(CONFTEST)
        profiles = pytester.mkdir("profiles")
        everything = ", ".join(
            dict.fromkeys(line.split('"')[1] for line in body.splitlines() if "@requirement" in line)
        )
        for name, rows, flag in (("one", one or everything, "true"), ("two", two or everything, "false")):
            text = PROFILE.format(name=name, rows=rows, flag=flag)
            (profiles / f"{name}.yaml").write_text(text, encoding="utf-8")

    return make


@pytest.fixture
def judged(pytester: pytest.Pytester) -> Callable[..., pytest.RunResult]:
    """Judge the invented checks by `profile-one` (or what the arguments say) against a server that is merely there."""

    def judge(*arguments: str) -> pytest.RunResult:
        own_choice = any(argument.partition("=")[0] in ("-k", "--profile") for argument in arguments)
        chosen = () if own_choice else ("--profile=profile-one",)
        fixed = ("--profiles=profiles", "--conformance-out=out", "authorization_server")
        with MiniatureServer(always_404).running() as base:
            return pytester.runpytest_inprocess(*QUIET, *fixed, f"--as-url={base}", *chosen, *arguments)

    return judge


@pytest.fixture
def results(pytester: pytest.Pytester) -> Path:
    """Where the run writes its results."""
    return pytester.path / "out" / "results.json"
