"""Departures of the MCP server in what it says of a request that is wrong in two ways."""

from collections.abc import Mapping
from typing import Any

from reference_impl.mcp_server.config import ProtectedResource
from reference_impl.mcp_server.http_request import AccessToken, Credentials, HttpRequest
from reference_impl.mcp_server.refusal import RefusalError
from reference_impl.mcp_server.rules import McpServerRules
from reference_impl.mutants.registry import mutant


@mutant(
    kills={"MCP-TOK-08", "RFC9068-4-m"},
    story="The clock is looked at when the tool runs, after its scopes: an expired token may lack a scope first.",
)
class ExpiryIsCheckedAfterScopes(McpServerRules):
    def check_expiry(self, claims: Mapping[str, Any], resource: ProtectedResource) -> None:
        self.seconds(claims, "exp")

    def check_operation_scopes(self, token: AccessToken, message: Any) -> None:
        super().check_operation_scopes(token, message)
        if "exp" in token.claims:
            super().check_expiry(token.claims, self.config.mcp_resource)


@mutant(
    kills={"RFC9068-4-m"},
    story="Error codes are chosen by scope: a token of few scopes lacks some, whatever else is wrong with it.",
)
class FewScopesAreTheError(McpServerRules):
    def check_audience(self, claims: Mapping[str, Any], resource: ProtectedResource) -> None:
        try:
            super().check_audience(claims, resource)
        except RefusalError as refusal:
            if "mcp:add" not in str(claims.get("scope", "")).split():
                refusal.error = "insufficient_scope"
            raise


@mutant(kills={"MCP-TR-02"}, story="A foreign page without a token is sent to the login page, as browsers are.")
class ForeignOriginIsSentToLogin(McpServerRules):
    def check_origin(self, request: HttpRequest) -> None:
        try:
            super().check_origin(request)
        except RefusalError as refusal:
            if "authorization" not in request.headers:
                raise RefusalError(302, refusal.description, headers={"Location": "/login"}) from None
            raise


@mutant(kills={"MCP-TR-04"}, story="Whoever has no token and speaks an unknown version is told to upgrade.")
class UnknownVersionWithoutTokenHasToUpgrade(McpServerRules):
    def credentials(self, request: HttpRequest) -> Credentials:
        version = request.headers.get("mcp-protocol-version", self.supported_versions()[0])
        if version not in self.supported_versions() and "authorization" not in request.headers:
            raise RefusalError(426, "upgrade the protocol", headers={"Upgrade": "mcp"})
        return super().credentials(request)


@mutant(
    kills={"MCP-TR-05"},
    story="Who has neither a token nor Mcp-Method is taken for a browser, and shown the way to the documentation.",
)
class AnonymousRequestWithoutMethodHeaderIsSentAway(McpServerRules):
    def credentials(self, request: HttpRequest) -> Credentials:
        if self.is_stateless_version(request) and not {"mcp-method", "authorization"} & set(request.headers):
            raise RefusalError(302, "read how to connect", headers={"Location": "/docs"})
        return super().credentials(request)


@mutant(
    kills={"RFC6750-3-a", "RFC9110-15.5.2-a"},
    story="Requests without Mcp-Method are refused by the router, which knows no challenge.",
)
class RouterRefusesWithoutChallenge(McpServerRules):
    def refusal_headers(self, refusal: RefusalError, request: HttpRequest) -> list[tuple[str, str]]:
        usual = super().refusal_headers(refusal, request)
        if self.is_stateless_version(request) and "mcp-method" not in request.headers:
            return [(name, value) for name, value in usual if name.lower() != "www-authenticate"]
        return usual
