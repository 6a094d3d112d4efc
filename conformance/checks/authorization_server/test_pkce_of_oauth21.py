"""Proof Key for Code Exchange as OAuth 2.1 has it: 3.2.4, 4.1.1, 4.1.2, 4.1.2.1, 4.1.3 and 7.5.2."""

from conformance.catalogue import requirement
from conformance.client.authorization_server import AuthorizationServer
from conformance.client.downgrade import plain_challenge, verifier_without_challenge, without_challenge
from conformance.client.flow import AuthorizationFlow
from conformance.expect import expect
from conformance.profiles import Params
from conformance.vocabulary import NotApplicable, Violation


@requirement("OAUTH21-4.1.1-b")
def test_a_public_client_gets_no_code_without_challenge(authorization_server: AuthorizationServer) -> None:
    """An authorization request of a public client without code_challenge gets no code.

    Control: the same request with an S256 challenge is granted.
    Means: whoever intercepts a code can redeem it, because PKCE can be switched off by leaving it out.
    Fix: refuse authorization requests that carry no code_challenge.
    """
    expect(without_challenge(authorization_server.public_flow())).grants_no_code()


@requirement("OAUTH21-4.1.1-c")
def test_a_challenge_without_method_is_refused(flow: AuthorizationFlow, params: Params) -> None:
    """An authorization request with code_challenge and without code_challenge_method gets no code.

    Control: the same request with code_challenge_method=S256 is granted.
    Means: client and server may disagree about what the challenge is; by older rules it is its own verifier.
    Fix: refuse requests without code_challenge_method with error=invalid_request.
    """
    if "plain" in params.code_challenge_methods:
        raise NotApplicable("under this profile a challenge without method means plain, as RFC 7636 has it")
    request = flow.authorization_request()
    flow.control(request)
    expect(flow.send(request.without("code_challenge_method"))).grants_no_code()


@requirement("OAUTH21-4.1.1-c")
def test_only_s256_is_accepted(flow: AuthorizationFlow, params: Params) -> None:
    """An authorization request with code_challenge_method=plain gets no code.

    Control: the same request with S256 is granted.
    Means: whoever sees the authorization request (history, logs, referrer) has the verifier and can redeem the code.
    Fix: accept S256 only and refuse plain with error=invalid_request.
    """
    if "plain" in params.code_challenge_methods:
        raise NotApplicable("under this profile plain may be offered, as RFC 7636 allows")
    expect(plain_challenge(flow)).grants_no_code()


@requirement("OAUTH21-7.5.2-a")
def test_plain_is_neither_offered_nor_accepted(
    authorization_server: AuthorizationServer, flow: AuthorizationFlow
) -> None:
    """The metadata does not list plain, and a request with a plain challenge gets no code.

    Control: the same request with S256 is granted.
    Means: clients may choose a method that protects nothing once the authorization request leaks.
    Fix: remove plain from code_challenge_methods_supported and refuse it with error=invalid_request.
    """
    methods = authorization_server.metadata().value.get("code_challenge_methods_supported", [])
    if "plain" in methods:
        raise Violation("the plain method is offered", expected="S256 only", observed=f"{methods!r}")
    expect(plain_challenge(flow)).grants_no_code()


@requirement("OAUTH21-4.1.2.1-c")
def test_a_missing_challenge_is_an_invalid_request(authorization_server: AuthorizationServer) -> None:
    """An authorization request of a public client without code_challenge earns error=invalid_request.

    Control: the same request with an S256 challenge is granted.
    Means: the client is not told that it has to use PKCE, or is not refused at all.
    Fix: redirect with error=invalid_request and the request's state.
    """
    expect(without_challenge(authorization_server.public_flow())).redirects_with(error="invalid_request")


@requirement("OAUTH21-4.1.2.1-d")
def test_an_unsupported_challenge_method_is_an_invalid_request(flow: AuthorizationFlow) -> None:
    """An authorization request with a code_challenge_method that nobody supports earns error=invalid_request.

    Control: the same request with S256 is granted.
    Means: the server falls back to a weaker transformation, or to none, than the client asked for.
    Fix: refuse every code_challenge_method that you don't support with error=invalid_request.
    """
    request = flow.authorization_request()
    flow.control(request)
    expect(flow.send(request.with_(code_challenge_method="S999"))).redirects_with(error="invalid_request")


@requirement("OAUTH21-3.2.4-d")
def test_a_verifier_without_challenge_is_an_invalid_request(
    authorization_server: AuthorizationServer, params: Params
) -> None:
    """A code_verifier for a code whose request carried no challenge earns error=invalid_request.

    Control: another such code, redeemed without a verifier, gives a token.
    Means: clients can't tell this downgrade from an expired code.
    Fix: refuse with error=invalid_request.
    """
    if not params.oauth21_error_codes:
        raise NotApplicable("under this profile any error code will do (OAUTH21-4.1.3-b)")
    expect(verifier_without_challenge(authorization_server)).refuses_with("invalid_request")
