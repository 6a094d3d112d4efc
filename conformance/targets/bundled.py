"""The bundled reference as a target: real sockets, TLS with a throw-away authority. The only door to reference_impl."""

import json
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from conformance.client.facts import TargetFacts, UserAgentFacts
from conformance.client.identity import ClientIdentity
from conformance.targets.errors import ConfigurationError

if TYPE_CHECKING:
    from reference_impl.launcher import RunningReference


@dataclass(frozen=True, slots=True)
class ServeOptions:
    """Where the reference listens; port 0 takes any free one."""

    host: str = "127.0.0.1"
    as_port: int = 0
    mcp_port: int = 0
    tls: bool = True


def mutant_kills() -> dict[str, tuple[str, ...]]:
    """For each requirement the names of the mutants that its checks have to notice."""
    from reference_impl.mutants.registry import load_mutants

    kills: dict[str, tuple[str, ...]] = {}
    for name, mutant in sorted(load_mutants().items()):
        for requirement in sorted(mutant.kills):
            kills[requirement] = (*kills.get(requirement, ()), name)
    return kills
