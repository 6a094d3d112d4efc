"""Which checks a departure from the reference can reach at all.

Each check is exercised once against a reference whose rules are compared with every mutant's (see comparing). What
differs while the server starts, or only in the first login (by whatever check comes first), counts for every check. A
mutant of the metadata reaches the checks that read the members it alters. Departures of another kind (shims,
configurations, mutants that keep something of their own) reach every check that asks their part of the reference
anything.
"""

from collections.abc import Iterable
from dataclasses import dataclass, field

import reference_impl.launcher
from conformance.checks import Check
from conformance.client.context import Context
from conformance.client.resource_server import ResourceServer
from conformance.profiles import Profile
from conformance.running.prepare import make_context
from conformance.targets.bundled import BundledTarget
from reference_impl.authorization_server.rules.consent import ConsentRules
from reference_impl.authorization_server.rules.pages import PageRules
from reference_impl.mutants.registry import Mutant, load_mutants, load_variations
from selftest.lean import LeanRun
from selftest.reach.comparing import WHOLE, Comparing, Notes
from selftest.reach.configuration import meet
from selftest.reach.departures import BASES, overridden, remembered
from selftest.reach.presenting import presentation_apart
from selftest.reach.reading import noted_reading

_KEPT = "document host"
_DECISIONS = ("consent_is_needed", "consent_may_be_remembered", "consent_was_given", "remember_consent", "denied")
_OTHERS_READ = frozenset({"issuer", "jwks_uri", "introspection_endpoint"})
"""Members that the reference's own MCP server goes by."""


_ON_PAGES = frozenset(name for rules in (PageRules, ConsentRules) for name in vars(rules) if name not in _DECISIONS)
"""Methods whose answers only go into a page that is shown once, in the first login: nobody sees them later."""


@dataclass
class Reach:
    """What was seen while each check ran, and what counts for all (`always`, by mutant or by name or field)."""

    by_check: dict[str, Notes] = field(default_factory=dict)
    always: frozenset[str] = frozenset()
    names: dict[str, set[str]] = field(default_factory=dict)
    fields: dict[str, set[str]] = field(default_factory=dict)
    changed_members: dict[str, set[str]] = field(default_factory=dict)
    changed_fields: dict[str, set[str]] = field(default_factory=dict)
    taking_notes: frozenset[str] = frozenset()
    presenting: Notes = field(default_factory=Notes)

    def includes(self, mutant: Mutant, check: Check, *, is_presented_otherwise: bool = False) -> bool:
        """Whether that departure can change what this check sees; it may make tokens be presented otherwise, too."""
        seen = self.by_check.get(check.name)
        if seen is None or mutant.part == "launch" or (is_presented_otherwise and "mcp_server" in seen.parts):
            return True
        return self._touches(mutant, seen)

    def touches_presentation(self, mutant: Mutant) -> bool:
        """Whether that departure can change how tokens have to be presented."""
        return mutant.part == "launch" or self._touches(mutant, self.presenting)

    def _touches(self, mutant: Mutant, seen: Notes) -> bool:
        if mutant.name in self.always:
            return mutant.part in seen.parts
        members = self.changed_members.get(mutant.name, set())
        if members & seen.members or (members and WHOLE in seen.members):
            return True
        if mutant.kind == "configuration":
            return meet(self.changed_fields[mutant.name], seen.fields[mutant.part] | self.fields[mutant.part])
        names = overridden(mutant)
        if names is None:
            return mutant.part in seen.parts
        if mutant.name in self.taking_notes:
            return bool(names & (seen.names[mutant.part] | self.names[mutant.part]))
        return any(name == mutant.name for name, _ in seen.differing)


def merged(parts: Iterable[Reach]) -> Reach:
    """What several observers saw, each of them with checks of its own; in doubt the more careful of them is right."""
    whole = Reach(names={part: set() for part in BASES}, fields={part: set() for part in BASES})
    for reach in parts:
        whole.by_check |= reach.by_check
        whole.always |= reach.always
        whole.taking_notes |= reach.taking_notes
        whole.changed_fields |= reach.changed_fields
        whole.presenting.add(reach.presenting)
        for ours, theirs in (
            (whole.names, reach.names),
            (whole.fields, reach.fields),
            (whole.changed_members, reach.changed_members),
        ):
            for key, found in theirs.items():
                ours.setdefault(key, set()).update(found)
    return whole


def observe(checks: Iterable[Check], profiles: tuple[Profile, ...]) -> Reach:
    """Exercise every check once against the comparing reference. Raises RuntimeError when a verdict is not usual."""
    mutants = list((load_mutants() | load_variations()).values())
    comparable = [mutant for mutant in mutants if overridden(mutant) is not None]
    at_first, comparing = remembered(comparable), Comparing(mutants)
    original = reference_impl.launcher.find_variant
    reference_impl.launcher.find_variant = lambda _: comparing  # type: ignore[assignment, return-value]
    running = BundledTarget("comparing")
    try:
        with noted_reading(comparing), comparing.dice.installed():
            context = make_context(running.start())
            try:
                reach = _observed(checks, profiles, context, comparing)
            finally:
                context.close()
    finally:
        running.stop()
        reference_impl.launcher.find_variant = original
    at_last = remembered(comparable)
    reach.taking_notes = frozenset(name for name, state in at_first.items() if state != at_last[name])
    return reach


def _observed(checks: Iterable[Check], profiles: tuple[Profile, ...], context: Context, comparing: Comparing) -> Reach:
    startup = comparing.taken()
    first, again = _one_of_everything(context, comparing), _one_of_everything(context, comparing)
    reach = Reach(changed_members=comparing.changed_members, changed_fields=comparing.changed_fields)
    for part in BASES:
        reach.names[part] = startup.names[part] | (first.names[part] - again.names[part])
        reach.fields[part] = startup.fields[part] | (first.fields[part] - again.fields[part])
    once = {m for m, name in startup.differing | (first.differing - again.differing) if name not in _ON_PAGES}
    with presentation_apart(comparing) as reach.presenting:
        for check in checks:
            _forget(context)
            comparing.taken()
            verdicts = LeanRun(context, profiles).verdicts([(check, len(profiles))])
            reach.by_check[check.name] = comparing.taken()
            if set(verdicts.values()) - {"PASS", "NOT-APPLICABLE"}:
                raise RuntimeError(f"{check.name} is {'/'.join(verdicts.values())} while mutants are compared")
    others = {name for name, members in comparing.changed_members.items() if members & _OTHERS_READ}
    reach.always = frozenset(once | others)
    return reach


def _one_of_everything(context: Context, comparing: Comparing) -> Notes:
    """What one grant and one call of a tool lead to."""
    _forget(context)
    comparing.taken()
    assert context.facts.mcp_url is not None
    ResourceServer(context, context.wire(), context.facts.mcp_url, "2026-07-28").control()
    return comparing.taken()


def _forget(context: Context) -> None:
    for key in [key for key in context.remembered if key != _KEPT]:
        del context.remembered[key]
