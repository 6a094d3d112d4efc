"""The reference's rules, tried beside every mutant's at each call.

A mutant whose methods do what the reference's do, whenever a check leads to them, can't change what that check sees.
So before each call of a method that mutants override it is made on each of them, and undone: what is random falls the
same way every time, what is written to the database is compared and rolled back, and what a server remembers is out of
their reach. In doubt a mutant counts as different: when its method waits, uses what a server remembers, or changes
what it is given.
"""

from collections.abc import Awaitable, Callable, Iterable
from dataclasses import dataclass, field
from functools import wraps
from typing import Any

from reference_impl.mutants.registry import Mutant
from selftest.reach.configuration import changed_fields, noting
from selftest.reach.departures import BASES, is_plain_method, is_waiting_method, overridden
from selftest.reach.dice import Dice
from selftest.reach.shape import shape
from selftest.reach.trial import (
    MEMORY,
    Ending,
    FirstStep,
    database_of,
    ended,
    finished,
    shadow_of,
    tried,
    with_configuration,
)

_DOCUMENTS = ("rfc8414_document", "openid_configuration")
WHOLE = "*"
"""Stands for every member of a metadata document."""


@dataclass
class Notes:
    """What was seen since the last time: (mutant, method) that did something else, names looked up, parts asked.

    `members` are those of the metadata that were read, `fields` (by part) those of the configuration.
    """

    differing: set[tuple[str, str]] = field(default_factory=set)
    names: dict[str, set[str]] = field(default_factory=lambda: {part: set() for part in BASES})
    fields: dict[str, set[str]] = field(default_factory=lambda: {part: set() for part in BASES})
    parts: set[str] = field(default_factory=set)
    members: set[str] = field(default_factory=set)

    def add(self, others: "Notes") -> None:
        """What these say, too."""
        self.differing |= others.differing
        self.parts |= others.parts
        self.members |= others.members
        for part in BASES:
            self.names[part] |= others.names[part]
            self.fields[part] |= others.fields[part]


