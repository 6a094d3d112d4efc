"""Transport security of the authorization server: https URLs, TLS versions, cipher suites."""

from collections.abc import Mapping

from conformance.catalogue import requirement
from conformance.client.authorization_server import AuthorizationServer
from conformance.client.published import all_members, holding, judge_https, protocol_urls
from conformance.client.transport_security import SecuredEndpoint
from conformance.vocabulary import NotApplicable, Violation
from conformance.wire import HttpRequest
from conformance.wire.tls import Offer


@requirement("RFC8414-3-b")
def test_metadata_is_served_by_https_only(authorization_server: AuthorizationServer) -> None:
    """The metadata is at an https URL, and plain http gives no document.

    Control: https gives the document.
    Means: whoever sits on the way can write a document of their own, with their own endpoints.
    Fix: serve the metadata by https only; plain http may redirect there.
    """
    url = authorization_server.metadata_document().url
    endpoint = SecuredEndpoint(authorization_server.context, url, "the metadata URL")
    endpoint.session()
    answer = endpoint.in_plain_http(authorization_server.wire, HttpRequest("GET", url))
    if answer is not None and "issuer" in (answer.json_object() or {}):
        raise Violation("served in the clear", expected="no metadata over plain http", observed=f"{answer.status}")


@requirement("RFC8414-6.1-a")
def test_the_issuer_supports_tls_1_2(authorization_server: AuthorizationServer) -> None:
    """The issuer's host supports TLS 1.2, whatever else it supports.

    Control: a handshake with TLS 1.2 or newer succeeds.
    Means: clients that can do TLS 1.2 at most, which RFC 8414 promises to serve, can't connect.
    Fix: enable TLS 1.2 besides 1.3.
    """
    _issuer(authorization_server).session()
    _issuer(authorization_server).session(Offer.TLS_1_2)


@requirement("RFC8414-6.1-c")
def test_the_issuer_refuses_suites_without_protection(authorization_server: AuthorizationServer) -> None:
    """The issuer's host agrees to no cipher suite without encryption or without authentication.

    Control: a handshake with ordinary suites succeeds.
    Means: somebody on the way can make both sides talk in the clear, and read codes and tokens.
    Fix: remove NULL and anonymous suites from the server's configuration.
    """
    _issuer(authorization_server).refuses(Offer.UNPROTECTED)


@requirement("RFC6750-5.2-d")
def test_the_token_endpoint_implements_tls(authorization_server: AuthorizationServer) -> None:
    """The token endpoint is at an https URL whose server completes a TLS handshake.

    Means: tokens travel in the clear, and whoever reads one can use it.
    Fix: serve the token endpoint by https, with a certificate that clients trust.
    """
    _shakes_hands(authorization_server, "token_endpoint")


@requirement("RFC7591-3-b")
def test_the_registration_endpoint_implements_tls(authorization_server: AuthorizationServer) -> None:
    """The registration endpoint is at an https URL whose server shakes hands with TLS 1.2 or newer.

    Means: client secrets and registration access tokens travel in the clear.
    Fix: serve the registration endpoint by https, with a certificate that clients trust.
    """
    _shakes_hands(authorization_server, "registration_endpoint")


@requirement("RFC7009-2-b")
def test_the_revocation_endpoint_is_https(authorization_server: AuthorizationServer) -> None:
    """The revocation endpoint is an https URL.

    Means: the token that is to be revoked travels in the clear.
    Fix: serve the revocation endpoint by https, and name that URL in the metadata.
    """
    _is_https(authorization_server, "revocation_endpoint")


@requirement("RFC9126-2-a")
def test_the_par_endpoint_is_https(authorization_server: AuthorizationServer) -> None:
    """The pushed authorization request endpoint is an https URL.

    Means: authorization requests and client credentials travel in the clear.
    Fix: serve the endpoint by https, and name that URL in the metadata.
    """
    _is_https(authorization_server, "pushed_authorization_request_endpoint")


@requirement("RFC9449-2-a")
def test_dpop_bound_tokens_are_given_by_https(authorization_server: AuthorizationServer) -> None:
    """A server that announces DPoP has its token endpoint at an https URL.

    Means: token and proof travel in the clear, and DPoP is taken for the protection that TLS is.
    Fix: serve the token endpoint by https, and name that URL in the metadata.
    """
    if not any(members.value.get("dpop_signing_alg_values_supported") for members in all_members(authorization_server)):
        raise NotApplicable("the metadata has no dpop_signing_alg_values_supported, so the server offers no DPoP")
    _is_https(authorization_server, "token_endpoint")


@requirement("MCP-SEC-04")
def test_every_endpoint_is_https(authorization_server: AuthorizationServer) -> None:
    """Every endpoint that the metadata names is an https URL.

    Means: codes, tokens or credentials travel in the clear.
    Fix: serve every endpoint by https, and name these URLs in the metadata.
    """
    for members in all_members(authorization_server):
        judge_https(_urls(protocol_urls(members)), waive_loopback_http=members.waive_loopback_http)


@requirement("MCP-GEN-07", "OAUTH21-1.5-a")
def test_issuer_and_endpoints_are_https(authorization_server: AuthorizationServer) -> None:
    """Issuer, endpoints and key set of the authorization server are https URLs (OAuth 2.1, 1.5).

    Means: somebody on the way can read or exchange what both sides rely on.
    Fix: use https URLs everywhere; only redirect URIs on loopback may be plain http.
    """
    _all_urls_are_https(authorization_server)


def _issuer(server: AuthorizationServer) -> SecuredEndpoint:
    return SecuredEndpoint(server.context, server.issuer, "the issuer")


def _shakes_hands(server: AuthorizationServer, name: str) -> None:
    for members in holding(server, name):
        SecuredEndpoint(server.context, members.url(name), name).session()


def _is_https(server: AuthorizationServer, name: str) -> None:
    for members in holding(server, name):
        judge_https({name: members.url(name)}, waive_loopback_http=members.waive_loopback_http)


def _all_urls_are_https(server: AuthorizationServer) -> None:
    for members in all_members(server):
        issuer = {"issuer": str(members.value["issuer"])} if "issuer" in members.value else {}
        judge_https({**issuer, **protocol_urls(members)}, waive_loopback_http=members.waive_loopback_http)


def _urls(found: Mapping[str, str]) -> Mapping[str, str]:
    if not found:
        raise NotApplicable("the metadata names no endpoint")
    return found
