"""What a mutant's class gives another meaning, and whether that can be tried beside the reference's own."""

import inspect
import sys
from collections.abc import Iterable
from types import CodeType
from typing import Any

from reference_impl.authorization_server.rules import Rules
from reference_impl.mcp_server.rules import McpServerRules
from reference_impl.mutants.registry import Mutant
from selftest.reach.shape import shape

BASES: dict[str, type[Any]] = {"authorization_server": Rules, "mcp_server": McpServerRules}


def overridden(mutant: Mutant) -> frozenset[str] | None:
    """The names of the reference's rules that the mutant defines anew; None for a departure of another kind.

    A mutant that keeps something of its own between requests counts as one of another kind.
    """
    base = BASES.get(mutant.part)
    if mutant.kind != "rules" or base is None or not isinstance(mutant.change, type):
        return None
    names = frozenset(name for klass in own_classes(mutant) for name in vars(klass))
    return None if "__init__" in names else frozenset(name for name in names if hasattr(base, name))


def own_classes(mutant: Mutant) -> list[type[Any]]:
    """The classes that a mutant of the rules adds to those of the reference."""
    assert isinstance(mutant.change, type)
    return [klass for klass in mutant.change.__mro__ if klass not in BASES[mutant.part].__mro__]


def is_plain_method(owner: type[Any], name: str) -> bool:
    """Whether that is an ordinary method, called and answered at once."""
    found = inspect.getattr_static(owner, name, None)
    return (
        inspect.isfunction(found) and not inspect.iscoroutinefunction(found) and not inspect.isgeneratorfunction(found)
    )


def is_waiting_method(owner: type[Any], name: str) -> bool:
    """Whether that is a coroutine, which may wait for something before it answers."""
    return inspect.iscoroutinefunction(inspect.getattr_static(owner, name, None))


def remembered(mutants: Iterable[Mutant]) -> dict[str, Any]:
    """What the classes and modules of these mutants hold, by mutant: to tell afterwards who keeps notes."""
    return {mutant.name: [_state_of(klass) for klass in own_classes(mutant)] for mutant in mutants}


def _state_of(klass: type[Any]) -> Any:
    module = vars(sys.modules[klass.__module__])
    used = _names_used([function.__code__ for function in vars(klass).values() if inspect.isfunction(function)], module)
    held = {**{name: module[name] for name in used if name in module}, **vars(klass)}
    return {
        name: (shape(value), repr(value))
        for name, value in held.items()
        if not name.startswith("__") and not callable(value) and not inspect.ismodule(value)
    }


def _names_used(codes: list[CodeType], module: dict[str, Any]) -> set[str]:
    """The names that this code refers to, and those that the module's functions among them refer to."""
    used: set[str] = set()
    while codes:
        code = codes.pop()
        codes += [constant for constant in code.co_consts if isinstance(constant, CodeType)]
        found = set(code.co_names) - used
        used |= found
        codes += [module[name].__code__ for name in found if inspect.isfunction(module.get(name))]
    return used
