"""Exercises checks without pytest: for the matrix, where the same suite runs against hundreds of targets.

Fixtures are resolved by name from the conftest of the checks, as pytest would; what comes out is a verdict, no
report. That the plugin gives the same verdicts is a self-test of its own.
"""

import inspect
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from conformance.catalogue import catalogue
from conformance.checks import Check, conftest
from conformance.client.context import Context
from conformance.profiles import Profile
from conformance.profiles.model import RecordedParams
from conformance.running.judging import verdict_of

Verdicts = dict[tuple[str, str, str], str]


@dataclass
class LeanRun:
    """One target under some profiles; a check whose parameters are the same under several is exercised once."""

    context: Context
    profiles: tuple[Profile, ...]
    _done: dict[str, list[tuple[Mapping[str, Any], BaseException | None]]] = field(default_factory=dict)

    def verdicts(self, checks: Iterable[tuple[Check, int]]) -> Verdicts:
        """(requirement, check, profile) -> verdict; the number says under how many of the profiles."""
        rows = catalogue().rows
        judged: Verdicts = {}
        for check, profiles in checks:
            for profile in self.profiles[:profiles]:
                level = profile.level_of(rows[check.requirement])
                judged[check.requirement, check.name, profile.id] = verdict_of(self._ended(check, profile), level).value
        return judged

    def why(self, check: Check) -> str:
        """What was raised when that check was exercised last; empty after a pass."""
        error = self._done[check.name][-1][1]
        return "" if error is None else f"{type(error).__name__}: {error}"

    def _ended(self, check: Check, profile: Profile) -> BaseException | None:
        for read, error in self._done.get(check.name, ()):
            if all(getattr(profile.params, name) == value for name, value in read.items()):
                return error
        params = RecordedParams.of(profile.params)
        error = _exercise(check, {"context": self.context, "params": params})
        self._done.setdefault(check.name, []).append((params.values_read(), error))
        return error


def _exercise(check: Check, given: dict[str, Any]) -> BaseException | None:
    try:
        arguments = {name: _resolved(name, given) for name in inspect.signature(check.function).parameters}
        check.function(**arguments)
    except Exception as error:  # noqa: BLE001 - whatever a check raises becomes its verdict
        return error
    return None


def _resolved(name: str, given: dict[str, Any]) -> Any:
    if name not in given:
        make: Callable[..., Any] = inspect.unwrap(getattr(conftest, name))
        needed = {needs: _resolved(needs, given) for needs in inspect.signature(make).parameters}
        given[name] = make(**needed)
    return given[name]
