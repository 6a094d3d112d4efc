"""Which checks a departure from the reference's rules can reach at all.

Each check is exercised once against a reference that notes every attribute which is looked up on its rules. A mutant
that overrides none of the names that a check leads to, can't change what that check sees. Names that are only looked
up once in the life of a server or of a login (by whatever comes first) count for every check.
"""

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

import reference_impl.launcher
from conformance.checks import Check
from conformance.client.context import Context
from conformance.client.resource_server import ResourceServer
from conformance.profiles import Profile
from conformance.running.prepare import make_context
from conformance.targets.bundled import BundledTarget
from reference_impl.authorization_server.rules import Rules
from reference_impl.mcp_server.rules import McpServerRules
from reference_impl.mutants.registry import Mutant
from selftest.lean import LeanRun

_KEPT = "document host"
_BASES: dict[str, type[Any]] = {"authorization_server": Rules, "mcp_server": McpServerRules}


@dataclass
class Reach:
    """For each part of the reference the names that each check looks up, and those that count for all."""

    by_check: dict[str, dict[str, frozenset[str]]] = field(default_factory=dict)
    always: dict[str, frozenset[str]] = field(default_factory=dict)

    def includes(self, mutant: Mutant, check: Check) -> bool:
        """Whether that departure can change what this check sees."""
        names = overridden(mutant)
        if names is None or check.name not in self.by_check:
            return True
        return bool(names & (self.by_check[check.name][mutant.part] | self.always[mutant.part]))


def overridden(mutant: Mutant) -> frozenset[str] | None:
    """The names that a mutant's class gives another meaning; None for a departure of another kind."""
    base = _BASES.get(mutant.part)
    if mutant.kind != "rules" or base is None or not isinstance(mutant.change, type):
        return None
    own = [klass for klass in mutant.change.__mro__ if klass not in base.__mro__]
    names = frozenset(name for klass in own for name in vars(klass))
    return None if "__init__" in names else names


class _Recording:
    """Stands in for a departure: the rules of both parts, noting what is looked up on them."""

    def __init__(self) -> None:
        self.seen: dict[str, set[str]] = {part: set() for part in _BASES}
        self._rules = {part: self._noting(base, self.seen[part]) for part, base in _BASES.items()}

    def rules_for(self, part: str) -> type[Any]:
        return self._rules[part]

    def wrap(self, part: str, app: Any) -> Any:
        return app

    def configure(self, part: str, config: Any) -> Any:
        return config

    def taken(self) -> dict[str, frozenset[str]]:
        """What was noted since the last time."""
        noted = {part: frozenset(names) for part, names in self.seen.items()}
        for names in self.seen.values():
            names.clear()
        return noted

    @staticmethod
    def _noting(base: type[Any], seen: set[str]) -> type[Any]:
        def look_up(self: Any, name: str) -> Any:
            seen.add(name)
            return base.__getattribute__(self, name)

        return type(base.__name__, (base,), {"__getattribute__": look_up})


def observe(checks: Iterable[Check], profiles: tuple[Profile, ...]) -> Reach:
    """Exercise every check once against the noting reference."""
    recording = _Recording()
    original = reference_impl.launcher.find_variant
    reference_impl.launcher.find_variant = lambda _: recording  # type: ignore[assignment, return-value]
    running = BundledTarget("noting")
    context = make_context(running.start())
    startup = recording.taken()
    try:
        first = _one_of_everything(context, recording)
        again = _one_of_everything(context, recording)
        reach = Reach(always={part: startup[part] | (first[part] - again[part]) for part in _BASES})
        for check in checks:
            _forget(context)
            recording.taken()
            LeanRun(context, profiles).verdicts([(check, len(profiles))])
            reach.by_check[check.name] = recording.taken()
        return reach
    finally:
        context.close()
        running.stop()
        reference_impl.launcher.find_variant = original


def _one_of_everything(context: Context, recording: _Recording) -> dict[str, frozenset[str]]:
    """What one grant and one call of a tool look up."""
    _forget(context)
    recording.taken()
    assert context.facts.mcp_url is not None
    ResourceServer(context, context.wire(), context.facts.mcp_url, "2026-07-28").control()
    return recording.taken()


def _forget(context: Context) -> None:
    for key in [key for key in context.remembered if key != _KEPT]:
        del context.remembered[key]
