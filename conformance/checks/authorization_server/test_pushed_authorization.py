"""Pushed authorization requests: RFC 9126, 2.1 to 2.3 and 4; rfc7523bis, 5."""

from conformance.catalogue import requirement
from conformance.client.authorization_server import AuthorizationServer, unguessable
from conformance.client.guessing import judge_unguessable
from conformance.client.identity import basic
from conformance.client.pushed import expired_push, pushed_requests
from conformance.client.requests import FormRequest
from conformance.client.second_client import SECRET_METHODS, client_by, confidential_flow, other_flow
from conformance.expect import expect
from conformance.vocabulary import NotApplicable, Violation
from conformance.wire import HttpRequest

_LEAST_BITS = 128


@requirement("RFC9126-2.2-a")
def test_a_push_is_answered_with_a_reference(authorization_server: AuthorizationServer) -> None:
    """A good push is answered 201 with a JSON object that has request_uri and a positive whole expires_in.

    Means: clients that follow the specification don't recognise the answer.
    Fix: answer 201, application/json, with request_uri and expires_in in seconds as a number.
    """
    push = pushed_requests(authorization_server).control()
    expect(push.answer).has_status(201).has_media_type("application/json")
    seconds = push.expires_in
    if isinstance(seconds, bool) or not isinstance(seconds, int) or seconds <= 0:
        raise Violation(
            "expires_in is no positive whole number",
            expected="expires_in: a positive whole number of seconds",
            observed=f"expires_in: {seconds!r}",
        )


@requirement("RFC9126-2.2-a")
def test_a_request_uri_cannot_be_guessed(authorization_server: AuthorizationServer) -> None:
    """Request URIs differ from each other in at least 128 bits.

    Means: an attacker can guess the reference of somebody else's authorization request.
    Fix: make the last part of request_uri from a cryptographic random generator, 16 bytes or more.
    """
    pushed = pushed_requests(authorization_server)
    judge_unguessable("request URIs", [pushed.control().request_uri or "" for _ in range(3)], _LEAST_BITS)


@requirement("RFC9126-2.2-a")
def test_a_request_uri_is_good_for_its_own_client_only(authorization_server: AuthorizationServer) -> None:
    """An authorization request with the request_uri of another client gets no code.

    Control: the client that pushed a request is granted a code for it.
    Means: whoever learns a request_uri can start the authorization of one client in the name of another.
    Fix: keep the client_id with the pushed request and compare it at the authorization endpoint.
    """
    flow = authorization_server.flow()
    pushed = pushed_requests(authorization_server, flow)
    other = other_flow(authorization_server, flow, public=False).client
    pushed.granted()
    push = pushed.control()
    request = pushed.reference(push).with_("client_id of another client", client_id=other.client_id)
    expect(pushed.visit(push, request)).grants_no_code()


@requirement("RFC9126-2.1-a")
def test_a_push_without_the_clients_secret_is_refused(authorization_server: AuthorizationServer) -> None:
    """A push of a confidential client that only names itself earns invalid_client.

    Control: the same push with the client's authentication is taken.
    Means: anybody can push requests in the name of a client that has credentials.
    Fix: authenticate the client at this endpoint as at the token endpoint.
    """
    pushed = pushed_requests(authorization_server, confidential_flow(authorization_server))
    push = pushed.control()
    bare = push.request.without("client_secret", "client_assertion", "client_assertion_type")
    nobody = FormRequest(bare.endpoint, bare.parameters, (), ("client authentication removed",))
    expect(pushed.flow.redeem(nobody)).refuses_with("invalid_client")


@requirement("RFC9126-2.1-a")
def test_a_push_with_a_wrong_secret_is_refused(authorization_server: AuthorizationServer) -> None:
    """A push of a client with a secret that sends a wrong one earns invalid_client.

    Control: the same push with the client's secret is taken.
    Means: anybody can push requests in the name of a client that has credentials.
    Fix: authenticate the client at this endpoint as at the token endpoint.
    """
    client = client_by(authorization_server, *SECRET_METHODS)
    pushed = pushed_requests(authorization_server, authorization_server.flow(client))
    push, wrong = pushed.control().request, unguessable("wrong-")
    if push.get("client_secret") is None:
        push = push.with_headers("a wrong secret", ("Authorization", basic(client.client_id, wrong)))
    else:
        push = push.with_("a wrong secret", client_secret=wrong)
    expect(pushed.flow.redeem(push)).refuses_with("invalid_client")


