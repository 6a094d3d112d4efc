"""The pytest plugin. Inert unless checks of the harness are collected."""

import json
from collections.abc import Callable, Generator
from contextlib import nullcontext
from functools import partial
from pathlib import Path
from typing import Any, TypeVar

import pytest

from conformance.catalogue import CatalogueError, is_deep, is_waiting, requirements_of
from conformance.client.facts import TargetFacts
from conformance.profiles import ProfileError
from conformance.reporting.results import Result
from conformance.running.collector import Collector
from conformance.running.courtesy import add_unless_taken
from conformance.running.items import (
    CHECKS,
    check_name,
    collection_fault,
    describe,
    exercise,
    is_check,
    is_unselected,
    judged_by,
    profile_of,
    result_for,
)
from conformance.running.judging import Judged
from conformance.running.options import OPTIONS, options_from
from conformance.running.output import make_room
from conformance.running.session import HarnessSession
from conformance.targets import ConfigurationError
from conformance.vocabulary import Verdict

T = TypeVar("T")
_SESSION = pytest.StashKey[HarnessSession]()
_JUDGED = pytest.StashKey[Judged]()
_UNSELECTED = "unselected"
_WORDS = {
    Verdict.PASS: ("passed", ".", "PASS"),
    Verdict.FAIL: ("failed", "F", "FAIL"),
    Verdict.WARN: ("warned", "W", "WARN"),
    Verdict.NOTE: ("noted", "n", "NOTE"),
    Verdict.NOT_APPLICABLE: ("not applicable", "-", "NOT-APPLICABLE"),
    Verdict.INCONCLUSIVE: ("inconclusive", "I", "INCONCLUSIVE"),
    Verdict.ERROR: ("error", "E", "ERROR"),
}


def pytest_addoption(parser: pytest.Parser) -> None:
    """The options of pytest's side alone."""
    group = parser.getgroup("conformance", "OAuth for MCP conformance")
    group.addoption("--conformance-out", metavar="DIR", help="write results.json and reports there")
    group.addoption("--conformance-strict", action="store_true", help="a broken SHOULD fails the run too")


@pytest.hookimpl(wrapper=True, tryfirst=True)
def pytest_load_initial_conftests(parser: pytest.Parser) -> Generator[None]:
    """The options shared with `conformance run`, after everybody else could take their names."""
    yield
    group = parser.getgroup("conformance")
    for name, settings in OPTIONS:
        add_unless_taken(group, name, settings)


def pytest_configure(config: pytest.Config) -> None:
    """Read the options; say at once what is wrong with them. `conformance run` brings a session that has begun."""
    options = options_from(config.option)
    begun = next((p for p in config.pluginmanager.get_plugins() if isinstance(p, HarnessSession)), None)
    session = config.stash[_SESSION] = begun or HarnessSession(options)
    facts = getattr(config, "workerinput", {}).get("conformance")
    if facts is not None:
        session.facts = TargetFacts.from_json(facts)
    config.pluginmanager.register(Collector(config, session), "conformance-collector")
    if not options.is_explicit:
        return
    if config.args_source is not pytest.Config.ArgsSource.ARGS:
        config.args[:] = [str(CHECKS)]
    if facts is None:
        _or_exit(session.locate)
        _or_exit(session.choose)
        if options.out is not None and begun is None:
            _or_exit(partial(make_room, options.out))
        if getattr(config.option, "dist", "no") != "no":  # pytest_configure_node would be too late for a clean refusal
            _or_exit(session.launch)


def _or_exit(action: Callable[[], T]) -> T:
    try:
        return action()
    except (ConfigurationError, ProfileError) as error:
        pytest.exit(f"conformance: {error}", returncode=2)
    except CatalogueError as error:
        pytest.exit(f"conformance: the harness itself failed: its catalogue is broken: {error}", returncode=4)


@pytest.hookimpl(tryfirst=True)
def pytest_pycollect_makeitem(collector: pytest.Module | pytest.Class, obj: object) -> list[pytest.Item] | None:
    """What no candidate profile names isn't made into items, unless somebody names a check by its node id."""
    requirements = requirements_of(obj)
    if not requirements or any("::" in argument for argument in collector.config.args):
        return None
    selection, deep = _or_exit(collector.config.stash[_SESSION].choose), is_deep(obj)
    return None if any(selection.profiles_for(i, deep=deep) for i in requirements) else []


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """Every check once for each of its requirements and candidate profiles; the others are deselected later."""
    requirements = requirements_of(metafunc.function)
    if not requirements:
        return
    selection = _or_exit(metafunc.config.stash[_SESSION].choose)
    deep = is_deep(metafunc.function)
    cases = [(i, profile) for i in requirements for profile in selection.profiles_for(i, deep=deep)]
    ids = [f"{profile.id}-{i}" if len(requirements) > 1 else profile.id for i, profile in cases]
    metafunc.parametrize("judged_by", cases or [(requirements[0], None)], ids=ids or [_UNSELECTED], indirect=True)


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """What no selected profile names is deselected, not skipped; what waits for an expiry comes last."""
    selected = [item for item in items if not is_unselected(item)]
    if len(selected) < len(items):
        config.hook.pytest_deselected(items=[item for item in items if is_unselected(item)])
        items[:] = selected
    items.sort(key=lambda item: is_check(item) and is_waiting(item.function))


