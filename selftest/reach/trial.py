"""One call of a rule on a mutant instead of the reference, of which nothing remains but how it ended."""

import types
from collections.abc import Callable, Coroutine, Generator, Iterator
from contextlib import contextmanager, suppress
from copy import copy, deepcopy
from dataclasses import dataclass, fields, is_dataclass
from typing import Any
from unittest.mock import patch

from reference_impl.authorization_server.rules import guarded_fetch, third_party
from reference_impl.mutants.registry import Mutant
from selftest.reach.departures import is_plain_method, is_waiting_method
from selftest.reach.shape import shape

MEMORY = ("issuer_keys", "proof_replays", "nonces", "sessions", "fetcher")
"""What the MCP server remembers between requests; the authorization server's memory is its database."""
_WRITING = ("INSERT", "UPDATE", "DELETE", "REPLACE")


@dataclass(frozen=True)
class Raised:
    """An outcome that is an exception."""

    error: Exception


@dataclass(frozen=True)
class Ending:
    """What a call answered (a shape) and what it wrote (SQL with its values)."""

    answer: Any
    written: tuple[str, ...]

    @classmethod
    def of(cls, outcome: Any, written: list[str]) -> "Ending":
        """The ending of a call with that outcome."""
        return cls(shape(outcome), tuple(written))


def ended(method: Callable[..., Any], args: Any, named: Any) -> Any:
    """What the call answers, or Raised."""
    try:
        return method(*args, **named)
    except Exception as error:  # noqa: BLE001 - an outcome like another one
        return Raised(error)


def finished(outcome: Any) -> Any:
    """The answer. Raises what was Raised."""
    if isinstance(outcome, Raised):
        raise outcome.error
    return outcome


class WouldWaitError(BaseException):
    """A trial came to where something is fetched. No Exception, so that no rule takes it for a failed fetch."""


@contextmanager
def no_fetching() -> Iterator[None]:
    """Within this the authorization server asks nobody anything."""

    async def fetch(*_: object) -> None:
        raise WouldWaitError

    with patch.object(guarded_fetch, "fetch_document", fetch), patch.object(third_party, "redeem_code", fetch):
        yield


class FirstStep:
    """A coroutine as far as it gets without waiting."""

    def __init__(self, coroutine: Coroutine[Any, Any, Any]) -> None:
        self._coroutine = coroutine
        self.is_waiting = False
        self.outcome: Any = None
        try:
            self._yielded = coroutine.send(None)
            self.is_waiting = True
        except StopIteration as stop:
            self.outcome = stop.value
        except Exception as error:  # noqa: BLE001 - an outcome like another one
            self.outcome = Raised(error)

    @types.coroutine
    def rest(self) -> Generator[Any, Any, Any]:
        """Go on waiting for it."""
        yielded = self._yielded
        while True:
            try:
                received = yield yielded
            except BaseException as error:  # noqa: BLE001 - handed on, cancellation too
                step, value = self._coroutine.throw, error
            else:
                step, value = self._coroutine.send, received
            try:
                yielded = step(value)
            except StopIteration as stop:
                return stop.value

    def give_up(self) -> None:
        """Leave it where it waits."""
        with suppress(RuntimeError):
            self._coroutine.close()


class Database:
    """The authorization server's database, or none; what is written can be watched, and undone."""

    def __init__(self, connection: Any) -> None:
        self._connection = connection

    @contextmanager
    def watched(self) -> Iterator[list[str]]:
        """The list of what is written meanwhile."""
        written: list[str] = []
        if self._connection is None:
            yield written
            return
        heard = _listeners(self._connection)
        heard.append(written)
        try:
            yield written
        finally:
            heard.pop()  # what began later has ended

    @contextmanager
    def undone(self) -> Iterator[list[str]]:
        """The same, and none of it stays."""
        if self._connection is None:
            yield []
            return
        heard, _LISTENERS[id(self._connection)] = _listeners(self._connection), []
        self._connection.execute("SAVEPOINT trial")
        try:
            with self.watched() as written:
                yield written
        finally:
            self._connection.execute("ROLLBACK TO trial")
            self._connection.execute("RELEASE trial")
            _LISTENERS[id(self._connection)] = heard


_LISTENERS: dict[int, list[list[str]]] = {}


def _listeners(connection: Any) -> list[list[str]]:
    key = id(connection)
    if key not in _LISTENERS:
        _LISTENERS[key] = []

        def hear(statement: str) -> None:
            if statement.lstrip().upper().startswith(_WRITING):
                for written in _LISTENERS[key]:
                    written.append(statement)

        connection.set_trace_callback(hear)
    return _LISTENERS[key]


def database_of(rules: Any) -> Database:
    """The database that these rules work with."""
    store = _attributes(rules).get("store")
    return Database(None if store is None else store.connection)


def tried(rules: Any, mutant: Mutant, name: str, args: Any, named: Any) -> Ending | None:
    """How the call ends on the mutant; None when that can't be said: it waits, or keeps something."""
    assert isinstance(mutant.change, type)
    shadow = shadow_of(rules, mutant)
    before, copies = dict(vars(shadow)), (_copied(args), _copied(named))
    given = shape(copies)
    with no_fetching(), database_of(rules).undone() as written:
        if is_plain_method(mutant.change, name):
            outcome = ended(getattr(shadow, name), *copies)
        elif is_waiting_method(mutant.change, name):
            try:
                step = FirstStep(getattr(shadow, name)(*copies[0], **copies[1]))
            except WouldWaitError:
                return None
            if step.is_waiting:
                step.give_up()
                return None
            outcome = step.outcome
        else:
            return None
        ending = Ending.of(outcome, written)
    return ending if vars(shadow) == before and shape(copies) == given else None


def shadow_of(rules: Any, mutant: Mutant) -> Any:
    """The mutant's rules in the place of these, with nothing of what the server remembers."""
    assert isinstance(mutant.change, type)
    shadow = object.__new__(mutant.change)
    out_of_reach = dict.fromkeys((name for name in MEMORY if name in _attributes(rules)), _OUT_OF_REACH)
    vars(shadow).update(_attributes(rules) | out_of_reach)
    return shadow


def with_configuration(rules: Any, config: Any) -> Any:
    """These rules, configured otherwise."""
    shadow = object.__new__(type(rules).__mro__[1])
    vars(shadow).update(_attributes(rules) | {"config": config})
    return shadow


class _OutOfReach:
    """Takes the place of what a server remembers."""

    def __getattribute__(self, name: str) -> Any:
        raise RuntimeError("out of reach")


_OUT_OF_REACH = _OutOfReach()


def _attributes(rules: Any) -> dict[str, Any]:
    attributes: dict[str, Any] = object.__getattribute__(rules, "__dict__")
    return attributes


def _copied(value: Any) -> Any:
    """Containers copied, also inside the reference's own records; whatever else as it is."""
    if isinstance(value, tuple) and type(value) is tuple:
        return tuple(_copied(item) for item in value)
    if type(value) in (dict, list, set):
        try:
            return deepcopy(value)
        except (TypeError, ValueError):
            return value.copy()
    if is_dataclass(value) and not isinstance(value, type):
        copied = copy(value)
        for held in fields(value):
            object.__setattr__(copied, held.name, _copied(getattr(value, held.name)))
        return copied
    return value
