"""Departures in how the MCP server reads credentials that only many spellings and alterations show."""

from dataclasses import replace

from reference_impl.mcp_server.http_request import Credentials, HttpRequest
from reference_impl.mcp_server.rules import McpServerRules
from reference_impl.mutants.registry import mutant


@mutant(
    kills={"RFC9068-4-m"},
    deep_kills={"RFC6750-5.2-b"},
    story="A token is split at its dots and the first three parts are verified, whatever comes behind them.",
)
class WhatComesBehindTheTokenIsDropped(McpServerRules):
    def credentials_in_header(self, request: HttpRequest) -> Credentials | None:
        found = super().credentials_in_header(request)
        return replace(found, token=".".join(found.token.split(".")[:3])) if found else None


@mutant(
    deep_kills={"OAUTH21-5.1.1-b", "RFC9110-11.1-a"},
    story="The scheme is looked up among Bearer, bearer and BEARER, and no other spelling is known.",
)
class BearerHasThreeSpellings(McpServerRules):
    def recognised_scheme(self, scheme: str) -> str | None:
        known = scheme in (scheme.lower(), scheme.upper(), scheme.capitalize()) or scheme.lower() != "bearer"
        return super().recognised_scheme(scheme) if known else None
