"""Proof Key for Code Exchange: RFC 7636 at the authorization and token endpoints."""

from conformance.catalogue import requirement
from conformance.client.flow import AuthorizationFlow
from conformance.client.pkce import new_proof_key
from conformance.expect import expect


@requirement("RFC7636-4.4.1-a")
def test_a_request_without_code_challenge_is_refused(flow: AuthorizationFlow) -> None:
    """An authorization request without a code_challenge earns invalid_request, never a code.

    Control: the same request with an S256 challenge is granted.
    Means: whoever intercepts a code can redeem it, because PKCE can be switched off by leaving it out.
    Fix: refuse authorization requests that carry no code_challenge with error=invalid_request.
    """
    request = flow.authorization_request()
    flow.control(request)
    answer = flow.send(request.without("code_challenge", "code_challenge_method"))
    expect(answer).grants_no_code()
    expect(answer).redirects_with(error="invalid_request", state=request.state)


@requirement("RFC7636-4.6-b")
def test_a_wrong_code_verifier_is_refused(flow: AuthorizationFlow) -> None:
    """A token request with a verifier that doesn't match the challenge earns invalid_grant.

    Control: a code of the same client redeemed with its own verifier gives a token.
    Means: PKCE protects nothing: an intercepted code is enough to get the user's token.
    Fix: compare BASE64URL(SHA256(code_verifier)) with the stored challenge and refuse with invalid_grant.
    """
    other = new_proof_key().verifier
    answer = flow.refused_only_when(lambda good: good.with_("code_verifier of another flow", code_verifier=other))
    expect(answer).refuses_with("invalid_grant")
    expect(answer).has_status(400)