@pytest.hookimpl(tryfirst=True)
def pytest_runtestloop(session: pytest.Session) -> bool | None:
    """See once that the target can be judged, if there is something to judge; under xdist while workers get ready."""
    config = session.config
    if config.option.collectonly or hasattr(config, "workerinput"):
        return None
    harness = config.stash[_SESSION]
    if harness.facts is not None or any(is_check(item) for item in session.items):
        try:
            harness.start()
        except ConfigurationError as error:  # pytest.exit would frame the line in exclamation marks by now
            harness.refusal = str(error)
            return True
    return None


@pytest.hookimpl(optionalhook=True)
def pytest_configure_node(node: Any) -> None:
    """Under pytest-xdist the controller launches the target and tells every worker how to reach it."""
    harness: HarnessSession = node.config.stash[_SESSION]
    if harness.options.is_explicit or any(str(CHECKS) in str(Path(arg).resolve()) for arg in node.config.args):
        node.workerinput["conformance"] = _or_exit(harness.launch).as_json()


@pytest.hookimpl(tryfirst=True)
def pytest_pyfunc_call(pyfuncitem: pytest.Function) -> bool | None:
    """Exercise a check, or reuse what it ended in under a profile with the same parameters."""
    if not is_check(pyfuncitem):
        return None
    harness, check = pyfuncitem.config.stash[_SESSION], check_name(pyfuncitem)
    judged = harness.reusable(check, profile_of(pyfuncitem).params)
    if judged is None:
        judged, read = exercise(pyfuncitem)
        harness.exercised.setdefault(check, []).append((read, judged))
    pyfuncitem.stash[_JUDGED] = judged
    return True


@pytest.hookimpl(wrapper=True, tryfirst=True)
def pytest_runtest_protocol(item: pytest.Item) -> Generator[None, object, object]:
    """Signals wait until a check is over, or waits for something itself."""
    with item.config.stash[_SESSION].interruption.held() if is_check(item) else nullcontext():
        return (yield)


@pytest.hookimpl(wrapper=True)
def pytest_runtest_setup(item: pytest.Item) -> Generator[None]:
    """A check that ends while its fixtures are made is judged here, and described for Allure.

    pytest then takes it for skipped: it would format a traceback that nobody reads.
    """
    try:
        yield
    except Exception as error:
        if not is_check(item):
            raise
        judged = item.stash[_JUDGED] = judged_by(item, error, 0.0)
        describe(item, judged, item.config.stash[_SESSION])
        said = result_for(item, judged, item.config.stash[_SESSION]).message
        raise pytest.skip.Exception(said, _use_item_location=True) from error


@pytest.hookimpl(wrapper=True)
def pytest_runtest_call(item: pytest.Item) -> Generator[None]:
    """Describe the check for Allure while it counts as running."""
    yield
    if is_check(item) and _JUDGED in item.stash:
        describe(item, item.stash[_JUDGED], item.config.stash[_SESSION])


@pytest.hookimpl(wrapper=True)
def pytest_make_collect_report(
    collector: pytest.Collector,
) -> Generator[None, pytest.CollectReport, pytest.CollectReport]:
    """A check module that can't be imported is our own fault, told in one line."""
    report = yield
    fault = collection_fault(collector, report)
    if fault is not None:
        report.longrepr = fault
        report.conformance_fault = fault  # type: ignore[attr-defined] # travels with the report
    return report


@pytest.hookimpl(wrapper=True, trylast=True)  # innermost, so that other plugins see the outcome that counts
def pytest_runtest_makereport(
    item: pytest.Item, call: pytest.CallInfo[None]
) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """Turn what happened into a Result, which travels with the report, and give the report its outcome."""
    report = yield
    failed_setup = call.when == "setup" and call.excinfo is not None
    if is_check(item) and (call.when == "call" or failed_setup) and _JUDGED in item.stash:
        result = result_for(item, item.stash[_JUDGED], item.config.stash[_SESSION])
        report.conformance_result = result  # type: ignore[attr-defined]
        report.outcome = "failed" if result.verdict.is_red else "passed"
        report.longrepr = f"{result.verdict} {result.requirement}: {result.message}" if result.verdict.is_red else None
        if result.verdict is Verdict.NOT_APPLICABLE:  # after set-up, "passed" would let pytest call it without fixtures
            report.outcome, path = "skipped", str(item.path)
            report.longrepr = (path, item.reportinfo()[1] or 0, f"{result.verdict}: {result.message}")
    return report


@pytest.hookimpl(wrapper=True)
def pytest_report_to_serializable() -> Generator[None, dict[str, Any] | None, dict[str, Any] | None]:
    """A worker sends the Result as one string: what carries it takes long over anything with parts."""
    data = yield
    if data is not None and isinstance(data.get("conformance_result"), Result):
        data |= {"conformance_result": json.dumps(data["conformance_result"].as_json()), "keywords": {}}
    return data


@pytest.hookimpl(wrapper=True)
def pytest_report_from_serializable() -> Generator[None, object, object]:
    """The controller's side of that."""
    report = yield
    if isinstance(said := getattr(report, "conformance_result", None), str):
        report.conformance_result = Result.from_json(json.loads(said))  # type: ignore[attr-defined]
    return report


def pytest_report_teststatus(report: pytest.TestReport) -> tuple[str, str, str] | None:
    """The verdict's own word and letter."""
    result = getattr(report, "conformance_result", None)
    return _WORDS[result.verdict] if result else None
