"""redirect_uri of authorization requests: OAuth 2.1, 2.3.1, 2.3.2, 2.3.5, 4.1.1, 4.1.2.1 and 8.4.2."""

from dataclasses import replace

from conformance.catalogue import requirement
from conformance.client.authorization_server import AuthorizationServer, unguessable
from conformance.client.flow import AuthorizationFlow
from conformance.client.redirect_uris import (
    judge_any_port,
    judge_refused,
    loopback_flow,
    more_than_another_port,
    other_endings,
    other_hosts,
    other_origins,
    other_paths,
    other_spellings,
)
from conformance.client.registration import register, registration_metadata
from conformance.vocabulary import NotApplicable, Violation

_ELSEWHERE = {"on a host of somebody else": "https://conformance-extra.example/callback"}
_SCRIPTS = {"that is a script": "javascript:alert(1)", "that is a document": "data:text/html,conformance-extra"}


@requirement("OAUTH21-2.3.1-b")
def test_another_path_is_rejected(flow: AuthorizationFlow) -> None:
    """Nothing is sent to a URI whose path is not exactly the registered one.

    Control: the request with the registered redirect URI is granted.
    Means: any page of the client's host that forwards its visitors hands the code to an attacker.
    Fix: compare redirect_uri with the registered values character by character.
    """
    judge_refused(flow, other_paths(flow.client.redirect_uri))


@requirement("OAUTH21-2.3.1-b")
def test_more_at_the_end_is_rejected(flow: AuthorizationFlow) -> None:
    """Nothing is sent to the registered URI with a query parameter or a fragment added.

    Control: the request with the registered redirect URI is granted.
    Means: an attacker steers the client's callback with parameters of his own.
    Fix: compare redirect_uri with the registered values character by character, query and fragment included.
    """
    judge_refused(flow, other_endings(flow.client.redirect_uri))


@requirement("OAUTH21-2.3.1-b")
def test_another_host_is_rejected(flow: AuthorizationFlow) -> None:
    """Nothing is sent to a host that looks like the registered one.

    Control: the request with the registered redirect URI is granted.
    Means: the code goes straight to an attacker's server, who only has to make a victim click on a link.
    Fix: compare redirect_uri with the registered values character by character; no patterns, no prefixes.
    """
    judge_refused(flow, other_hosts(flow.client.redirect_uri))


@requirement("OAUTH21-2.3.1-b")
def test_another_port_or_scheme_is_rejected(authorization_server: AuthorizationServer) -> None:
    """Of an https redirect URI, neither port nor scheme may vary.

    Control: the request with the registered redirect URI is granted.
    Means: another service on the client's host, or anybody on the network by plain http, receives the code.
    Fix: let only the port of http URIs on loopback addresses vary, and compare everything else exactly.
    """
    flow = authorization_server.flow(authorization_server.web_client())
    judge_refused(flow, other_origins(flow.client.redirect_uri))


@requirement("OAUTH21-4.1.1-e")
def test_another_spelling_is_another_redirect_uri(flow: AuthorizationFlow) -> None:
    """The registered URI in another spelling (case, percent encoding) is not taken for it.

    Control: the request with the registered redirect URI is granted.
    Means: comparison by normalised URIs invites parser differences, by which codes have been stolen before.
    Fix: compare strings (RFC 3986, 6.2.1); don't parse, decode or normalise before.
    """
    judge_refused(flow, other_spellings(flow.client.redirect_uri))


@requirement("OAUTH21-4.1.1-e")
def test_the_port_of_a_loopback_redirect_uri_may_vary(flow: AuthorizationFlow) -> None:
    """A code goes to the registered loopback URI with another port too.

    Control: the request with the registered port is granted.
    Means: a desktop app can't log its user in when its usual port is taken.
    Fix: ignore the port when comparing http redirect URIs on 127.0.0.1 and [::1].
    """
    judge_any_port(loopback_flow(flow))


@requirement("OAUTH21-4.1.1-e")
def test_nothing_but_the_port_of_a_loopback_redirect_uri_may_vary(flow: AuthorizationFlow) -> None:
    """The exception for loopback addresses covers the port alone, not path, query or host.

    Control: the request with the registered loopback URI is granted.
    Means: any page of a local program, or of one that listens on another address, receives the code.
    Fix: when scheme and address match and are loopback, ignore the port and compare all the rest exactly.
    """
    native = loopback_flow(flow)
    judge_refused(native, more_than_another_port(native.client.redirect_uri))


