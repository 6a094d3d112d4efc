"""Departures in what a token may do: RFC 6750, section 3.1; RFC 6749, section 7; MCP, Scope Challenge Handling."""

from dataclasses import replace
from itertools import cycle

from starlette.datastructures import Headers
from starlette.responses import JSONResponse
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from reference_impl.mcp_server.config import McpServerConfig, ProtectedResource, ScopeDenial
from reference_impl.mcp_server.http_request import AccessToken
from reference_impl.mcp_server.refusal import RefusalError
from reference_impl.mcp_server.rules import McpServerRules
from reference_impl.mutants.registry import mutant

_NOT_CHALLENGED = {"MCP-STEP-01", "MCP-STEP-02", "MCP-STEP-03", "RFC6750-3.1-c"}


@mutant(
    kills=_NOT_CHALLENGED
    | {"MCP-ERR-01", "MCP-SBP-11", "MCP-STEP-04", "MCP-TOK-05", "OAUTH21-5-a", "OAUTH21-5.2-a", "RFC6749-7-a"}
    | {"RFC8693-4.1-a", "RFC9068-4-n"},
    story="Scopes are asked for at the authorization server and never looked at here.",
)
class ScopesAreIgnored(McpServerRules):
    def missing_scopes(self, token: AccessToken, needed: tuple[str, ...]) -> tuple[str, ...]:
        return ()


@mutant(kills=_NOT_CHALLENGED, story="A missing scope is told as the tool's own error.", configures="mcp_server")
def scope_denied_in_the_result(config: McpServerConfig) -> McpServerConfig:
    return replace(config, scope_denial=ScopeDenial.RESULT)


@mutant(kills=_NOT_CHALLENGED, story="Tools beyond the token's scope don't exist for it.", configures="mcp_server")
def scope_denied_by_hiding_tools(config: McpServerConfig) -> McpServerConfig:
    return replace(config, scope_denial=ScopeDenial.HIDE)


@mutant(kills={"MCP-ERR-01", "RFC6750-3.1-c"}, story="A missing scope is answered 401, so that clients log in again.")
class MissingScopeIsUnauthorized(McpServerRules):
    def insufficient_scope(self, scope: tuple[str, ...]) -> RefusalError:
        return RefusalError(401, "more scope is needed", error="insufficient_scope", scope=scope, challenges=True)


@mutant(
    kills={"MCP-STEP-01", "RFC6750-3.1-c"}, story="A missing scope is called access_denied, as a user's refusal is."
)
class MissingScopeIsCalledAccessDenied(McpServerRules):
    def insufficient_scope(self, scope: tuple[str, ...]) -> RefusalError:
        return RefusalError(403, "more scope is needed", error="access_denied", scope=scope, challenges=True)


@mutant(
    kills={"MCP-STEP-01", "MCP-STEP-02", "MCP-STEP-03"}, story="The challenge to a missing scope doesn't say which."
)
class MissingScopeIsNotNamed(McpServerRules):
    def scope_parameter(
        self, scheme: str, refusal: RefusalError, resource: ProtectedResource, attempted: str | None
    ) -> str | None:
        usual = super().scope_parameter(scheme, refusal, resource, attempted)
        return None if refusal.error == "insufficient_scope" else usual


@mutant(kills={"MCP-STEP-01"}, story="resource_metadata is in the challenge of a 401 only.")
class ForbiddenWithoutResourceMetadata(McpServerRules):
    def resource_metadata_parameter(
        self, scheme: str, refusal: RefusalError, resource: ProtectedResource, attempted: str | None
    ) -> str | None:
        usual = super().resource_metadata_parameter(scheme, refusal, resource, attempted)
        return None if refusal.status == 403 else usual


@mutant(
    kills={"MCP-STEP-02", "MCP-STEP-03"},
    story="The challenge names the scopes of the first tool, whichever was called.",
)
class AnotherToolsScopeIsChallenged(McpServerRules):
    def challenged_scopes(self, needed: tuple[str, ...]) -> tuple[str, ...]:
        return ("mcp:echo",)


@mutant(kills={"MCP-STEP-03"}, story="A tool needs two scopes and asks for one at a time.")
class OneScopeAtATime(McpServerRules):
    def tool_scopes(self, tool: str) -> tuple[str, ...]:
        return ("mcp:add", "mcp:echo") if tool == "add_numbers" else super().tool_scopes(tool)

    def check_scopes(self, token: AccessToken, needed: tuple[str, ...]) -> None:
        missing = self.missing_scopes(token, needed)
        if missing:
            raise self.insufficient_scope(missing[:1])


@mutant(kills={"MCP-STEP-04"}, story="Now the needed scope is asked for, now the broader one that includes it.")
class ChallengedScopesAlternate(McpServerRules):
    def __init__(self, config: McpServerConfig) -> None:
        super().__init__(config)
        self._turns = cycle(((), ("mcp:echo",)))

    def challenged_scopes(self, needed: tuple[str, ...]) -> tuple[str, ...]:
        return (*needed, *next(self._turns))


@mutant(kills={"MCP-STEP-10"}, story="Scopes are compared as strings, and a broader one is just another one.")
class BroaderScopesImplyNothing(McpServerRules):
    def implied_scopes(self, scope: str) -> tuple[str, ...]:
        return ()


@mutant(
    kills={"MCP-ELI-01", "MCP-TR-05"},
    story="Whoever calls a tool without a token is sent to the login page by an elicitation.",
    wraps="mcp_server",
)
def login_by_elicitation(app: ASGIApp) -> ASGIApp:
    async def wrapped(scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http" or scope["method"] != "POST" or "authorization" in Headers(scope=scope):
            await app(scope, receive, send)
            return
        message = await receive()
        if b'"tools/call"' not in message.get("body", b""):
            await app(scope, _again(message, receive), send)
            return
        elicitation = {"mode": "url", "url": "https://login.example/", "message": "Log in", "elicitationId": "1"}
        error = {"code": -32042, "message": "log in first", "data": {"elicitations": [elicitation]}}
        await JSONResponse({"jsonrpc": "2.0", "id": 2, "error": error})(scope, receive, send)

    return wrapped


def _again(first: Message, receive: Receive) -> Receive:
    pending = [first]

    async def receive_again() -> Message:
        return pending.pop() if pending else await receive()

    return receive_again
