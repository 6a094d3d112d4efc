"""The checks, by who has to satisfy them; each is bound to its catalogue rows by @requirement."""

import inspect
import pkgutil
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import cache
from importlib import import_module
from types import ModuleType

from conformance.catalogue import is_deep, requirements_of

_ROLES = {
    "authorization_server": "AS",
    "resource_server": "RS",
    "deployment": "deployment",
    "client": "client",
}


@dataclass(frozen=True, slots=True)
class Check:
    """One check function in the service of one requirement.

    `name` is "module::function" with the module relative to conformance.checks. A `deep` one explores with generated
    examples, and runs with --deep only.
    """

    requirement: str
    name: str
    role: str
    function: Callable[..., object]
    deep: bool = False

    @property
    def docstring(self) -> str:
        """What the check does, in its author's words; empty if it says nothing."""
        return inspect.getdoc(self.function) or ""


@cache
def discovered_checks() -> dict[str, list[Check]]:
    """Every check of the shipped test_*.py modules by requirement id, modules and functions in name order.

    Imports those modules. Raises what they raise, such as UnknownRequirementError for a misspelt id.
    """
    found: dict[str, list[Check]] = {}
    for module in _check_modules():
        for check in _checks_of(module):
            found.setdefault(check.requirement, []).append(check)
    return found


def role_of(module: str) -> str:
    """AS, RS, deployment or client, from a module name relative to conformance.checks."""
    return _ROLES[module.partition(".")[0]]


def _check_modules() -> Iterator[ModuleType]:
    for entry in sorted(pkgutil.walk_packages(__path__, f"{__name__}."), key=lambda entry: entry.name):
        if entry.name.rpartition(".")[2].startswith("test_"):
            yield import_module(entry.name)


def _checks_of(module: ModuleType) -> Iterator[Check]:
    relative = module.__name__.removeprefix(f"{__name__}.")
    for name, function in sorted(vars(module).items()):
        if getattr(function, "__module__", None) == module.__name__:
            for requirement_id in requirements_of(function):
                yield Check(requirement_id, f"{relative}::{name}", role_of(relative), function, is_deep(function))
