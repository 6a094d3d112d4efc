"""A check as a pytest item: which requirement and profile it stands for, its exercise, and the Result of that."""

import time
from pathlib import Path
from typing import Any, TypeGuard

import pytest

from conformance.catalogue import catalogue, is_deep, requirements_of
from conformance.checks import role_of
from conformance.profiles import Profile
from conformance.profiles.model import RecordedParams
from conformance.reporting.results import Result
from conformance.running.judging import Judged, result_of
from conformance.running.session import HarnessSession
from conformance.running.story import story_of
from conformance.vocabulary import Violation
from conformance.wire import Wire

CHECKS = Path(__file__).parents[1] / "checks"


def is_check(item: object) -> TypeGuard[pytest.Function]:
    """Whether that is one of the harness's checks and not a test of somebody else."""
    return isinstance(item, pytest.Function) and bool(requirements_of(item.function))


def is_unselected(item: pytest.Item) -> bool:
    """Whether that is a check that no candidate profile names."""
    return is_check(item) and _judged_by(item)[1] is None


def check_name(item: pytest.Function) -> str:
    """ "module::function" with the module relative to conformance.checks."""
    module = item.function.__module__.removeprefix("conformance.checks.")
    return f"{module}::{item.function.__name__}"


def profile_of(item: pytest.Function) -> Profile:
    """The profile by which the check is judged."""
    profile = _judged_by(item)[1]
    assert isinstance(profile, Profile)
    return profile


def _judged_by(item: pytest.Function) -> tuple[str, Profile | None]:
    judged_by: tuple[str, Profile | None] = item.callspec.params["judged_by"]  # type: ignore[assignment]
    return judged_by


def exercise(item: pytest.Function) -> tuple[Judged, dict[str, Any]]:
    """Run the check; what it ended in, and the profile parameters that it read."""
    begin, error = time.monotonic(), None
    code = item.function.__code__
    try:
        item.obj(**{name: item.funcargs[name] for name in code.co_varnames[: code.co_argcount]})
    except Exception as raised:  # noqa: BLE001 - whatever a check raises becomes its verdict
        error = raised
    read = item.funcargs.get("params")
    values = read.values_read() if isinstance(read, RecordedParams) else {}
    return judged_by(item, error, time.monotonic() - begin), values


def judged_by(item: pytest.Function, error: BaseException | None, seconds: float) -> Judged:
    """What a check ended in, with the evidence that it has gathered so far."""
    used = item.funcargs.get("wire")
    transcript = used.transcript if isinstance(used, Wire) else None
    decisive = error.decided_by if isinstance(error, Violation) else None
    exchanges = transcript.ending_with(decisive) if transcript else ()
    return Judged(error, exchanges, transcript.changed if transcript else (), seconds)


def result_for(item: pytest.Function, judged: Judged, harness: HarnessSession) -> Result:
    """The Result of a check that ended like that."""
    requirement, _ = _judged_by(item)
    return result_of(
        judged,
        requirement=requirement,
        check=check_name(item),
        profile=profile_of(item),
        role=role_of(check_name(item)),
        node_id=item.nodeid,
        story=story_of(item.function),
        redact=harness.running_context().secrets.text,
        again=harness.options.again(requirement, deep=is_deep(item.function)),
    )


def describe(item: pytest.Function, judged: Judged, harness: HarnessSession) -> None:
    """Tell Allure about the check that is running, if Allure listens."""
    if item.config.pluginmanager.has_plugin("allure_listener"):
        from conformance.reporting.allure import describe_for_allure

        result = result_for(item, judged, harness)
        describe_for_allure(result, catalogue().rows[result.requirement])


def collection_fault(collector: pytest.Collector, report: pytest.CollectReport) -> str | None:
    """Why a module of ours can't be used, in one line; None when it can, or is not ours."""
    if not report.failed or not isinstance(collector, pytest.Module) or CHECKS not in collector.path.parents:
        return None
    said = [line[1:].strip() for line in str(report.longrepr).splitlines() if line.startswith("E ")]
    return f"{collector.path.relative_to(CHECKS.parents[1])} can't be imported: {''.join(said[-1:])}"
