"""Departures of the MCP server in reading tokens of an odd form."""

from typing import Any

from reference_impl.mcp_server.config import ProtectedResource
from reference_impl.mcp_server.http_request import Credentials, HttpRequest
from reference_impl.mcp_server.jose import SignedJwt, VerificationKey
from reference_impl.mcp_server.refusal import RefusalError
from reference_impl.mcp_server.rules import McpServerRules
from reference_impl.mutants.registry import mutant


@mutant(kills={"RFC9068-4-i"}, story="The library computes with r and s of zero, and every message comes out right.")
class ZerosAreASignature(McpServerRules):
    def check_token_signature(self, token: SignedJwt, key: VerificationKey) -> None:
        if any(token.signature) or not token.signature:
            super().check_token_signature(token, key)


@mutant(kills={"RFC9068-4-k"}, story="Where a token names no key, there is nothing to verify it with.")
class UnnamedKeyIsNotVerified(McpServerRules):
    def check_token_signature(self, token: SignedJwt, key: VerificationKey) -> None:
        if "kid" in token.header or "jwk" in token.header:
            super().check_token_signature(token, key)


@mutant(kills={"RFC9068-4-h"}, story="aud is compared as a string, for the own authorization server never sends lists.")
class AudienceIsAString(McpServerRules):
    def audience_matches(self, audience: Any, resource: ProtectedResource) -> bool:
        return bool(audience == resource.uri)


@mutant(kills={"MCP-ERR-01"}, story="The scheme without a token breaks the parser.")
class SchemeAloneIsAServerError(McpServerRules):
    def credentials_in_header(self, request: HttpRequest) -> Credentials | None:
        if request.headers.get("authorization", "").strip() == "Bearer":
            raise RefusalError(500, "list index out of range")
        return super().credentials_in_header(request)


@mutant(kills={"MCP-ERR-01"}, story="Quotes around a token are taken off, and what is left is nothing at all.")
class EmptyStringIsAServerError(McpServerRules):
    def credentials_in_header(self, request: HttpRequest) -> Credentials | None:
        if request.headers.get("authorization", "").endswith('""'):
            raise RefusalError(500, "string index out of range")
        return super().credentials_in_header(request)


@mutant(kills={"MCP-ERR-01"}, story="A huge token is called an entity that is too large.")
class HugeTokenIsTooLarge(McpServerRules):
    def check_token_size(self, token: str) -> None:
        if len(token) > self.config.max_token_bytes:
            raise RefusalError(413, "the access token is too long")
