"""Who may push what: RFC 9126, 2, 5 and 7.2; rfc7523bis, 5."""

from conformance.catalogue import requirement
from conformance.client.authorization_server import AuthorizationServer, unguessable
from conformance.client.identity import client_assertion
from conformance.client.pushed import PushedRequests, pushed_requests
from conformance.client.second_client import client_by
from conformance.expect import TokenAnswer, expect
from conformance.profiles import Params
from conformance.vocabulary import Inconclusive, NotApplicable


@requirement("RFC9126-5-a")
def test_requests_that_are_not_pushed_are_refused(authorization_server: AuthorizationServer) -> None:
    """Where require_pushed_authorization_requests is true, a plain authorization request gets no code.

    Control: the same request is pushed and granted.
    Means: the protection that pushing gives can be had off by not pushing.
    Fix: refuse requests without request_uri as invalid_request, or take the claim out of the metadata.
    """
    pushed = pushed_requests(authorization_server)
    if not authorization_server.metadata().boolean("require_pushed_authorization_requests"):
        raise NotApplicable("the server does not require pushed requests")
    pushed.granted()
    answer = pushed.flow.send(pushed.flow.authorization_request().with_("sent without being pushed"))
    expect(answer).grants_no_code()
    if answer.redirected_to is not None:
        expect(answer).redirects_with(error="invalid_request")


@requirement("RFC9126-7.2-a")
def test_a_public_client_cannot_push_a_new_redirect_uri(authorization_server: AuthorizationServer) -> None:
    """A push of a client without credentials whose redirect_uri is not registered leads nobody there.

    Control: the same push with a registered redirect_uri is granted.
    Means: the server is an open redirector, and codes go wherever an attacker wants.
    Fix: compare redirect_uri of pushed requests with the registered ones; only clients that authenticate may bring new.
    """
    pushed = pushed_requests(authorization_server, authorization_server.public_flow())
    pushed.granted()
    elsewhere = f"https://{unguessable('attacker-').lower().replace('_', '-').strip('-')}.example/callback"
    wrong = pushed.flow.authorization_request().with_("redirect_uri that is not registered", redirect_uri=elsewhere)
    _, answer = pushed.outcome(wrong)
    if answer is not None:
        expect(answer).does_not_redirect()


@requirement("RFC9126-2-b")
def test_the_issuer_is_the_audience_of_client_assertions(authorization_server: AuthorizationServer) -> None:
    """A push with a client assertion for the issuer is taken.

    Control: where it is refused, one for the token endpoint or the endpoint itself is taken.
    Means: clients that authenticate by signed assertions can't push.
    Fix: accept the issuer as audience of client assertions at this endpoint.
    """
    pushed = _signing(authorization_server)
    answer = _push_for(pushed, pushed.flow.issuer)
    if answer.status >= 300:
        others = (pushed.flow.endpoint("token_endpoint"), pushed.endpoint)
        if not any(_push_for(pushed, audience).status < 300 for audience in others):
            raise Inconclusive("no push of a client with private_key_jwt is taken", root="client")
    expect(answer).has_status(200, 201)


@requirement("RFC7523BIS-5-a")
def test_a_push_with_an_assertion_for_the_token_endpoint_is_refused(
    authorization_server: AuthorizationServer, params: Params
) -> None:
    """A client assertion whose audience is the token endpoint earns invalid_client at the endpoint for pushes.

    Control: the same assertion for the issuer is taken.
    Means: an assertion that a malicious server obtained can be used here.
    Fix: accept the issuer as sole audience of client assertions.
    """
    pushed = _strict(authorization_server, params)
    _is_no_audience(pushed, pushed.flow.endpoint("token_endpoint"))


@requirement("RFC7523BIS-5-a")
def test_a_push_with_an_assertion_for_the_endpoint_is_refused(
    authorization_server: AuthorizationServer, params: Params
) -> None:
    """A client assertion whose audience is the endpoint for pushes earns invalid_client there.

    Control: the same assertion for the issuer is taken.
    Means: an assertion that a malicious server obtained can be used here.
    Fix: accept the issuer as sole audience of client assertions.
    """
    pushed = _strict(authorization_server, params)
    _is_no_audience(pushed, pushed.endpoint)


def _signing(server: AuthorizationServer) -> PushedRequests:
    return pushed_requests(server, server.flow(client_by(server, "private_key_jwt")))


def _strict(server: AuthorizationServer, params: Params) -> PushedRequests:
    if params.client_assertion_audience != "issuer":
        raise NotApplicable("the profile lets assertions have other audiences than the issuer")
    return _signing(server)


def _is_no_audience(pushed: PushedRequests, audience: str) -> None:
    answer = _push_for(pushed, audience)
    if answer.error == "invalid_client":
        pushed.control()
    expect(answer).refuses_with("invalid_client")


def _push_for(pushed: PushedRequests, audience: str) -> TokenAnswer:
    request = pushed.request(pushed.flow.authorization_request())
    assertion = client_assertion(pushed.flow.client, audience)
    return pushed.flow.redeem(request.with_("client assertion for that audience", client_assertion=assertion))
