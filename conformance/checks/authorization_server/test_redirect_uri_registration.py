"""Which redirect URIs may be registered: MCP, Communication Security."""

from conformance.catalogue import requirement
from conformance.client.authorization_server import AuthorizationServer
from conformance.client.registration import registration_metadata, registration_request
from conformance.expect import expect
from conformance.vocabulary import NotApplicable, Violation

_PLAIN_HTTP = "http://client.example/callback"
_CUSTOM_SCHEME = "org.example.conformance:/callback"


@requirement("MCP-SEC-05")
def test_a_plain_http_redirect_uri_is_not_registered(authorization_server: AuthorizationServer) -> None:
    """A client whose redirect URI is plain http on another host than the local one can't register it.

    Control: a client with a redirect URI on the local machine registers.
    Means: codes travel in the clear, and anybody on the network can take them.
    Fix: at registration, accept https redirect URIs and http ones on loopback addresses only.
    """
    _expect_not_registered(authorization_server, _PLAIN_HTTP)


@requirement("MCP-SEC-05")
def test_a_custom_scheme_redirect_uri_is_not_registered(authorization_server: AuthorizationServer) -> None:
    """A client can't register a redirect URI with a scheme of its own; MCP allows https and the local machine only.

    Control: a client with a redirect URI on the local machine registers.
    Means: any app on the user's device may claim the same scheme and take the code.
    Fix: at registration, refuse redirect URIs that are neither https nor on a loopback address.
    """
    _expect_not_registered(authorization_server, _CUSTOM_SCHEME)


def _expect_not_registered(server: AuthorizationServer, redirect_uri: str) -> None:
    if not server.context.facts.dynamic_registration:
        raise NotApplicable("clients don't register themselves at this server")
    endpoint = server.metadata().url("registration_endpoint")
    server.new_client()
    wanted = registration_metadata("authorization_code", "none", (redirect_uri,), server.context.facts.scope)
    request = registration_request(endpoint, wanted, f"redirect_uris set to [{redirect_uri!r}]")
    response = server.wire.send(request)
    expect(response).has_no_server_error()
    registered = (response.json_object() or {}).get("redirect_uris", [])
    if response.status in (200, 201) and redirect_uri in registered:
        raise Violation(
            "the redirect URI was registered",
            expected="a 400 with error=invalid_redirect_uri",
            observed=f"{response.status} with redirect_uris {registered!r}",
        )
