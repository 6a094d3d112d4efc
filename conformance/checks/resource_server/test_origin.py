"""The Origin header: MCP Transports, Security (protection against DNS rebinding)."""

from conformance.catalogue import requirement
from conformance.client.mcp import is_result
from conformance.client.resource_server import ResourceServer
from conformance.expect import expect
from conformance.vocabulary import Violation
from conformance.wire import Response
from conformance.wire.addresses import split_url

_FOREIGN = "https://attacker.example"


@requirement("MCP-TR-01")
def test_a_request_from_a_foreign_origin_is_refused(resource_server: ResourceServer) -> None:
    """A request that comes from a page of another origin is not processed.

    Control: the same request with the same token and no Origin is processed.
    Means: any web page that its user visits can talk to a server on the local network (DNS rebinding).
    Fix: compare Origin with a list of allowed origins and refuse all others.
    """
    _expect_refusal(_from_origin(resource_server, _FOREIGN), _FOREIGN)


@requirement("MCP-TR-01")
def test_an_origin_that_begins_like_the_servers_own_is_refused(resource_server: ResourceServer) -> None:
    """An origin that only begins with the server's own host is not taken for it.

    Control: the same request with the same token and no Origin is processed.
    Means: an attacker registers a name that begins like the server's, and the check lets its pages through.
    Fix: compare whole origins for equality; no prefixes, no patterns.
    """
    parts = split_url(resource_server.url)
    for host in dict.fromkeys((parts.hostname, parts.netloc)):
        lookalike = f"{parts.scheme}://{host}.attacker.example"
        _expect_refusal(_from_origin(resource_server, lookalike), lookalike)


@requirement("MCP-TR-02")
def test_a_foreign_origin_is_answered_403(resource_server: ResourceServer) -> None:
    """A request with a good token and a foreign Origin gets 403.

    Control: the same request with the same token and no Origin is processed.
    Means: a client or its developer takes the refusal for a missing login or a malformed message.
    Fix: answer 403 where Origin is present and not allowed.
    """
    expect(_from_origin(resource_server, _FOREIGN)).has_status(403)


def _from_origin(resource_server: ResourceServer, origin: str) -> Response:
    good = resource_server.with_token(resource_server.control())
    return resource_server.send(good.with_added_header("Origin", origin, f"Origin: {origin} added"))


def _expect_refusal(answer: Response, origin: str) -> None:
    if is_result(answer) or not 400 <= answer.status < 500:
        observed = f"{expect(answer).described()} for Origin: {origin}"
        raise Violation("a foreign Origin is not refused", expected="403", observed=observed)