@requirement("OAUTH21-8.4.2-a")
def test_native_apps_may_listen_on_any_port(flow: AuthorizationFlow) -> None:
    """A native app whose redirect URI is on a loopback address gets its code on whatever port it listens.

    Control: the request with the registered port is granted.
    Means: a desktop app can't log its user in when its usual port is taken.
    Fix: ignore the port when comparing http redirect URIs on 127.0.0.1 and [::1].
    """
    judge_any_port(loopback_flow(flow))


@requirement("OAUTH21-2.3.2-a")
def test_a_client_with_several_redirect_uris_has_to_choose(authorization_server: AuthorizationServer) -> None:
    """A client that registered several redirect URIs and sends none gets no answer at any of them.

    Control: the same request with one of them is granted.
    Means: the server guesses where the code goes, perhaps to the redirect URI that an attacker knows how to read.
    Fix: require redirect_uri of clients that registered more than one, and show an error page without it.
    """
    flow = _flow_with_several(authorization_server)
    request = flow.authorization_request()
    flow.control(request)
    answer = flow.send(request.without("redirect_uri"))
    target = answer.redirected_to or ""
    if answer.code or any(target.startswith(uri) for uri in flow.client.redirect_uris):
        raise Violation("the server chose a redirect URI", expected="an error page", observed=answer.described())


@requirement("OAUTH21-2.3.5-a")
def test_nobody_is_redirected_to_an_unregistered_redirect_uri(flow: AuthorizationFlow) -> None:
    """A request whose redirect_uri belongs to somebody else does not lead there, nor does one with a script.

    Control: the request with the registered redirect URI is granted.
    Means: a link to your server leads to any site that an attacker likes.
    Fix: show an error page when redirect_uri is not registered, and redirect nowhere.
    """
    judge_refused(flow, {**_ELSEWHERE, **_SCRIPTS})


@requirement("OAUTH21-4.1.2.1-a")
def test_an_unknown_client_is_told_on_a_page(flow: AuthorizationFlow) -> None:
    """A request of a client that the server does not know does not lead to its redirect_uri.

    Control: the same request of a known client is granted.
    Means: a link to your server leads to any site that an attacker likes.
    Fix: show an error page when client_id is unknown, and redirect nowhere.
    """
    request = flow.authorization_request()
    flow.control(request)
    answer = flow.send(request.with_(client_id=unguessable("unknown-client-")))
    if (answer.redirected_to or "").startswith(flow.client.redirect_uri):
        raise Violation("an unknown client was answered", expected="an error page", observed=answer.described())


@requirement("OAUTH21-4.1.2.1-a")
def test_a_wrong_redirect_uri_is_told_on_a_page(flow: AuthorizationFlow) -> None:
    """A request of a known client with a redirect_uri that it did not register does not lead there.

    Control: the request with the registered redirect URI is granted.
    Means: a link to your server leads to any site that an attacker likes.
    Fix: show an error page when redirect_uri is not registered, and redirect nowhere.
    """
    judge_refused(flow, _ELSEWHERE)


@requirement("OAUTH21-4.1.2.1-b")
def test_the_redirect_uri_is_checked_before_an_error_is_sent_there(flow: AuthorizationFlow) -> None:
    """A request with a wrong redirect_uri and an unknown response_type, or an unknown scope, does not lead there.

    Control: the good request is granted.
    Means: an error turns your server into an open redirector: phishing under your name.
    Fix: check client_id and redirect_uri before everything else, and show a page when they are wrong.
    """
    judge_refused(flow, _ELSEWHERE, response_type="conformance-unsupported")
    judge_refused(flow, _ELSEWHERE, scope="conformance-unknown-scope")


def _flow_with_several(server: AuthorizationServer) -> AuthorizationFlow:
    for client in server.context.facts.clients:
        if len(client.redirect_uris) > 1 and "authorization_code" in client.grant_types:
            return server.flow(client)
    facts = server.context.facts
    if not facts.dynamic_registration or "registration_endpoint" not in server.metadata().value:
        raise NotApplicable("no client with several redirect URIs is given, and none can be registered")
    uris = (facts.redirect_uri, f"{facts.redirect_uri}/other")
    client = register(
        server.wire,
        server.metadata().value,
        registration_metadata("authorization_code", "none", uris, facts.scope),
    )
    if len(client.redirect_uris) < 2:
        raise NotApplicable("the server registers one redirect URI a client")
    return server.flow(replace(client, redirect_uris=uris))
