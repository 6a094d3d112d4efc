"""Requests that are wrong in two ways: which of the two answers the texts ask for, where they do."""

import time
from dataclasses import replace

from conformance.catalogue import requirement
from conformance.client.forged_token import WrongToken
from conformance.client.mcp import McpDialect
from conformance.client.refusal import GARBAGE, REFUSING, refusal_requests
from conformance.client.resource_server import ResourceServer
from conformance.client.scope_denial import scoped_tool
from conformance.client.token_trial import TokenTrial
from conformance.expect import expect
from conformance.issuer.expired import BEYOND_SECONDS
from conformance.issuer.mint import Mint
from conformance.profiles import Params
from conformance.vocabulary import NotApplicable, Violation
from conformance.wire import Response

_ELSEWHERE = "https://other.example/mcp"
_FOREIGN_ORIGIN = "https://attacker.example"
_NO_SUCH_VERSION = "9999-12-31"
_FORBIDDEN = 403
_UNAUTHORIZED = 401


@requirement("MCP-TOK-08")
def test_a_bad_token_gets_401_though_it_lacks_the_scope_too(
    resource_server: ResourceServer, any_mint: Mint, params: Params
) -> None:
    """A token that has expired, or is for another server, gets 401 and no 403 where it lacks the scope as well.

    Control: the tool is served with a good token, and without the scope alone it is 403.
    Means: clients ask their users for more rights, in vain: the token itself is the trouble.
    Fix: validate the token before you look at its scope.
    """
    _trial_of_a_scoped_tool(resource_server, any_mint).unauthorized(_bad_and_narrow(resource_server, any_mint, params))


@requirement("RFC9068-4-m")
def test_a_bad_token_is_called_invalid_though_it_lacks_the_scope_too(
    resource_server: ResourceServer, mint: Mint, params: Params
) -> None:
    """The error code is invalid_token, not insufficient_scope, when a token fails validation and lacks a scope.

    Control: the tool is served with a good token, and without the scope alone it is 403.
    Means: clients ask their users for more rights, in vain: the token itself is the trouble.
    Fix: validate the token before you look at its scope.
    """
    _trial_of_a_scoped_tool(resource_server, mint).invalid_token(_bad_and_narrow(resource_server, mint, params))


@requirement("MCP-TR-02")
def test_a_foreign_origin_without_a_good_token_is_refused(resource_server: ResourceServer) -> None:
    """A foreign Origin without a token, or with a bad one, is refused by 403 or 401: either fault may come first.

    Control: the request with a good token and no Origin is processed.
    Means: a page of somebody else learns more than that it has no business here.
    Fix: refuse the Origin with 403 before you do anything else.
    """
    resource_server.control()
    probe = resource_server.mcp.probe()
    for request in (probe, refusal_requests(probe)[GARBAGE]):
        change = f"Origin: {_FOREIGN_ORIGIN} added"
        answer = resource_server.send(request.with_added_header("Origin", _FOREIGN_ORIGIN, change))
        expect(answer).has_status(*REFUSING)


@requirement("MCP-TR-04")
def test_an_unknown_version_without_a_token_is_refused(resource_server: ResourceServer) -> None:
    """An unknown protocol version without a token is refused by 400 or 401: either fault may come first.

    Control: the request with a good token in a known version is processed.
    Means: a client can't tell whether to log in or to speak another version.
    Fix: answer 401 for want of a token, or 400 for the version.
    """
    resource_server.control()
    change = f"MCP-Protocol-Version {_NO_SUCH_VERSION} and no token"
    request = McpDialect(resource_server.url, _NO_SUCH_VERSION).request("tools/list")
    expect(resource_server.send(replace(request, changes=(change,)))).has_status(*REFUSING)


@requirement("MCP-TR-05")
def test_a_request_without_token_and_mirror_header_is_refused(resource_server: ResourceServer) -> None:
    """A request that lacks a token and a header that mirrors its body gets 400 or 401: either fault may come first.

    Control: the request with a good token and all its headers is processed, and is refused without the token alone.
    Means: what is asked of everybody is not asked of those who leave out a header.
    Fix: answer 401 for want of a token, or 400 for the header.
    """
    for answer in _answers_without_token_and_header(resource_server):
        expect(answer).has_status(*REFUSING)


@requirement("RFC6750-3-a", "RFC9110-15.5.2-a")
def test_a_401_has_a_challenge_though_a_header_is_missing_too(resource_server: ResourceServer) -> None:
    """A 401 to a request that lacks a token and a header that mirrors its body has WWW-Authenticate.

    Control: the request with a good token and all its headers is processed, and is refused without the token alone.
    Means: clients can't tell that a token is asked for, and blame the header.
    Fix: send the same challenge with every 401.
    """
    unauthorized = [a for a in _answers_without_token_and_header(resource_server) if a.status == _UNAUTHORIZED]
    if not unauthorized:
        raise NotApplicable("the missing header comes first: no such request was answered 401")
    for answer in unauthorized:
        if answer.header("www-authenticate") is None:
            expected, observed = "WWW-Authenticate with a challenge", expect(answer).described()
            raise Violation("a 401 has no WWW-Authenticate", expected=expected, observed=observed)


def _answers_without_token_and_header(server: ResourceServer) -> list[Response]:
    """The answers to requests without a token and without one of the headers of stateless versions, asked once.

    Raises NotApplicable in versions without such headers, Inconclusive when the controls fail.
    """
    if not server.mcp.is_stateless:
        raise NotApplicable(f"no header mirrors the body in MCP {server.version}")
    server.control()
    server.require_protection()
    probe, call = server.mcp.probe(), server.mcp.call(next(iter(server.context.facts.tools), "any"), {})
    lacking = [(probe, "MCP-Protocol-Version"), (probe, "Mcp-Method"), (call, "Mcp-Name")]
    return [server.asked_once(good.without_header(name, f"neither a token nor {name}")) for good, name in lacking]


def _trial_of_a_scoped_tool(server: ResourceServer, mint: Mint) -> TokenTrial:
    """A call that needs a scope, of which a good token without it was just told 403. Raises NotApplicable."""
    tool, _, narrow = scoped_tool(server)
    good = mint.good()
    call = server.open_session(good).call(tool, dict(server.context.facts.tools[tool][0]))
    denied = server.send(server.with_token(mint.with_claims(scope=narrow), call, f"the scope {narrow} only"))
    if denied.status != _FORBIDDEN:
        raise NotApplicable(f"a missing scope is answered {denied.status}, so nothing competes with the 401")
    return TokenTrial(server, good, call)


def _bad_and_narrow(server: ResourceServer, mint: Mint, params: Params) -> list[WrongToken]:
    _, _, narrow = scoped_tool(server)
    ago = int(time.time()) - params.clock_skew_seconds - BEYOND_SECONDS
    return [
        mint.saying("that has expired and lacks the scope", scope=narrow, iat=ago - 60, exp=ago),
        mint.saying("that is for another server and lacks the scope", scope=narrow, aud=_ELSEWHERE),
    ]
