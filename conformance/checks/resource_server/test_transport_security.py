"""Transport security of the MCP server: https URLs, TLS versions, no plain http beside it."""

from conformance.catalogue import requirement
from conformance.client.dpop_trial import speaks_dpop
from conformance.client.mcp import is_result
from conformance.client.resource_server import ResourceServer
from conformance.client.transport_security import SecuredEndpoint
from conformance.vocabulary import NotApplicable, Violation
from conformance.wire.tls import Offer


@requirement("RFC9728-7.1-a")
def test_the_mcp_server_implements_tls(resource_server: ResourceServer) -> None:
    """The MCP endpoint is at an https URL whose server completes a handshake with TLS 1.2 or newer.

    Means: tokens travel in the clear, or metadata can be exchanged on the way.
    Fix: serve the MCP endpoint and its metadata by https, with a certificate that clients trust.
    """
    _endpoint(resource_server).session()


@requirement("RFC9728-7.1-a")
def test_the_mcp_server_refuses_old_tls(resource_server: ResourceServer) -> None:
    """The MCP endpoint agrees to no TLS version before 1.2 (BCP 195).

    Control: a handshake with a present version succeeds.
    Means: somebody on the way can push both sides to a version whose protection is broken.
    Fix: disable TLS 1.0 and 1.1.
    """
    _endpoint(resource_server).refuses(Offer.OLD)


@requirement("RFC9728-7.1-a")
def test_the_mcp_server_refuses_suites_without_protection(resource_server: ResourceServer) -> None:
    """The MCP endpoint agrees to no cipher suite without encryption or without authentication (BCP 195).

    Control: a handshake with ordinary suites succeeds.
    Means: somebody on the way can make both sides talk in the clear, and read tokens.
    Fix: remove NULL and anonymous suites from the server's configuration.
    """
    _endpoint(resource_server).refuses(Offer.UNPROTECTED)


@requirement("RFC6750-5.2-e")
def test_tokens_are_not_taken_over_plain_http(resource_server: ResourceServer) -> None:
    """The MCP endpoint neither processes nor challenges a request that comes over plain http.

    Control: the same request over https is refused for want of a token.
    Means: a client with a wrong URL sends its token in the clear and never notices.
    Fix: don't listen for plain http, or answer it with an error or a redirect to https that reads no token.
    """
    _expect_silence_in_plain_http(resource_server, _endpoint(resource_server))


@requirement("RFC9449-2-a")
def test_dpop_is_not_spoken_over_plain_http(resource_server: ResourceServer) -> None:
    """A server that speaks DPoP does so over https only: over plain http it neither processes nor challenges.

    Control: the same request over https is refused for want of a token.
    Means: token and proof travel in the clear, and DPoP is taken for the protection that TLS is.
    Fix: don't listen for plain http, or answer it with an error or a redirect to https that reads no token.
    """
    endpoint = _endpoint(resource_server)
    if not speaks_dpop(resource_server):
        raise NotApplicable("neither metadata nor challenges say that the server speaks DPoP")
    _expect_silence_in_plain_http(resource_server, endpoint)


def _expect_silence_in_plain_http(server: ResourceServer, endpoint: SecuredEndpoint) -> None:
    endpoint.require_https()
    server.require_protection()
    answer = endpoint.in_plain_http(server.wire, server.mcp.probe())
    if answer is not None and (answer.status == 401 or is_result(answer)):
        observed = f"{answer.status} over plain http"
        raise Violation("plain http is served", expected="no OAuth answer over plain http", observed=observed)


def _endpoint(server: ResourceServer) -> SecuredEndpoint:
    return SecuredEndpoint(server.context, server.url, "the MCP endpoint")
