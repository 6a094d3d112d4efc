"""Departures in judging the claims of a token: RFC 9068, section 4; RFC 8725, sections 3.8 and 3.9; MCP."""

from collections.abc import Mapping
from typing import Any

from reference_impl.mcp_server.config import ProtectedResource
from reference_impl.mcp_server.http_request import AccessToken
from reference_impl.mcp_server.jose import SignedJwt, VerificationKey
from reference_impl.mcp_server.refusal import RefusalError
from reference_impl.mcp_server.rules import McpServerRules
from reference_impl.mutants.registry import mutant

Claims = Mapping[str, Any]
EVERY_AUDIENCE_ROW = {
    "MCP-SBP-09",
    "MCP-TOK-06",
    "MCP-TOK-10",
    "MCP-TOK-11",
    "MCP-TOK-14",
    "OAUTH21-5.2-a",
    "OAUTH21-7.1.4-a",
    "RFC8725-3.9-a",
    "RFC9068-4-h",
    "RFC9700-2.3-b",
}
EVERY_EXPIRY_ROW = {
    "MCP-SEC-18",
    "MCP-TOK-05",
    "MCP-TOK-08",
    "OAUTH21-5-a",
    "OAUTH21-5.2-a",
    "RFC6749-7-a",
    "RFC9068-4-l",
}


@mutant(
    kills={"EXTDPOP-06", "MCP-TOK-08", "RFC9068-4-m", *EVERY_AUDIENCE_ROW},
    story="The audience of a token is not looked at.",
)
class AudienceIsNotChecked(McpServerRules):
    def check_audience(self, claims: Claims, resource: ProtectedResource) -> None:
        return


@mutant(kills={"MCP-TOK-06", "RFC9068-4-h"}, story="The audience has to begin with this server's identifier.")
class AudienceIsAPrefix(McpServerRules):
    def audience_matches(self, audience: Any, resource: ProtectedResource) -> bool:
        listed = audience if isinstance(audience, list) else [audience]
        return any(isinstance(item, str) and item.startswith(resource.uri) for item in listed)


@mutant(
    kills={"MCP-TOK-14", "RFC8725-3.9-a", "RFC9068-4-h"},
    story="The audience is compared where there is one; tokens without it are for everybody.",
)
class AudienceIsOptional(McpServerRules):
    def check_audience(self, claims: Claims, resource: ProtectedResource) -> None:
        if claims.get("aud"):
            super().check_audience(claims, resource)


@mutant(kills={"MCP-TOK-06"}, story="Tokens for the authorization server itself are good for all its resources.")
class IssuerIsAnAudience(McpServerRules):
    def check_audience(self, claims: Claims, resource: ProtectedResource) -> None:
        if claims.get("aud") != claims.get("iss"):
            super().check_audience(claims, resource)


@mutant(
    kills={"MCP-SBP-09", "MCP-TOK-06", "MCP-TOK-10", "MCP-TOK-11", "MCP-TOK-14", "OAUTH21-5.2-a", "OAUTH21-7.1.4-a"}
    | {"EXTDPOP-06", "RFC9068-4-h", "RFC9700-2.3-b"},
    story="Every audience on this host is taken for this server.",
)
class AudienceIsTheHost(McpServerRules):
    def audience_matches(self, audience: Any, resource: ProtectedResource) -> bool:
        listed = audience if isinstance(audience, list) else [audience]
        return any(isinstance(item, str) and item.startswith(resource.origin) for item in listed)


@mutant(
    kills={"MCP-TOK-05", "RFC7662-2.2-d", "RFC9068-4-g", "RFC9068-4-m"},
    story="Who issued a token is only asked to find the key.",
)
class IssuerIsNotChecked(McpServerRules):
    def check_issuer(self, claims: Claims, resource: ProtectedResource) -> None:
        return

    async def token_key(self, token: SignedJwt) -> VerificationKey:
        for issuer in self.config.trusted_issuers:
            key = self.select_key(token, await self.keys_of(issuer))
            if key is not None and token.claims.get("iss") not in self.config.trusted_issuers:
                return key
        return await super().token_key(token)


@mutant(kills={"RFC9068-4-g"}, story="A slash at the end of the issuer makes no difference.")
class IssuerMayEndInASlash(McpServerRules):
    async def authentic_token(self, raw: str) -> SignedJwt:
        return _with_bare_issuer(await super().authentic_token(raw))

    def signing_issuer(self, token: SignedJwt) -> str:
        return super().signing_issuer(_with_bare_issuer(token))


@mutant(kills={"RFC8725-3.8-a"}, story="The keys of all trusted issuers are kept in one set.")
class EveryIssuersKeyIsGood(McpServerRules):
    async def token_key(self, token: SignedJwt) -> VerificationKey:
        for issuer in self.config.trusted_issuers:
            key = self.select_key(token, await self.keys_of(issuer))
            if key is not None:
                return key
        return await super().token_key(token)


@mutant(kills={"RFC8725-3.8-a"}, story="Nobody asks whose token it is.")
class SubjectIsOptional(McpServerRules):
    def check_subject(self, claims: Claims, resource: ProtectedResource) -> None:
        return


@mutant(
    kills=EVERY_EXPIRY_ROW | {"RFC7662-2.2-d", "RFC9068-4-m"},
    story="Expired tokens are accepted: clocks are never right.",
)
class ExpiryIsNotChecked(McpServerRules):
    def check_expiry(self, claims: Claims, resource: ProtectedResource) -> None:
        self.seconds(claims, "exp")


@mutant(kills={"RFC9068-4-l", "RFC9068-4-m"}, story="A token without expiry lives for ever.")
class ExpiryIsOptional(McpServerRules):
    def check_expiry(self, claims: Claims, resource: ProtectedResource) -> None:
        if "exp" in claims:
            super().check_expiry(claims, resource)


@mutant(kills={"MCP-TOK-08"}, story="An expired token is answered 403, since its user was known once.")
class ExpiredTokenIsForbidden(McpServerRules):
    def check_expiry(self, claims: Claims, resource: ProtectedResource) -> None:
        try:
            super().check_expiry(claims, resource)
        except RefusalError as refusal:
            if "exp" in claims:
                refusal.status = 403
            raise


@mutant(kills={"MCP-TOK-05", "RFC7662-2.2-d"}, story="nbf is not looked at.")
class NotBeforeIsIgnored(McpServerRules):
    def check_not_before(self, claims: Claims, resource: ProtectedResource) -> None:
        return


@mutant(kills={"RFC8693-4.1-a"}, story="The scopes of everybody in the chain of actors are added up.")
class ActorsLendTheirScopes(McpServerRules):
    def token_scopes(self, token: AccessToken) -> list[str]:
        scopes, actor = super().token_scopes(token), token.claims.get("act")
        while isinstance(actor, dict):
            scopes += str(actor.get("scope", "")).split(" ")
            actor = actor.get("act")
        return scopes


def _with_bare_issuer(token: SignedJwt) -> SignedJwt:
    claims = {**token.claims, "iss": str(token.claims.get("iss")).removesuffix("/")}
    return SignedJwt(token.header, claims, token.signing_input, token.signature)
