"""Departures of the MCP server in telling access tokens from other tokens of the same issuer."""

from collections.abc import Mapping
from typing import Any

from reference_impl.mcp_server.config import ProtectedResource
from reference_impl.mcp_server.jose import SignedJwt
from reference_impl.mcp_server.rules import McpServerRules
from reference_impl.mutants.registry import mutant


class _IdTokensPass(McpServerRules):
    """The reference with one verifier for both kinds of JWT: what only access tokens have is asked of these alone."""

    def is_id_token(self, claims: Mapping[str, Any]) -> bool:
        """By what no access token has."""
        return "nonce" in claims and "auth_time" in claims

    def check_token_type(self, token: SignedJwt) -> None:
        if not self.is_id_token(token.claims):
            super().check_token_type(token)

    def check_client_id(self, claims: Mapping[str, Any], resource: ProtectedResource) -> None:
        if not self.is_id_token(claims):
            super().check_client_id(claims, resource)

    def check_token_identifier(self, claims: Mapping[str, Any], resource: ProtectedResource) -> None:
        if not self.is_id_token(claims):
            super().check_token_identifier(claims, resource)


@mutant(kills={"RFC8725-3.12-a"}, story="One verifier serves ID tokens and access tokens: it compares aud, not kinds.")
class IdTokensForThisServerPass(_IdTokensPass):
    pass


@mutant(
    kills={"MCP-TOK-05", "MCP-TOK-11", "RFC8725-3.12-a"},
    story="The verifier of the login page is used, and it is pleased with an audience that is one of the clients.",
)
class IdTokensPass(_IdTokensPass):
    def check_audience(self, claims: Mapping[str, Any], resource: ProtectedResource) -> None:
        if not self.is_id_token(claims):
            super().check_audience(claims, resource)


@mutant(
    kills={"MCP-TOK-05", "MCP-TOK-11"},
    story="A token of the own authorization server without scope is taken for a session of its login page.",
)
class LoginsOfTheOwnServerPass(IdTokensPass):
    def is_id_token(self, claims: Mapping[str, Any]) -> bool:
        return claims.get("iss") in self.config.issuers and "scope" not in claims and super().is_id_token(claims)
