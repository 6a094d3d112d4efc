"""redirect_uri of authorization requests: OAuth 2.1, 2.3.1, 2.3.2, 2.3.5, 4.1.1, 4.1.2.1 and 8.4.2."""

from dataclasses import replace

from conformance.catalogue import requirement
from conformance.client.authorization_server import AuthorizationServer, unguessable
from conformance.client.flow import AuthorizationFlow
from conformance.client.redirect_uris import (
    judge_refused,
)
from conformance.client.registration import register, registration_metadata
from conformance.expect import expect
from conformance.vocabulary import NotApplicable, Violation

_ELSEWHERE = {"on a host of somebody else": "https://conformance-extra.example/callback"}
_SCRIPTS = {"that is a script": "javascript:alert(1)", "that is a document": "data:text/html,conformance-extra"}


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
    Means: a link to your server leads to any site that an attacker likes, or to a server error that tells nobody why.
    Fix: show an error page when client_id is unknown, and redirect nowhere.
    """
    request = flow.authorization_request()
    flow.control(request)
    answer = flow.send(request.with_(client_id=unguessable("unknown-client-")))
    expect(answer.response).has_no_server_error()
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
