"""Proof Key for Code Exchange by the best current practice: RFC 9700, 2.1.1 and 4.8.2."""

from conformance.catalogue import requirement
from conformance.client.authorization_server import AuthorizationServer
from conformance.client.downgrade import verifier_without_challenge
from conformance.client.flow import AuthorizationFlow
from conformance.client.pkce import new_proof_key
from conformance.expect import expect


@requirement("RFC9700-2.1.1-b")
def test_pkce_is_supported(flow: AuthorizationFlow) -> None:
    """A flow with an S256 challenge ends with a token, for short and for long code_verifiers.

    Control: the authorization request is granted.
    Means: clients that use PKCE, as they should, can't log in.
    Fix: implement S256 for code_verifiers of 43 to 128 characters.
    """
    expect(flow.redeem(flow.code_for())).issues_token()
    key = new_proof_key(128)
    expect(flow.redeem(flow.code_for(flow.authorization_request(key)))).issues_token()


@requirement("RFC9700-2.1.1-c", "OAUTH21-4.1.1-b")
def test_a_code_is_not_redeemed_with_another_verifier(flow: AuthorizationFlow) -> None:
    """A code whose request carried a challenge is not redeemed with the code_verifier of no flow at all.

    Control: another code of the client, redeemed with its verifier, gives a token.
    Means: PKCE protects nothing: an intercepted code is enough to get the user's token.
    Fix: compare BASE64URL(SHA256(code_verifier)) with the stored challenge and refuse with invalid_grant.
    """
    wrong = new_proof_key().verifier
    answer = flow.refused_only_when(lambda good: good.with_("code_verifier of no flow at all", code_verifier=wrong))
    expect(answer).refuses_with("invalid_grant", "invalid_request")


@requirement("RFC9700-2.1.1-d", "OAUTH21-4.1.3-b")
def test_a_stripped_challenge_is_noticed(authorization_server: AuthorizationServer) -> None:
    """A code whose request carried no challenge is not redeemed by a token request with a code_verifier.

    Control: another such code, redeemed without a verifier, gives a token.
    Means: an attacker strips the challenge from the victim's request, and the client does not notice (downgrade).
    Fix: when no challenge is stored with the code, refuse a token request that has a code_verifier.
    """
    expect(verifier_without_challenge(authorization_server)).refuses_with("invalid_request", "invalid_grant")
