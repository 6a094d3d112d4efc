"""Registers mutants and variations by name.

A mutant departs from the reference in one way, and says which requirements it thereby breaks:

    @mutant(kills={"RFC7636-4.6-b"}, story="A wrong verifier is called invalid_request.")
    class WrongVerifierIsInvalidRequest(Rules): ...

What is decorated is a subclass of the authorization server's `Rules` or of the MCP server's `McpServerRules`, or a
function. A function says what it changes: `wraps="authorization_server"` or `"mcp_server"` for an ASGI shim
(app -> app), `configures="authorization_server"`, `"mcp_server"` or `"launch"` for a changed configuration
(ServerConfig, McpServerConfig or LaunchOptions in and out).
"""

import importlib
import pkgutil
import re
from collections.abc import Callable
from collections.abc import Set as AbstractSet
from dataclasses import dataclass
from functools import cache
from typing import Any, Literal, TypeVar

Part = Literal["authorization_server", "mcp_server"]
Configurable = Literal["authorization_server", "mcp_server", "launch"]
Kind = Literal["rules", "shim", "configuration"]
Decorated = TypeVar("Decorated", bound=Callable[..., Any])

_PACKAGES: dict[Part, str] = {
    "authorization_server": "reference_impl.authorization_server.",
    "mcp_server": "reference_impl.mcp_server.",
}
_MUTANTS: dict[str, "Mutant"] = {}
_VARIATIONS: dict[str, "Mutant"] = {}


@dataclass(frozen=True)
class Mutant:
    """A departure from the reference: `change` is a Rules subclass, an ASGI shim or a configuration function.

    `kills` are the requirements that it breaks (none for a legal variation), `story` says what is different.
    `deep_kills` are those of which only generated examples (--deep) show that they are broken.
    """

    name: str
    kind: Kind
    part: Configurable
    change: Callable[..., Any]
    kills: frozenset[str]
    story: str
    deep_kills: frozenset[str] = frozenset()

    @property
    def is_variation(self) -> bool:
        """Whether it breaks nothing."""
        return not self.kills and not self.deep_kills

    def rules_for(self, part: Part) -> type[Any] | None:
        """The Rules subclass for `part`, None where this mutant leaves its rules alone."""
        return self.change if self.kind == "rules" and self.part == part and isinstance(self.change, type) else None

    def wrap(self, part: Part, app: Any) -> Any:
        """The ASGI application of `part`, inside the shim if this mutant is one for it."""
        return self.change(app) if self.kind == "shim" and self.part == part else app

    def configure(self, part: Configurable, config: Any) -> Any:
        """The configuration of `part`, changed if this mutant changes it."""
        return self.change(config) if self.kind == "configuration" and self.part == part else config


def mutant(
    *,
    kills: AbstractSet[str] = frozenset(),
    deep_kills: AbstractSet[str] = frozenset(),
    story: str,
    wraps: Part | None = None,
    configures: Configurable | None = None,
) -> Callable[[Decorated], Decorated]:
    """Register a departure that breaks the requirements `kills` (ids of the catalogue), and by --deep `deep_kills`.

    At least one of both.
    """
    if not kills and not deep_kills:
        raise ValueError("a mutant that breaks no requirement is a variation")
    return _registrar(_MUTANTS, frozenset(kills), story, wraps, configures, frozenset(deep_kills))


def variation(
    *, story: str, wraps: Part | None = None, configures: Configurable | None = None
) -> Callable[[Decorated], Decorated]:
    """Register a departure that breaks no requirement."""
    return _registrar(_VARIATIONS, frozenset(), story, wraps, configures)


def load_mutants() -> dict[str, Mutant]:
    """Every mutant by name, from all modules beside this one."""
    _import_modules("reference_impl.mutants")
    return dict(_MUTANTS)


def load_variations() -> dict[str, Mutant]:
    """Every legal variation by name, from all modules of `variations`."""
    _import_modules("reference_impl.mutants.variations")
    return dict(_VARIATIONS)


def _registrar(
    registry: dict[str, Mutant],
    kills: frozenset[str],
    story: str,
    wraps: Part | None,
    configures: Configurable | None,
    deep_kills: frozenset[str] = frozenset(),
) -> Callable[[Decorated], Decorated]:
    def register(change: Decorated) -> Decorated:
        kind, part = _kind_and_part(change, wraps, configures)
        name = _kebab_case(change.__name__)
        if name in _MUTANTS or name in _VARIATIONS:
            raise ValueError(f"two mutants or variations are called {name}")
        registry[name] = Mutant(name, kind, part, change, kills, story, deep_kills)
        return change

    return register


def _kind_and_part(
    change: Callable[..., Any], wraps: Part | None, configures: Configurable | None
) -> tuple[Kind, Configurable]:
    if isinstance(change, type):
        bases = [base.__module__ + "." for base in change.__mro__]
        for part, package in _PACKAGES.items():
            if any(base.startswith(package) for base in bases):
                return "rules", part
        raise TypeError(f"{change.__name__} derives from no Rules class of the reference")
    if wraps is not None and configures is None:
        return "shim", wraps
    if configures is not None and wraps is None:
        return "configuration", configures
    raise TypeError(f"{change.__name__}: say either wraps=... or configures=...")


def _kebab_case(name: str) -> str:
    return re.sub(r"(?<=[a-z0-9])(?=[A-Z])", "-", name).replace("_", "-").lower()


@cache
def _import_modules(package: str) -> None:
    for module in pkgutil.iter_modules(importlib.import_module(package).__path__, package + "."):
        if not module.ispkg:
            importlib.import_module(module.name)