class Comparing:
    """Stands in for a departure from the reference.

    `changed_members` of the metadata and `changed_fields` of a configuration are those that a mutant alters.
    """

    def __init__(self, mutants: Iterable[Mutant]) -> None:
        self.notes = Notes()
        self.dice = Dice()
        self.changed_members: dict[str, set[str]] = {}
        self.changed_fields: dict[str, set[str]] = {}
        self.is_shared_reading = False
        self._by_name: dict[tuple[str, str], list[Mutant]] = {}
        self._configured: list[tuple[Mutant, Any]] = []
        self._mutants = list(mutants)
        for mutant in self._mutants:
            for name in overridden(mutant) or ():
                self._by_name.setdefault((mutant.part, name), []).append(mutant)
        self._memory_uses = 0
        self._is_trying = False
        self._inside_document: set[str] | None = None
        self._rules = {part: self._noting(part, base) for part, base in BASES.items()}

    def rules_for(self, part: str) -> type[Any]:
        """The rules that take notes."""
        return self._rules[part]

    def wrap(self, part: str, app: Any) -> Any:
        """The application, whose requests are noted."""

        async def noting_app(scope: Any, receive: Any, send: Any) -> None:
            if scope["type"] == "http":
                self.notes.parts.add(part)
            await app(scope, receive, send)

        return noting_app

    def configure(self, part: str, config: Any) -> Any:
        """The configuration, whose reading is noted; what mutants would make of it is kept for comparison."""
        if part not in BASES:
            return config
        for mutant in self._mutants:
            if mutant.kind == "configuration" and mutant.part == part:
                other = mutant.configure(mutant.part, config)
                self.changed_fields[mutant.name] = changed_fields(config, other)
                self._configured.append((mutant, other))

        def note(name: str) -> None:
            if not self._is_trying and self._inside_document is None:
                self.notes.fields[part].add(name)

        return noting(config, note)

    def taken(self) -> Notes:
        """What was noted since the last time."""
        noted, self.notes = self.notes, Notes()
        return noted

    def _noting(self, part: str, base: type[Any]) -> type[Any]:
        def look_up(rules: Any, name: str) -> Any:
            found = base.__getattribute__(rules, name)
            return self._looked_up(part, base, rules, name, found)

        return type(base.__name__, (base,), {"__getattribute__": look_up})

    def _looked_up(self, part: str, base: type[Any], rules: Any, name: str, found: Any) -> Any:
        self.notes.names[part].add(name)
        self._memory_uses += name in MEMORY
        if self._inside_document is not None:
            self._inside_document.add(name)
            return found
        if part == "authorization_server" and name in _DOCUMENTS:
            return lambda: self._document(rules, name, found)
        mutants = self._by_name.get((part, name), [])
        if not mutants:
            return found
        if is_plain_method(base, name):
            return self._comparing_call(rules, name, mutants, found)
        if is_waiting_method(base, name):
            return self._comparing_wait(rules, name, mutants, found)
        self.notes.differing |= {(mutant.name, name) for mutant in mutants}
        return found

    def _comparing_call(self, rules: Any, name: str, mutants: list[Mutant], found: Callable[..., Any]) -> Any:
        @wraps(found)
        def called(*args: Any, **named: Any) -> Any:
            if not self._pending(name, mutants):
                return found(*args, **named)
            with self.dice.thrown() as mark:
                given, uses = shape((args, named)), self._memory_uses
                endings = self._tried(rules, name, mutants, mark, (args, named))
                with database_of(rules).watched() as written:
                    outcome = ended(found, args, named)
            self._compare(name, endings, Ending.of(outcome, written), given == shape((args, named)), uses)
            return finished(outcome)

        return called

    def _comparing_wait(
        self, rules: Any, name: str, mutants: list[Mutant], found: Callable[..., Awaitable[Any]]
    ) -> Any:
        @wraps(found)
        async def called(*args: Any, **named: Any) -> Any:
            if not self._pending(name, mutants):
                return await found(*args, **named)
            with self.dice.thrown() as mark:
                given, uses = shape((args, named)), self._memory_uses
                endings = self._tried(rules, name, mutants, mark, (args, named))
                with database_of(rules).watched() as written:
                    step = FirstStep(found(*args, **named))
            if step.is_waiting:
                self.notes.differing |= {(mutant, name) for mutant in endings}
                return await step.rest()
            self._compare(name, endings, Ending.of(step.outcome, written), given == shape((args, named)), uses)
            return finished(step.outcome)

        return called

    def _pending(self, name: str, mutants: list[Mutant]) -> bool:
        return not self._is_trying and any((mutant.name, name) not in self.notes.differing for mutant in mutants)

    def _tried(
        self, rules: Any, name: str, mutants: list[Mutant], mark: Any, given: tuple[Any, Any]
    ) -> dict[str, Ending | None]:
        """How the call ends on each mutant that isn't known to differ; the stream of chance is wound back after it."""
        endings: dict[str, Ending | None] = {}
        self._is_trying = True
        try:
            for mutant in mutants:
                if (mutant.name, name) not in self.notes.differing:
                    endings[mutant.name] = tried(rules, mutant, name, *given)
                    self.dice.wind_back(mark)
        finally:
            self._is_trying = False
        return endings

    def _compare(
        self, name: str, endings: dict[str, Ending | None], usual: Ending, is_untouched: bool, uses: int
    ) -> None:
        is_comparable = is_untouched and self._memory_uses == uses
        self.notes.differing |= {(m, name) for m, ending in endings.items() if not is_comparable or ending != usual}

    def _document(self, rules: Any, name: str, found: Callable[[], Any]) -> Any:
        """A metadata document: noted is which members are other ones, whatever the methods they come from."""
        self._inside_document = {name}
        try:
            document = found()
            others = {
                mutant.name: shadow_of(rules, mutant)
                for inner in self._inside_document
                for mutant in self._by_name.get(("authorization_server", inner), [])
            }
            others |= {
                mutant.name: with_configuration(rules, config)
                for mutant, config in self._configured
                if mutant.part == "authorization_server"
            }
            for mutant, shadow in others.items():
                self._note_members(mutant, name, document, ended(getattr(shadow, name), (), {}))
        finally:
            self._inside_document = None
        if not self.is_shared_reading:
            self.notes.members.add(WHOLE)
        return document

    def _note_members(self, mutant: str, name: str, document: dict[str, Any], other: Any) -> None:
        if not isinstance(other, dict):
            self.notes.differing.add((mutant, name))
            return
        names = document.keys() | other.keys()
        changed = {n for n in names if (n in document, document.get(n)) != (n in other, other.get(n))}
        self.changed_members.setdefault(mutant, set()).update(changed)
