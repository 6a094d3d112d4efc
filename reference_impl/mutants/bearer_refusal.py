"""Departures in how bad tokens are answered: RFC 6750, section 3.1; OAuth 2.1, 5.3; RFC 9068, section 4; MCP."""

from typing import Any

from reference_impl.mcp_server.jose import SignedJwt
from reference_impl.mcp_server.refusal import RefusalError
from reference_impl.mcp_server.rules import McpServerRules
from reference_impl.mutants.registry import mutant


@mutant(
    kills={"MCP-ERR-01", "MCP-TOK-06", "MCP-TOK-08", "OAUTH21-5.3.2-a", "RFC6750-3.1-b"},
    story="A bad token is forbidden rather than unauthorized.",
)
class InvalidTokenIsForbidden(McpServerRules):
    def invalid_token(self, description: str) -> RefusalError:
        return RefusalError(403, description, error="invalid_token", challenges=True)


@mutant(
    kills={"OAUTH21-5.3.2-a", "RFC6750-3.1-b", "RFC9068-4-m"},
    story="A bad token is called unauthorized, a code that no document has.",
)
class InvalidTokenIsCalledUnauthorized(McpServerRules):
    def invalid_token(self, description: str) -> RefusalError:
        return RefusalError(401, description, error="unauthorized", challenges=True)


@mutant(
    kills={"MCP-TOK-07", "MCP-TOK-08", "OAUTH21-5.3.1-a", "OAUTH21-5.3.2-a", "RFC6750-3.1-b", "RFC9068-4-m"},
    story="A token that looks like a JWT and can't be read breaks the parser, and nobody catches that.",
)
class UnreadableTokenIsAServerError(McpServerRules):
    def decoded_token(self, raw: str) -> SignedJwt:
        try:
            return super().decoded_token(raw)
        except RefusalError:
            if "." not in raw:
                raise
            raise RefusalError(500, "internal error") from None


@mutant(kills={"MCP-TOK-13"}, story="The request is carried out first, and its result goes along with the refusal.")
class RefusalHoldsTheResult(McpServerRules):
    def refusal_body(self, refusal: RefusalError, message: Any) -> dict[str, Any]:
        body = super().refusal_body(refusal, message)
        return body | {"result": {"tools": []}} if refusal.error == "invalid_token" else body
