"""How a protected resource turns down a good token that lacks a scope: several shapes are in use, and none at all."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import Any

from conformance.client.forged_token import WrongToken
from conformance.client.granted_token import token_with_scope
from conformance.client.mcp import McpDialect, error_of, is_result, message_of
from conformance.client.refusal import Refusal
from conformance.client.resource_server import ResourceServer
from conformance.vocabulary import Exchange, Inconclusive, NotApplicable, Violation
from conformance.wire import HttpRequest, Response

INSUFFICIENT_SCOPE = "insufficient_scope"
_FORBIDDEN = 403


class Shape(StrEnum):
    """Where a refusal shows."""

    STATUS = "an HTTP error"
    ERROR = "a JSON-RPC error"
    RESULT = "a tool result with isError"
    HIDDEN = "a tool that doesn't exist (tools/list doesn't show it either)"
    NONE = "no refusal: the tool did its work"


@dataclass(frozen=True)
class ScopeDenial:
    """The answer to a call of `tool`, which needs `scope`, with a token that has only `held`."""

    tool: str
    scope: str
    held: str
    shape: Shape
    response: Response

    @property
    def refusal(self) -> Refusal:
        """The answer as a refusal."""
        return Refusal(f"a good token that lacks the scope of {self.tool}", self.response)

    def challenge_parameter(self, name: str) -> str | None:
        """A parameter of the challenge. Raises Violation when the refusal isn't a 4xx answer with a challenge."""
        if self.shape is not Shape.STATUS or not self.refusal.challenges:
            raise Violation(
                f"a missing scope shows as {self.shape}",
                expected=f'403 with WWW-Authenticate: Bearer error="{INSUFFICIENT_SCOPE}", ...',
                observed=self.described(),
            )
        return self.refusal.parameter(name)

    def challenged_scope(self) -> str:
        """The scope of the challenge. Raises Violation when there is none."""
        scope = self.challenge_parameter("scope")
        if not scope:
            raise Violation("the challenge names no scope", expected='scope="..."', observed=self.described())
        return scope

    def kind(self) -> tuple[Shape, str | None, frozenset[str]]:
        """Shape, error code and scopes: what stays the same where a server is consistent."""
        scope = (self.refusal.parameter("scope") or "").split()
        return self.shape, self.refusal.parameter("error"), frozenset(scope)

    def described(self) -> str:
        """What came back, in one line."""
        return self.refusal.described() if self.shape is Shape.STATUS else f"{self.response.status}: {self.shape}"


@dataclass(frozen=True)
class _Observed:
    denial: ScopeDenial
    exchanges: tuple[Exchange, ...]


def scope_denial(server: ResourceServer) -> ScopeDenial:
    """What a token of `narrow_scope` gets for a tool beyond it, after the same call succeeded with the full scope.

    Asked once a process and shown as evidence in every check that uses it. Raises NotApplicable without such a tool
    in the target file, Inconclusive when the control fails.
    """

    def observe() -> _Observed:
        own = replace(server, wire=server.context.wire())
        return _Observed(_observed(own), own.wire.transcript.exchanges)

    observed = server.context.once(f"scope denial {server.version}", observe)
    for exchange in observed.exchanges:
        server.wire.transcript.include(exchange)
    return observed.denial


def denial_again(server: ResourceServer) -> ScopeDenial:
    """The same call once more, sent by this check."""
    first = scope_denial(server)
    return call_with_scope(server, first.held, first.tool, first.scope)


def call_with_scope(server: ResourceServer, held: str, tool: str, needed: str) -> ScopeDenial:
    """What a fresh call of `tool` gets with a token of exactly the scope `held`."""
    token = WrongToken(f"whose scope is {held!r}", token_with_scope(server, held))
    return replace(call_with_token(server, token, tool, needed), held=held)


def call_with_token(server: ResourceServer, wrong: WrongToken, tool: str, needed: str) -> ScopeDenial:
    """What a call of `tool` gets with a token that has not all the rights for it.

    A server may want all of its scopes for each request: then opening the session is refused already.
    """
    change = f"sent with a token {wrong.flaw}"
    if not server.mcp.is_stateless:
        opening = server.send(server.with_token(wrong.token, server.mcp.initialize(), change))
        if opening.status == _FORBIDDEN:
            return ScopeDenial(tool, needed, "", Shape.STATUS, opening)
    session = server.open_session(wrong.token)
    request = session.call(tool, dict(server.context.facts.tools[tool][0]))
    response = server.send(server.with_token(wrong.token, request, change))
    shape = shape_of(response)
    if shape in (Shape.ERROR, Shape.RESULT) and _is_hidden(server, session, wrong.token, tool):
        shape = Shape.HIDDEN
    return ScopeDenial(tool, needed, "", shape, response)


def shape_of(response: Response) -> Shape:
    """Which kind of refusal an answer to a tool call is."""
    result = (message_of(response) or {}).get("result")
    if response.status // 100 == 2 and isinstance(result, dict):
        return Shape.RESULT if result.get("isError") is True else Shape.NONE
    return Shape.ERROR if response.status not in (401, 403) and error_of(response) else Shape.STATUS


def scoped_tool(server: ResourceServer) -> tuple[str, str, str]:
    """A tool beyond the narrow scope, what it needs, and the narrow scope. Raises NotApplicable without one."""
    facts = server.context.facts
    narrow = facts.narrow_scope
    if not narrow:
        raise NotApplicable("the target file gives no narrow_scope")
    for tool, (_, scope) in facts.tools.items():
        if scope and not set(scope.split()) & set(narrow.split()):
            return tool, scope, narrow
    raise NotApplicable("mcp_server.tools of the target file names no tool whose scope is beyond narrow_scope")


def tool_call_is_served(server: ResourceServer, token: str, tool: str) -> bool:
    """Whether a call of that tool with that token gets the tool's result."""
    response = server.send(server.with_token(token, _call(server, token, tool)))
    return is_result(response) and shape_of(response) is Shape.NONE


def _is_hidden(server: ResourceServer, session: McpDialect, token: str, tool: str) -> bool:
    """Whether a whole list of tools doesn't have this one. Its exchange is no evidence: what decides is the call."""
    own = replace(server, wire=server.context.wire())
    listed = (message_of(own.send(own.with_token(token, session.request("tools/list")))) or {}).get("result")
    if not isinstance(listed, dict) or not isinstance(listed.get("tools"), list) or listed.get("nextCursor"):
        return False
    return all(isinstance(each, dict) and each.get("name") != tool for each in listed["tools"])


def _observed(server: ResourceServer) -> ScopeDenial:
    tool, scope, narrow = scoped_tool(server)
    if not tool_call_is_served(server, server.token(), tool):
        raise Inconclusive(
            f"the tool {tool} is not served with the full scope",
            root="tool",
            remedy="see mcp_server.tools and scope in the target file",
        )
    return call_with_scope(server, narrow, tool, scope)


def _call(server: ResourceServer, token: str, tool: str) -> HttpRequest:
    arguments: Mapping[str, Any] = server.context.facts.tools[tool][0]
    return server.open_session(token).call(tool, dict(arguments))
