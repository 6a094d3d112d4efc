"""The pytest plugin: the only place with pytest hooks. Inert unless checks of the harness are collected."""

import inspect
import time
from collections.abc import Callable, Generator
from pathlib import Path
from typing import Any, TypeVar

import pytest

from conformance.catalogue import requirement_of
from conformance.checks import role_of
from conformance.client.context import Context
from conformance.client.facts import TargetFacts
from conformance.profiles import Params, Profile, ProfileError
from conformance.profiles.model import RecordedParams
from conformance.reporting.results import Result
from conformance.running.judging import Judged, result_of
from conformance.running.options import OPTIONS, options_from
from conformance.running.output import summary_text, write_reports
from conformance.running.session import HarnessSession
from conformance.running.story import story_of
from conformance.targets import ConfigurationError
from conformance.vocabulary import Verdict
from conformance.wire import Wire

CHECKS = Path(__file__).parent / "checks"
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
    """The options of the harness."""
    group = parser.getgroup("conformance", "OAuth for MCP conformance")
    for name, settings in OPTIONS:
        group.addoption(name, **settings)
    group.addoption("--conformance-out", metavar="DIR", help="write results.json and reports there")
    group.addoption("--conformance-strict", action="store_true", help="a broken SHOULD fails the run too")


def pytest_configure(config: pytest.Config) -> None:
    """Read the options; say at once what is wrong with them."""
    options = options_from(config.option)
    session = config.stash[_SESSION] = HarnessSession(options)
    facts = getattr(config, "workerinput", {}).get("conformance")
    if facts is not None:
        session.facts = TargetFacts.from_json(facts)
    config.pluginmanager.register(_Collector(config, session), "conformance-collector")
    if facts is None and options.is_explicit:
        if config.args_source is not pytest.Config.ArgsSource.ARGS:
            config.args[:] = [str(CHECKS)]
        _or_usage_error(session.locate)
        _or_usage_error(session.choose)


def _or_usage_error(action: Callable[[], T]) -> T:
    try:
        return action()
    except (ConfigurationError, ProfileError) as error:
        pytest.exit(f"conformance: {error}", returncode=2)


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """Every check once for each candidate profile that names its requirement; the others are deselected later."""
    requirement = requirement_of(metafunc.function)
    if requirement is None:
        return
    selection = _or_usage_error(metafunc.config.stash[_SESSION].choose)
    profiles = selection.profiles_for(requirement)
    values: list[Profile | None] = list(profiles) or [None]
    ids = [profile.id for profile in profiles] or [_UNSELECTED]
    metafunc.parametrize("profile", values, ids=ids, indirect=True)


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """What no selected profile names is deselected, not skipped."""
    selected = [item for item in items if not _is_unselected(item)]
    if len(selected) < len(items):
        config.hook.pytest_deselected(items=[item for item in items if _is_unselected(item)])
        items[:] = selected


@pytest.hookimpl(tryfirst=True)
def pytest_runtestloop(session: pytest.Session) -> None:
    """Start the target once, when there is something to judge (under xdist this is pytest_configure_node's part)."""
    config = session.config
    if config.option.collectonly or hasattr(config, "workerinput"):
        return
    harness = config.stash[_SESSION]
    if any(requirement_of(getattr(item, "function", None)) for item in session.items):
        _or_usage_error(harness.start)


@pytest.hookimpl(optionalhook=True)
def pytest_configure_node(node: Any) -> None:
    """Under pytest-xdist the controller starts the target and tells every worker how to reach it."""
    harness: HarnessSession = node.config.stash[_SESSION]
    if harness.options.is_explicit or any(str(CHECKS) in str(Path(arg).resolve()) for arg in node.config.args):
        node.workerinput["conformance"] = _or_usage_error(harness.start).as_json()


@pytest.fixture
def profile(request: pytest.FixtureRequest) -> Profile:
    """The profile that the running check is judged by."""
    value = request.param
    assert isinstance(value, Profile)
    return value


@pytest.fixture
def params(request: pytest.FixtureRequest, profile: Profile) -> Params:
    """The profile's parameters; which ones a check reads decides whether its exercise serves other profiles too."""
    del request
    return RecordedParams.of(profile.params)


@pytest.fixture
def context(pytestconfig: pytest.Config) -> Context:
    """What lasts for the whole run in this process."""
    return pytestconfig.stash[_SESSION].running_context()


@pytest.fixture
def wire(context: Context) -> Wire:
    """The wire of this check; its transcript is the evidence."""
    return context.wire()


@pytest.hookimpl(tryfirst=True)
def pytest_pyfunc_call(pyfuncitem: pytest.Function) -> bool | None:
    """Exercise a check, or reuse what it ended in under a profile with the same parameters."""
    if requirement_of(pyfuncitem.function) is None:
        return None
    harness, check = pyfuncitem.config.stash[_SESSION], _check_name(pyfuncitem)
    judged = harness.reusable(check, _profile_of(pyfuncitem).params)
    if judged is None:
        judged, read = _exercise(pyfuncitem)
        harness.exercised.setdefault(check, []).append((read, judged))
    pyfuncitem.stash[_JUDGED] = judged
    return True