@requirement("RFC9126-2.1-a")
def test_a_push_with_a_request_uri_is_refused(authorization_server: AuthorizationServer) -> None:
    """A push that has a request_uri parameter itself is refused.

    Control: the same push without request_uri is taken.
    Means: requests can be hidden behind chains of references, or the server is made to fetch an address.
    Fix: refuse pushes with request_uri as invalid_request.
    """
    pushed = pushed_requests(authorization_server)
    push = pushed.control()
    nested = push.request.with_("request_uri of an earlier push added", request_uri=push.request_uri)
    codes = ("invalid_request", "invalid_request_uri", "request_uri_not_supported", "invalid_request_object")
    expect(pushed.flow.redeem(nested)).refuses_with(*codes)


@requirement("RFC9126-2.1-a")
def test_a_pushed_request_is_judged_like_any_other(authorization_server: AuthorizationServer) -> None:
    """A pushed request with a response_type that nobody knows is refused, when pushed or when referred to.

    Control: the same request with response_type=code is pushed and granted.
    Means: what the authorization endpoint refuses gets in by the back door.
    Fix: run every judgement of an authorization request over pushed requests too.
    """
    pushed = pushed_requests(authorization_server)
    pushed.granted()
    wrong = pushed.flow.authorization_request().with_(response_type=unguessable("unknown-"))
    push, answer = pushed.outcome(wrong)
    if answer is None:
        expect(push.answer).refuses_with("invalid_request", "unsupported_response_type")
    else:
        expect(answer).grants_no_code()


@requirement("RFC9126-2.3-a")
def test_only_post_pushes(authorization_server: AuthorizationServer) -> None:
    """A GET at the endpoint for pushed requests is answered 405.

    Control: a POST is taken.
    Means: clients get a misleading error; requests with their parameters may end up in logs.
    Fix: answer every method but POST with 405.
    """
    pushed = pushed_requests(authorization_server)
    pushed.control()
    change = ("GET instead of POST",)
    response = pushed.flow.wire.send(HttpRequest("GET", pushed.endpoint, changes=change))
    expect(response).has_status(405)


@requirement("RFC9126-4-b")
def test_pushing_does_not_get_around_pkce(authorization_server: AuthorizationServer) -> None:
    """Where a request without code_challenge is refused, a pushed one gets no code either.

    Control: the same request with a challenge is pushed and granted.
    Means: PKCE can be switched off by pushing the request.
    Fix: judge pushed requests exactly as those in the query.
    """
    pushed = pushed_requests(authorization_server)
    flow = pushed.flow
    bare = flow.authorization_request().without("code_challenge", "code_challenge_method")
    if flow.send(bare).code is not None:
        raise NotApplicable("the server grants codes without code_challenge to this client")
    pushed.granted()
    _, answer = pushed.outcome(flow.authorization_request().without("code_challenge", "code_challenge_method"))
    if answer is not None:
        expect(answer).grants_no_code()


@requirement("RFC9126-4-c")
def test_a_request_uri_is_good_once(authorization_server: AuthorizationServer) -> None:
    """A request_uri that a code was granted for gives no second code in another browser.

    Control: the first use is granted.
    Means: who finds a request_uri in a log or a history can start the same authorization again.
    Fix: mark the pushed request used when its authorization ends.
    """
    pushed = pushed_requests(authorization_server)
    push = pushed.control()
    pushed.granted(push)
    expect(pushed.visit(push, fresh=True)).grants_no_code()


@requirement("RFC9126-4-a", waits=True)
def test_an_expired_request_uri_is_refused(authorization_server: AuthorizationServer) -> None:
    """A request_uri gives no code after its expires_in seconds.

    Control: a fresh request_uri of the same client gives one.
    Means: requests lie around for ever, for whoever finds their reference.
    Fix: keep the time of expiry with the pushed request and compare it.
    """
    pushed, push = expired_push(authorization_server)
    pushed.granted()
    request = pushed.reference(push).with_("sent after its expires_in")
    expect(pushed.visit(push, request)).grants_no_code()
