"""Proof Key for Code Exchange at the authorization endpoint: RFC 7636, 4.3, 4.4.1 and 7.2."""

from conformance.catalogue import requirement
from conformance.client.authorization_server import AuthorizationServer
from conformance.client.flow import AuthorizationFlow
from conformance.expect import AuthorizationAnswer, expect
from conformance.profiles import Params
from conformance.vocabulary import NotApplicable, Violation

_NOT_REQUIRED = "the server does not require PKCE, and neither does this profile"


@requirement("RFC7636-4.4.1-a")
def test_a_request_without_code_challenge_is_refused(authorization_server: AuthorizationServer, params: Params) -> None:
    """An authorization request of a public client without a code_challenge earns invalid_request, never a code.

    Control: the same request with an S256 challenge is granted.
    Means: whoever intercepts a code can redeem it, because PKCE can be switched off by leaving it out.
    Fix: refuse authorization requests that carry no code_challenge with error=invalid_request.
    """
    flow = authorization_server.public_flow()
    request = flow.authorization_request()
    flow.control(request)
    answer = flow.send(request.without("code_challenge", "code_challenge_method"))
    if answer.code and not params.pkce_required:
        raise NotApplicable(_NOT_REQUIRED)
    expect(answer).grants_no_code()
    expect(answer).redirects_with(error="invalid_request", state=request.state)


@requirement("RFC7636-4.4.1-b")
def test_the_refusal_says_that_a_code_challenge_is_required(
    authorization_server: AuthorizationServer, params: Params
) -> None:
    """The error for a missing code_challenge comes with an error_description or error_uri.

    Control: the same request with an S256 challenge is granted.
    Means: a client's developer sees a bare invalid_request and has to guess that PKCE is missing.
    Fix: send error_description with this error, such as "code_challenge required".
    """
    flow = authorization_server.public_flow()
    request = flow.authorization_request()
    flow.control(request)
    answer = flow.send(request.without("code_challenge", "code_challenge_method"))
    if answer.code and not params.pkce_required:
        raise NotApplicable(_NOT_REQUIRED)
    _expect_explained(answer)


@requirement("RFC7636-4.4.1-c")
def test_an_unknown_challenge_method_is_refused(flow: AuthorizationFlow) -> None:
    """An authorization request with a code_challenge_method that nobody supports earns invalid_request.

    Control: the same request with S256 is granted.
    Means: the server falls back to a weaker transformation, or to none, than the client asked for.
    Fix: refuse every code_challenge_method outside code_challenge_methods_supported with error=invalid_request.
    """
    request = flow.authorization_request()
    flow.control(request)
    answer = flow.send(request.with_(code_challenge_method="S999"))
    expect(answer).grants_no_code()
    expect(answer).redirects_with(error="invalid_request", state=request.state)


@requirement("RFC7636-4.4.1-d")
def test_the_refusal_says_that_the_method_is_unsupported(flow: AuthorizationFlow) -> None:
    """The error for an unsupported code_challenge_method comes with an error_description or error_uri.

    Control: the same request with S256 is granted.
    Means: a client's developer sees a bare invalid_request and has to guess that the method is not supported.
    Fix: send error_description with this error, such as "transform algorithm not supported".
    """
    request = flow.authorization_request()
    flow.control(request)
    _expect_explained(flow.send(request.with_(code_challenge_method="S999")))


@requirement("RFC7636-4.3-b")
def test_a_challenge_without_method_is_never_taken_for_s256(flow: AuthorizationFlow) -> None:
    """A code_challenge without code_challenge_method is refused or means plain; it is never read as S256.

    Control: the same request with code_challenge_method=S256 is granted and its verifier accepted.
    Means: client and server disagree about what the challenge is, and a client that means plain can't log in.
    Fix: refuse requests without code_challenge_method, or compare the verifier itself with such a challenge.
    """
    flow.grant()
    request = flow.authorization_request().without("code_challenge_method")
    answer = flow.send(request)
    expect(answer).has_no_server_error()
    if answer.code is None:
        return
    expect(flow.redeem(flow.token_request(request, answer))).issues_no_token()


@requirement("RFC7636-7.2-b")
def test_plain_is_not_advertised(authorization_server: AuthorizationServer) -> None:
    """The metadata does not list plain among code_challenge_methods_supported.

    Means: clients may choose a method that protects nothing once the authorization request leaks.
    Fix: remove plain from code_challenge_methods_supported.
    """
    methods = authorization_server.metadata().strings("code_challenge_methods_supported")
    if "plain" in methods:
        raise Violation(
            "the plain method is advertised",
            expected="code_challenge_methods_supported without plain",
            observed=f"code_challenge_methods_supported: {methods!r}",
        )


@requirement("RFC7636-7.2-b")
def test_a_plain_challenge_is_refused(flow: AuthorizationFlow) -> None:
    """An authorization request with code_challenge_method=plain gets no code.

    Control: the same request with S256 is granted.
    Means: whoever sees the authorization request (history, logs, referrer) has the verifier and can redeem the code.
    Fix: accept S256 only and refuse plain with error=invalid_request.
    """
    request = flow.authorization_request()
    flow.control(request)
    verifier = request.proof_key.verifier
    change = "code_challenge_method=plain with the verifier as code_challenge"
    answer = flow.send(request.with_(change, code_challenge=verifier, code_challenge_method="plain"))
    expect(answer).grants_no_code()
    expect(answer).has_no_server_error()


def _expect_explained(answer: AuthorizationAnswer) -> None:
    if answer.error is None or not (answer.parameter("error_description") or answer.parameter("error_uri")):
        raise Violation(
            "the error is not explained",
            expected="an error redirect with error_description or error_uri",
            observed=answer.described(),
        )
