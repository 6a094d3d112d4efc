"""Asking the authorization server whether a token is active (RFC 7662); without an answer there is no access."""

from collections.abc import Mapping
from typing import Any

from reference_impl.mcp_server.config import IntrospectionEndpoint, ProtectedResource
from reference_impl.mcp_server.documents import UnavailableError
from reference_impl.mcp_server.http_request import AccessToken
from reference_impl.mcp_server.rules.token_claims import TokenClaimsRules
from reference_impl.mcp_server.rules.token_signature import TokenSignatureRules


class AccessTokenRules(TokenSignatureRules, TokenClaimsRules):
    """From the string in the header to a token that may be relied on."""

    async def access_token(self, raw: str, resource: ProtectedResource) -> AccessToken:
        """MCP-TOK-01, MCP-TOK-05, MCP-TOK-13, OAUTH21-5.2-a: validation before anything else. Raises RefusalError.

        A JWT is always validated here; where introspection is configured, the first issuer's tokens must also be
        active there, and an opaque token is good by that answer alone.
        """
        endpoints = self.introspection_endpoints()
        if endpoints and self.is_opaque(raw):
            return AccessToken(await self.opaque_claims(raw, resource, endpoints))
        claims = await self.jwt_claims(raw, resource)
        if self.config.introspection is not None and self.is_introspected(claims):
            await self.opaque_claims(raw, resource, (self.config.introspection,))
        return AccessToken(claims)

    def introspection_endpoints(self) -> tuple[IntrospectionEndpoint, ...]:
        """Where opaque tokens are asked about, in this order."""
        first = self.config.introspection
        return (*((first,) if first else ()), *self.config.opaque_introspection)

    def is_introspected(self, claims: Mapping[str, Any]) -> bool:
        """The introspection endpoint is the first issuer's, and knows nothing of what others issued."""
        return claims.get("iss") == self.config.issuers[0]

    def is_opaque(self, raw: str) -> bool:
        """A token without dots is no JWT, and no part of one: it says nothing by itself."""
        return self.config.opaque_tokens_only or "." not in raw

    async def jwt_claims(self, raw: str, resource: ProtectedResource) -> Mapping[str, Any]:
        """The claims of a JWT access token that passed every check."""
        token = await self.authentic_token(raw)
        self.check_claims(self.claim_steps(), token.claims, resource)
        return token.claims

    async def opaque_claims(
        self, raw: str, resource: ProtectedResource, endpoints: tuple[IntrospectionEndpoint, ...]
    ) -> Mapping[str, Any]:
        """The members of the first introspection response that says active, which passed every check."""
        for endpoint in endpoints:
            claims = await self.introspect(raw, endpoint)
            if self.is_active(claims):
                self.check_claims(self.introspected_claim_steps(), claims, resource)
                return claims
        raise self.invalid_token("the access token is not active")

    async def introspect(self, raw: str, endpoint: IntrospectionEndpoint) -> Mapping[str, Any]:
        """RFC7662-4-b: ask anew each time; fail closed (503) when there is no usable answer."""
        form = {"token": raw, "token_type_hint": "access_token"}
        try:
            return await self.fetcher.post_form(
                endpoint.url, form, client_id=endpoint.client_id, client_secret=endpoint.client_secret
            )
        except UnavailableError:
            raise self.authorization_server_unavailable() from None

    def is_active(self, claims: Mapping[str, Any]) -> bool:
        """MCP-TOK-05: only the JSON value true makes a token active (RFC 7662 section 2.2)."""
        return claims.get("active") is True
