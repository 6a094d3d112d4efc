"""redirect_uri of authorization requests is compared exactly: MCP, Open Redirection; OAuth 2.1, 2.3.1."""

from conformance.catalogue import requirement
from conformance.client.authorization_server import AuthorizationServer
from conformance.client.flow import AuthorizationFlow
from conformance.client.redirect_uris import (
    judge_refused,
    loopback_flow,
    more_than_another_port,
    other_endings,
    other_hosts,
    other_origins,
    other_paths,
    other_spellings,
)
from conformance.profiles import Params
from conformance.vocabulary import NotApplicable


@requirement("MCP-SEC-12", "OAUTH21-2.3.1-b")
def test_a_redirect_uri_with_another_path_is_refused(flow: AuthorizationFlow) -> None:
    """Nothing is sent to a URI whose path begins like the registered one, leads back from it, or differs in a slash.

    Control: the request with the registered redirect URI is granted.
    Means: any page of the client's host that forwards its visitors hands the code to an attacker.
    Fix: compare redirect_uri with the registered values character by character.
    """
    judge_refused(flow, other_paths(flow.client.redirect_uri))


@requirement("MCP-SEC-12", "OAUTH21-2.3.1-b")
def test_a_redirect_uri_with_more_at_its_end_is_refused(flow: AuthorizationFlow) -> None:
    """Nothing is sent to the registered URI with a query parameter or a fragment added.

    Control: the request with the registered redirect URI is granted.
    Means: an attacker steers the client's callback with parameters of his own, such as another code or a next page.
    Fix: compare redirect_uri with the registered values character by character, query and fragment included.
    """
    judge_refused(flow, other_endings(flow.client.redirect_uri))


@requirement("MCP-SEC-12", "OAUTH21-2.3.1-b")
def test_a_redirect_uri_with_another_host_is_refused(flow: AuthorizationFlow) -> None:
    """Nothing is sent to a host that looks like the registered one: sub-domain, longer name, or user information.

    Control: the request with the registered redirect URI is granted.
    Means: the code goes straight to an attacker's server, who only has to make a victim click on a link.
    Fix: compare redirect_uri with the registered values character by character; no patterns, no prefixes.
    """
    judge_refused(flow, other_hosts(flow.client.redirect_uri))


@requirement("MCP-SEC-12", "RFC9700-2.1-a", "OAUTH21-2.3.1-b")
def test_a_redirect_uri_with_another_port_or_scheme_is_refused(authorization_server: AuthorizationServer) -> None:
    """Of an https redirect URI, neither port nor scheme may vary.

    Control: the request with the registered redirect URI is granted.
    Means: another service on the client's host, or anybody on the network by plain http, receives the code.
    Fix: let only the port of http URIs on loopback addresses vary, and compare everything else exactly.
    """
    flow = authorization_server.flow(authorization_server.web_client())
    judge_refused(flow, other_origins(flow.client.redirect_uri))


@requirement("MCP-SEC-12")
def test_a_redirect_uri_in_another_spelling_is_refused(flow: AuthorizationFlow, params: Params) -> None:
    """The registered URI in another spelling (case, percent encoding) is not taken for it.

    Control: the request with the registered redirect URI is granted.
    Means: comparison by normalised URIs invites parser differences, by which codes have been stolen before.
    Fix: compare strings (RFC 3986, 6.2.1); don't parse, decode or normalise before.
    """
    if params.mcp_version == "2025-03-26":
        raise NotApplicable("MCP 2025-03-26 asks for validation, not for exact comparison")
    judge_refused(flow, other_spellings(flow.client.redirect_uri))


@requirement("MCP-SEC-12", "RFC9700-2.1-a", "OAUTH21-4.1.1-e")
def test_only_the_port_of_a_loopback_redirect_uri_may_vary(flow: AuthorizationFlow) -> None:
    """The exception for loopback addresses covers the port alone, not path, query or host.

    Control: the request with the registered loopback URI is granted.
    Means: any page of a local program, or of one that listens on another address, receives the code.
    Fix: when scheme and address match and are loopback, ignore the port and compare all the rest exactly.
    """
    native = loopback_flow(flow)
    judge_refused(native, more_than_another_port(native.client.redirect_uri))
