"""Sessions never stand for authorization: MCP, Access Token Usage and Session Hijacking."""

from conformance.catalogue import requirement
from conformance.client.granted_token import token_of_second_user, token_with_scope
from conformance.client.mcp import McpDialect, is_result
from conformance.client.resource_server import ResourceServer
from conformance.client.scope_denial import Shape, scoped_tool, shape_of
from conformance.expect import expect
from conformance.vocabulary import Inconclusive, NotApplicable, Violation

_SESSIONS = 8
_SHORTEST_ID = 16
"""Characters: what 96 random bits need in base64url, below which an identifier can be searched for."""


@requirement("MCP-TOK-03")
def test_every_request_needs_a_token(resource_server: ResourceServer) -> None:
    """A request without a token is refused with 401 though the one before it, of the same session, had one.

    Control: the same request is served with the token.
    Means: one token opens the door for everything that follows, whoever sends it.
    Fix: authenticate every request by the token that it carries.
    """
    request = _open(resource_server).request("tools/list")
    resource_server.control(request)
    expect(resource_server.send(request)).has_status(401)


@requirement("MCP-SBP-11")
def test_a_session_id_is_no_authentication(resource_server: ResourceServer) -> None:
    """Knowing the identifier of an open session gives nothing without a token.

    Control: the same request is served with the token.
    Means: who learns a session identifier, from a log for example, acts as its user.
    Fix: verify the token of every request; use the session identifier for nothing but state.
    """
    request = _session(resource_server).request("tools/list")
    resource_server.control(request)
    answer = resource_server.send(request)
    if answer.status // 100 == 2:
        raise Violation("a session id alone is enough", expected="401", observed=expect(answer).described())


@requirement("MCP-SBP-11")
def test_a_session_lends_no_scope(resource_server: ResourceServer) -> None:
    """A session opened with the full scope lets no call through whose own token lacks the scope of the tool.

    Control: in the same session the same call is served with the full scope.
    Means: a token that may do little does everything, in a session that was opened with a better one.
    Fix: take scopes and user from the token of each request, not from the one that opened the session.
    """
    tool, _, narrow = scoped_tool(resource_server)
    arguments = resource_server.context.facts.tools[tool][0]
    request = _session(resource_server).call(tool, dict(arguments))
    resource_server.control(request)
    change = f"sent with a token whose scope is {narrow!r}"
    answer = resource_server.send(
        resource_server.with_token(token_with_scope(resource_server, narrow), request, change)
    )
    if shape_of(answer) is Shape.NONE:
        expected = f"{tool} is refused to a token with the scope {narrow}"
        raise Violation("the session's scope is used", expected=expected, observed="the result of the tool")


@requirement("MCP-SBP-13")
def test_a_session_belongs_to_its_user(resource_server: ResourceServer) -> None:
    """Another user's token is no good in somebody's session.

    Control: the other user gets in without the session, and the owner gets in with it.
    Means: users who learn each other's session identifiers see or inject each other's messages.
    Fix: remember whose session it is (issuer, subject and client) and answer 404 to everybody else.
    """
    other = token_of_second_user(resource_server)
    resource_server.control(token=other)
    request = _session(resource_server).request("tools/list")
    resource_server.control(request)
    answer = resource_server.send(resource_server.with_token(other, request, "sent with another user's token"))
    if is_result(answer):
        expected = "404, or another refusal"
        raise Violation("another user gets into the session", expected=expected, observed=expect(answer).described())


@requirement("MCP-SBP-12")
def test_session_ids_are_long_and_different(resource_server: ResourceServer) -> None:
    """Session identifiers are long, and no two are alike.

    Control: every one of the sessions is opened with a good token.
    Means: identifiers of other people's sessions can be guessed.
    Fix: take at least 128 bits from a secure random source for each identifier.
    """
    found = [_session_id(resource_server) for _ in range(_SESSIONS)]
    if len(set(found)) < len(found):
        raise Violation("a session id repeats", expected="a new id each time", observed="the same id twice")
    shortest = min(len(each) for each in found)
    if shortest < _SHORTEST_ID:
        expected = f"at least {_SHORTEST_ID} characters"
        raise Violation("session ids are short", expected=expected, observed=f"{shortest} characters")


@requirement("MCP-SBP-12")
def test_session_ids_have_no_common_pattern(resource_server: ResourceServer) -> None:
    """Identifiers of sessions opened one after another differ in more than a few characters.

    Control: every one of the sessions is opened with a good token.
    Means: who has a session can count to those of others.
    Fix: make the whole identifier random, with no counter, time or user in it.
    """
    found = [_session_id(resource_server) for _ in range(_SESSIONS)]
    columns = list(zip(*found, strict=False))
    varying = sum(len(set(column)) > 1 for column in columns)
    if varying < _SHORTEST_ID:
        observed = f"only {varying} of {len(columns)} characters ever change"
        raise Violation("session ids follow a pattern", expected="random identifiers", observed=observed)


def _open(server: ResourceServer) -> McpDialect:
    return server.open_session(server.token())


def _session(server: ResourceServer) -> McpDialect:
    if server.mcp.is_stateless:
        raise NotApplicable("this version of MCP has no sessions; state handles are a matter of each tool")
    dialect = _open(server)
    if dialect.session_id is None:
        raise NotApplicable("the server opens no sessions: it gives no Mcp-Session-Id")
    return dialect


def _session_id(server: ResourceServer) -> str:
    session_id = _session(server).session_id
    if not session_id:
        raise Inconclusive("the server gave a session id once and none later", root="session")
    return session_id