def _exercise(item: pytest.Function) -> tuple[Judged, dict[str, Any]]:
    begin, error = time.monotonic(), None
    names = inspect.signature(item.obj).parameters
    try:
        item.obj(**{name: item.funcargs[name] for name in names})
    except Exception as raised:  # noqa: BLE001 - whatever a check raises becomes its verdict
        error = raised
    read = item.funcargs.get("params")
    values = read.values_read() if isinstance(read, RecordedParams) else {}
    return _judged(item, error, time.monotonic() - begin), values


def _judged(item: pytest.Function, error: BaseException | None, seconds: float) -> Judged:
    used = item.funcargs.get("wire")
    transcript = used.transcript if isinstance(used, Wire) else None
    exchanges = transcript.exchanges if transcript else ()
    return Judged(error, exchanges, transcript.changed if transcript else (), seconds)


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(
    item: pytest.Item, call: pytest.CallInfo[None]
) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """Turn what happened into a Result, which travels with the report, and give the report its outcome."""
    report = yield
    if not isinstance(item, pytest.Function) or requirement_of(item.function) is None:
        return report
    failed_setup = call.when == "setup" and call.excinfo is not None
    if call.when == "call" or failed_setup:
        excinfo = call.excinfo
        error = excinfo.value if excinfo else None
        judged = item.stash.get(_JUDGED, None) or _judged(item, error, call.duration)
        result = _result(item, judged)
        report.conformance_result = result.as_json()  # type: ignore[attr-defined]
        report.outcome = "failed" if result.verdict.is_red else "passed"
        report.longrepr = f"{result.verdict} {result.requirement}: {result.message}" if result.verdict.is_red else None
        if failed_setup and not result.verdict.is_red:  # "passed" would let pytest call a check without its fixtures
            report.outcome, path = "skipped", str(item.path)
            report.longrepr = (path, item.reportinfo()[1] or 0, f"{result.verdict}: {result.message}")
    return report


def _result(item: pytest.Function, judged: Judged) -> Result:
    requirement = requirement_of(item.function)
    assert requirement is not None
    harness = item.config.stash[_SESSION]
    return result_of(
        judged,
        requirement=requirement,
        check=_check_name(item),
        profile=_profile_of(item),
        role=role_of(_check_name(item)),
        node_id=item.nodeid,
        story=story_of(item.function),
        redact=harness.running_context().secrets.text,
        again=harness.options.again(requirement),
    )


def pytest_report_teststatus(report: pytest.TestReport) -> tuple[str, str, str] | None:
    """The verdict's own word and letter."""
    plain = getattr(report, "conformance_result", None)
    return _WORDS[Verdict(plain["verdict"])] if plain else None


class _Collector:
    """Gathers results (from workers too) and writes them when the session ends."""

    def __init__(self, config: pytest.Config, harness: HarnessSession) -> None:
        self.config, self.harness = config, harness

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        """Keep the result that came with a report."""
        plain = getattr(report, "conformance_result", None)
        if plain is not None:
            self.harness.results.append(Result.from_json(plain))

    def pytest_keyboard_interrupt(self) -> None:
        """What was judged so far is still written."""
        self.harness.interrupted = True

    @pytest.hookimpl(trylast=True)
    def pytest_sessionfinish(self, session: pytest.Session) -> None:
        """Write results and reports; the exit status is the run's."""
        if hasattr(self.config, "workerinput") or not self.harness.results:
            return
        run = self.harness.run()
        session.exitstatus = run.exit_status
        if self.harness.options.out is not None:
            _or_usage_error(lambda: write_reports(run, self.harness))

    def pytest_terminal_summary(self, terminalreporter: Any) -> None:
        """The verdict, the red results and the counts."""
        quiet = self.config.option.no_summary or hasattr(self.config, "workerinput")
        if self.harness.results and not quiet:
            terminalreporter.write_line("")
            terminalreporter.write(summary_text(self.harness))

    def pytest_unconfigure(self) -> None:
        """Leave no process, thread or connection behind."""
        self.harness.stop()


def _check_name(item: pytest.Function) -> str:
    module = item.function.__module__.removeprefix("conformance.checks.")
    return f"{module}::{item.function.__name__}"


def _profile_of(item: pytest.Function) -> Profile:
    profile = item.callspec.params["profile"]
    assert isinstance(profile, Profile)
    return profile


def _is_unselected(item: pytest.Item) -> bool:
    return isinstance(item, pytest.Function) and hasattr(item, "callspec") and item.callspec.id == _UNSELECTED
