"""Gathers the results of a session, and ends it: files, summary and exit status."""

from typing import Any

import pytest

from conformance.running.judging import lost
from conformance.running.output import summary_text, write_reports
from conformance.running.session import HarnessSession
from conformance.targets import ConfigurationError


class Collector:
    """Gathers results (from workers too) and writes them when the session ends."""

    def __init__(self, config: pytest.Config, harness: HarnessSession) -> None:
        self.config, self.harness, self.others_failed = config, harness, False

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        """Keep the result that came with a report; a check that failed without one is lost by our own fault."""
        result = getattr(report, "conformance_result", None)
        if result is not None:
            self.harness.results.append(result)
        elif report.failed and self.harness.facts is not None:
            problem = str(report.longrepr).strip().splitlines()[-1:]
            missed = lost(report.nodeid, "".join(problem), self.harness.choose().all)
            self.harness.results += [missed] if missed else []
            self.others_failed = self.others_failed or missed is None

    def pytest_collectreport(self, report: pytest.CollectReport) -> None:
        """Keep why a check module could not be used."""
        fault = getattr(report, "conformance_fault", None)
        if fault is not None and fault not in self.harness.faults:
            self.harness.faults.append(fault)

    def pytest_keyboard_interrupt(self, excinfo: pytest.ExceptionInfo[BaseException]) -> None:
        """What was judged so far is still written."""
        self.harness.interrupted = type(excinfo.value) is KeyboardInterrupt  # pytest derives words of its own from it

    @pytest.hookimpl(trylast=True)
    def pytest_sessionfinish(self, session: pytest.Session) -> None:
        """Write results and reports; the exit status is the run's."""
        harness = self.harness
        if hasattr(self.config, "workerinput"):
            return
        if session.shouldfail or session.shouldstop:
            harness.interrupted = True
        if harness.refusal:
            session.exitstatus = 2
        elif harness.results or (harness.interrupted and harness.facts):
            run = harness.run()
            session.exitstatus = run.exit_status or (1 if self.others_failed else 0)
            if harness.options.out is not None and not harness.faults:  # which rows went unjudged nobody could tell
                try:
                    write_reports(run, harness)
                except ConfigurationError as error:
                    harness.unwritten, session.exitstatus = str(error), 2
        elif harness.options.is_explicit and session.exitstatus == 0 and not self.config.option.collectonly:
            session.exitstatus = 3  # nothing was judged, which is never green
        if harness.faults:
            session.exitstatus = 4

    def pytest_terminal_summary(self, terminalreporter: Any) -> None:
        """The verdict, the red results and the counts."""
        if self.config.option.no_summary or hasattr(self.config, "workerinput"):
            return
        if self.harness.refusal:
            terminalreporter.write_line(f"conformance: {self.harness.refusal}")
        elif self.harness.results and not self.harness.faults:
            terminalreporter.write_line("")
            terminalreporter.write(summary_text(self.harness))
        if self.harness.unwritten:
            terminalreporter.write_line(f"\nconformance: {self.harness.unwritten}")

    def pytest_unconfigure(self) -> None:
        """Leave no process, thread or connection behind."""
        self.harness.stop()
