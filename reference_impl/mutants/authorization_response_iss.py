"""Departures in telling whose authorization response it is: MCP 2026-07-28, Authorization Response Validation."""

from reference_impl.authorization_server.rules import Rules
from reference_impl.mutants.registry import mutant


@mutant(kills={"MCP-ISS-02", "RFC9207-2-a", "OAUTH21-4.1.2.1-e"}, story="Errors come without iss; only codes have it.")
class ErrorsComeWithoutIss(Rules):
    def iss_of_error(self) -> str | None:
        return None
