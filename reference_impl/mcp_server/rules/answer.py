"""How a refusal looks on the wire."""

from typing import Any

from reference_impl.mcp_server.http_request import HttpRequest
from reference_impl.mcp_server.refusal import RefusalError
from reference_impl.mcp_server.rules.bearer import BearerRules


class AnswerRules(BearerRules):
    """Status, headers and body of a refusal; nothing of what was asked for leaks into it (MCP-TOK-13)."""

    def refusal_status(self, refusal: RefusalError) -> int:
        """MCP-ERR-01: the status that the refusing rule chose."""
        return refusal.status

    def refusal_headers(self, refusal: RefusalError, request: HttpRequest) -> list[tuple[str, str]]:
        """RFC9110-15.5.2-a: not to be stored, with a header line for each challenge."""
        challenges = self.challenges(refusal, request.resource, self.attempted_scheme(request))
        return [
            ("Cache-Control", "no-store"),
            *(("WWW-Authenticate", challenge) for challenge in challenges),
            *refusal.headers.items(),
        ]

    def attempted_scheme(self, request: HttpRequest) -> str | None:
        """RFC9449-7.2-b: the scheme of the credentials, None when there are none that this server speaks."""
        return self.recognised_scheme(request.headers.get("authorization", "").partition(" ")[0])

    def refusal_body(self, refusal: RefusalError, message: Any) -> dict[str, Any]:
        """MCP-TOK-13: a JSON-RPC error for a fault of the message, otherwise the OAuth error as JSON."""
        if refusal.jsonrpc_code is None:
            named = {"error": refusal.error} if refusal.error else {}
            return {**named, "error_description": refusal.description}
        error: dict[str, Any] = {"code": refusal.jsonrpc_code, "message": refusal.description}
        if refusal.jsonrpc_data is not None:
            error["data"] = refusal.jsonrpc_data
        return {"jsonrpc": "2.0", "id": self.answered_id(message), "error": error}

    def answered_id(self, message: Any) -> str | int | None:
        """The id of the message that is answered, null when there is none to be had."""
        request_id = message.get("id") if isinstance(message, dict) else None
        return request_id if isinstance(request_id, (str, int)) and not isinstance(request_id, bool) else None
