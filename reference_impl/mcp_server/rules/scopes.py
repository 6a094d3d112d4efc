"""What a token may do: scopes by tool, and scopes that include others."""

from collections.abc import Iterator
from typing import Any

from reference_impl.mcp_server.config import ScopeDenial
from reference_impl.mcp_server.http_request import AccessToken
from reference_impl.mcp_server.rules.challenge import ChallengeRules


class ScopeRules(ChallengeRules):
    """RFC9068-4-n, RFC6749-7-a: the scopes of the token decide; the top-level claim only (RFC8693-4.1-a)."""

    def check_operation_scopes(self, token: AccessToken, message: Any) -> None:
        """MCP-STEP-01, MCP-STEP-03: a JSON-RPC message is served if the token has every scope it needs."""
        self.check_scopes(token, self.operation_scopes(message))

    def check_scopes(self, token: AccessToken, needed: tuple[str, ...]) -> None:
        """MCP-ERR-01: 403 unless all needed scopes are granted. Raises RefusalError."""
        if self.missing_scopes(token, needed):
            raise self.insufficient_scope(self.challenged_scopes(needed))

    def challenged_scopes(self, needed: tuple[str, ...]) -> tuple[str, ...]:
        """MCP-STEP-02, MCP-STEP-03, MCP-STEP-04: everything that the operation needs, at once, always the same."""
        return needed

    def missing_scopes(self, token: AccessToken, needed: tuple[str, ...]) -> tuple[str, ...]:
        """RFC6749-7-a: the needed scopes that the token does not cover."""
        granted = self.granted_scopes(token)
        return tuple(scope for scope in needed if scope not in granted)

    def granted_scopes(self, token: AccessToken) -> frozenset[str]:
        """MCP-STEP-10: the scopes of the token with all that they imply."""
        granted: set[str] = set()
        waiting = self.token_scopes(token)
        while waiting:
            scope = waiting.pop()
            if scope not in granted:
                granted.add(scope)
                waiting.extend(self.implied_scopes(scope))
        return frozenset(granted)

    def token_scopes(self, token: AccessToken) -> list[str]:
        """RFC9068-4-n: the space-separated `scope` claim."""
        return str(token.claims.get("scope", "")).split(" ")

    def implied_scopes(self, scope: str) -> tuple[str, ...]:
        """MCP-STEP-10: the narrower scopes that a broader one includes."""
        return self.config.scope_implies.get(scope, ())

    def operation_scopes(self, message: Any) -> tuple[str, ...]:
        """MCP-STEP-03: the scopes of everything that the message asks for, without repeats."""
        needed = dict.fromkeys(self.config.required_scopes)
        if self.scope_denial() is ScopeDenial.CHALLENGE:
            for tool in self.called_tools(message):
                needed.update(dict.fromkeys(self.tool_scopes(tool)))
        return tuple(needed)

    def called_tools(self, message: Any) -> Iterator[str]:
        """The tools that a message calls; a batch of the 2025-03-26 revision may call several."""
        for entry in message if isinstance(message, list) else [message]:
            params = entry.get("params") if isinstance(entry, dict) and entry.get("method") == "tools/call" else None
            if isinstance(params, dict) and isinstance(params.get("name"), str):
                yield params["name"]

    def tool_scopes(self, tool: str) -> tuple[str, ...]:
        """MCP-STEP-02: the scopes of one tool; none for a tool that does not exist."""
        return self.config.tool_scopes.get(tool, ())

    def upstream_headers(self) -> dict[str, str]:
        """MCP-TOK-15, MCP-TOK-11: the upstream gets this server's own credentials, never the caller's."""
        return {"X-Api-Key": "demo"}

    def scope_denial(self) -> ScopeDenial:
        """How a tool call that lacks a scope is answered."""
        return self.config.scope_denial

    def tool_is_visible(self, token: AccessToken, tool: str) -> bool:
        """Whether a token sees a tool; only the `hide` mode hides any."""
        return self.scope_denial() is not ScopeDenial.HIDE or not self.missing_scopes(token, self.tool_scopes(tool))

    def tool_denial(self, token: AccessToken, tool: str) -> str | None:
        """The text of an `isError` result for a tool that lacks a scope, in the `result` mode."""
        missing = self.missing_scopes(token, self.tool_scopes(tool))
        denied = missing and self.scope_denial() is ScopeDenial.RESULT
        return f"Missing required scope: {' '.join(missing)}" if denied else None
