"""Requests without authorization: MCP Authorization, Error Handling, and MCP Transports, Security."""

from conformance.catalogue import requirement
from conformance.client.mcp import message_of
from conformance.client.refusal import GARBAGE, OTHER_SCHEME, refusal_requests
from conformance.client.resource_server import ResourceServer
from conformance.expect import expect
from conformance.vocabulary import Inconclusive, Violation
from conformance.wire import HttpRequest, Response

_STREAM = "text/event-stream"


@requirement("MCP-TOK-12", "MCP-ERR-01")
def test_a_request_without_authorization_is_answered_401(resource_server: ResourceServer) -> None:
    """A request without a token gets 401.

    Control: the same request with a good token is processed.
    Means: clients start their login on 401 only; any other answer leaves the user with an error.
    Fix: answer 401 with WWW-Authenticate where Authorization is missing.
    """
    resource_server.control()
    expect(resource_server.unauthenticated()).has_status(401)


@requirement("MCP-ERR-01")
def test_credentials_that_are_no_token_are_unauthorized(resource_server: ResourceServer) -> None:
    """A token that nobody issued, or credentials of another scheme, get 401.

    Control: the same request with a good token is processed.
    Means: clients don't drop the bad token and log in anew; they stay locked out.
    Fix: answer 401 with WWW-Authenticate where the credentials aren't a good token.
    """
    resource_server.control()
    requests = refusal_requests(resource_server.mcp.probe())
    for kind in (GARBAGE, OTHER_SCHEME):
        expect(resource_server.asked_once(requests[kind])).has_status(401)


@requirement("MCP-TR-03")
def test_no_method_of_the_endpoint_serves_the_unknown(resource_server: ResourceServer) -> None:
    """Neither POST nor GET nor DELETE on the endpoint is served without a token.

    Control: POST with a good token is processed, without a token it is refused.
    Means: whoever reaches the server can listen to its messages or end sessions of others.
    Fix: check the token before the method, or answer methods that aren't offered with 405.
    """
    resource_server.control()
    resource_server.refusals()
    good = resource_server.mcp.probe()
    for method in ("GET", "DELETE"):
        kept = tuple(h for h in good.headers if h[0] not in ("Accept", "Content-Type", "Mcp-Method"))
        request = HttpRequest(method, good.url, (*kept, ("Accept", _STREAM)), changes=(f"{method} without a token",))
        answer = resource_server.send(request)
        if _is_served(method, answer):
            observed = f"{expect(answer).described()} for {method} without a token"
            raise Violation(f"{method} is served without a token", expected="a 4xx status", observed=observed)
        if answer.status >= 500:
            raise Inconclusive(f"{method} without a token was answered {answer.status}", root="challenge")


def _is_served(method: str, answer: Response) -> bool:
    """Whether MCP was spoken; a page for people at the same URL is none of its business."""
    spoken = method == "DELETE" or answer.media_type == _STREAM or message_of(answer) is not None
    return answer.status // 100 == 2 and spoken
