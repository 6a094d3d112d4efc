"""The state of one pytest session: options, profiles, the started target, results."""

import time
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime
from typing import Any

from conformance.catalogue import catalogue
from conformance.checks import discovered_checks
from conformance.client.context import Context
from conformance.client.facts import TargetFacts
from conformance.profiles import Params, Profile
from conformance.reporting.coverage import plan
from conformance.reporting.known_failures import apply_known_failures
from conformance.reporting.results import DeepRun, Result, Run, RunInfo, TargetInfo
from conformance.running.doctor import before_a_run
from conformance.running.interruption import Interruption
from conformance.running.judging import Judged, told_fault
from conformance.running.options import Options
from conformance.running.prepare import make_context
from conformance.running.selection import Selection
from conformance.targets import ConfigurationError, Target, locate


@dataclass(eq=False)
class HarnessSession:
    """Lives in pytest's config. In a worker of pytest-xdist `facts` come from the controller, who owns the target.

    `refusal` is why the target can't be judged as configured, `unwritten` why there are no files of what was judged,
    `written` what is in results.json, `faults` are failures of the harness itself.
    """

    options: Options
    target: Target | None = None
    facts: TargetFacts | None = None
    selection: Selection | None = None
    context: Context | None = None
    results: list[Result] = field(default_factory=list)
    exercised: dict[str, list[tuple[dict[str, Any], Judged]]] = field(default_factory=dict)
    started: datetime = field(default_factory=lambda: datetime.now(UTC))
    _begin: float = field(default_factory=time.monotonic)
    _is_seen: bool = False
    interrupted: bool = False
    refusal: str | None = None
    written: Mapping[str, Any] | None = None
    unwritten: str | None = None
    faults: list[str] = field(default_factory=list)
    interruption: Interruption = field(default_factory=Interruption)

    def choose(self) -> Selection:
        """The selection, made at first use. Raises ConfigurationError or ProfileError."""
        if self.selection is None:
            self.selection = Selection(self.options, self._target_profiles())
        return self.selection

    def locate(self) -> Target:
        """The target, not started. Raises ConfigurationError."""
        if self.target is None:
            self.target = locate(
                self.options.target or "bundled", as_url=self.options.as_url, mcp_url=self.options.mcp_url
            )
        return self.target

    def launch(self) -> TargetFacts:
        """Start the target, without asking it anything. Raises ConfigurationError."""
        if self.facts is None:
            self.interruption.arm()
            facts = self.locate().start()
            self.facts = replace(facts, safe=self.options.safe, deep=self.options.deep)
        return self.facts

    def start(self) -> None:
        """Start the target, see that it answers and that one gets in. Raises ConfigurationError."""
        self.launch()
        if self._is_seen:
            return
        context, self._is_seen = self.running_context(), True
        for finding in before_a_run(context):
            if finding.fatal:
                problem = f"{self._place()}{finding.subject}: {finding.message}; {finding.remedy}"
                raise ConfigurationError(context.secrets.text(problem))

    def running_context(self) -> Context:
        """The context of this process. The target has to be started."""
        if self.context is None:
            assert self.facts is not None
            self.context = make_context(self.facts)
        return self.context

    def stop(self) -> None:
        """Stop the target and close connections; safe to call at any time."""
        if self.context is not None:
            self.context.close()
        if self.target is not None:
            self.target.stop()
        self.interruption.disarm()

    def run(self) -> Run:
        """Everything judged so far as a Run, known failures applied."""
        selection = self.choose()
        facts = self.facts or TargetFacts(name=self.options.target or "bundled", kind="unknown")
        judged = {result.profile for result in self.results}
        used = [p for p in selection.all.values() if p.id in judged]
        marked, stale = apply_known_failures(self.results, facts.known_failures, date.today())  # noqa: DTZ011
        selected = used or list(selection.candidates)
        info = RunInfo(
            target=TargetInfo(facts.name, facts.kind, facts.issuer, facts.mcp_url, tuple(facts.waivers), facts.safe),
            plan=plan(selected, catalogue(), self._checked_ids()),
            strict=self.options.strict,
            deep=DeepRun(self.options.deep, () if self.options.deep else self._deep_ids(selected)),
            started=self.started,
        )
        seconds = time.monotonic() - self._begin
        return Run(info=info, results=marked, duration_seconds=seconds, interrupted=self.interrupted, stale=stale)

    def reusable(self, check: str, params: Params) -> Judged | None:
        """What an earlier exercise of this check ended in, if every parameter it read is the same now."""
        for read, judged in self.exercised.get(check, ()):
            if all(getattr(params, name) == value for name, value in read.items()):
                return judged
        return None

    def _place(self) -> str:
        """The target file, for the beginning of a message; empty when there is none."""
        kind, _, file = (self.options.target or "").partition(":")
        return f"{file}: " if kind in ("url", "container") else ""

    def _target_profiles(self) -> tuple[str, ...]:
        facts = self.facts or getattr(self.locate(), "facts", None)
        return facts.profiles if isinstance(facts, TargetFacts) else ()

    def _deep_ids(self, profiles: Iterable[Profile]) -> tuple[str, ...]:
        """The requirements of these profiles that have a deep check, in their order."""
        asked = dict.fromkeys(i for profile in profiles for i in profile.requires)
        checks = discovered_checks() if self._checked_ids() and not self.faults else {}
        return tuple(i for i in asked if any(check.deep for check in checks.get(i, ())))

    def _checked_ids(self) -> set[str]:
        """Every requirement that has a check; with a broken check module those that were judged."""
        try:
            return set(discovered_checks())
        except Exception as error:  # noqa: BLE001 - a module of ours can fail in any way while it is imported
            if not self.faults:
                self.faults.append(told_fault(error))
            return {result.requirement for result in self.results}
