"""Proof Key for Code Exchange, what ties a code to its challenge: RFC 7636, 4.4, 4.5 and 7.2."""

from base64 import urlsafe_b64decode

from conformance.catalogue import requirement
from conformance.client.disclosure import discloses
from conformance.client.flow import AuthorizationFlow
from conformance.expect import expect
from conformance.vocabulary import NotApplicable, Violation


@requirement("RFC7636-4.4-a")
def test_the_verifier_of_a_parallel_flow_is_refused(flow: AuthorizationFlow) -> None:
    """A code is redeemed only with its own verifier, not with that of another open flow of the same client.

    Control: the other flow's code is redeemed with that verifier afterwards.
    Means: an attacker starts a flow of his own in the same app and redeems the victim's code with his verifier.
    Fix: store the challenge with the code it belongs to, not with the session or the client.
    """
    victim, attacker = flow.code_for(), flow.code_for()
    verifier = attacker.get("code_verifier")
    answer = flow.redeem(victim.with_("code_verifier of a parallel flow of this client", code_verifier=verifier))
    flow.control_redeem(attacker)
    expect(answer).refuses_with("invalid_grant", "invalid_request")


@requirement("RFC7636-4.4-a", "RFC9700-2.1.1-c", "OAUTH21-4.1.3-b")
def test_a_code_with_challenge_is_not_redeemed_without_verifier(flow: AuthorizationFlow) -> None:
    """A code whose request carried a challenge is not redeemed by a token request without code_verifier.

    Control: another code of the client, redeemed with its verifier, gives a token.
    Means: PKCE protects nothing: the thief of a code simply leaves the verifier out.
    Fix: when a challenge is stored with the code, refuse a token request without code_verifier.
    """
    answer = flow.refused_only_when(lambda good: good.without("code_verifier"))
    expect(answer).refuses_with("invalid_grant", "invalid_request")


@requirement("RFC7636-4.4-a")
def test_a_code_with_challenge_is_not_redeemed_with_an_empty_verifier(flow: AuthorizationFlow) -> None:
    """A code whose request carried a challenge is not redeemed by a token request with an empty code_verifier.

    Control: another code of the client, redeemed with its verifier, gives a token.
    Means: PKCE protects nothing: the thief of a code sends an empty verifier.
    Fix: treat an empty code_verifier like a missing one and refuse the request.
    """
    answer = flow.refused_only_when(lambda good: good.with_("code_verifier emptied", code_verifier=""))
    expect(answer).refuses_with("invalid_grant", "invalid_request")


@requirement("RFC7636-4.5-b")
def test_the_challenge_itself_is_no_verifier_under_s256(flow: AuthorizationFlow) -> None:
    """A code bound to S256 is not redeemed with the code_challenge as code_verifier, as plain would allow.

    Control: another code of the client, redeemed with its verifier, gives a token.
    Means: whoever saw the authorization request can redeem the code, for the challenge in it is the key.
    Fix: store code_challenge_method with the code and verify by that method alone.
    """
    flow.grant()
    request = flow.authorization_request()
    change = "code_verifier set to the code_challenge"
    token_request = flow.code_for(request).with_(change, code_verifier=request.proof_key.challenge)
    expect(flow.redeem(token_request)).refuses_with("invalid_grant", "invalid_request")


@requirement("RFC7636-4.4-b", "OAUTH21-4.1.2-e")
def test_the_challenge_cannot_be_read_in_the_authorization_response(flow: AuthorizationFlow) -> None:
    """No parameter of the authorization response, decoded in the usual ways, holds the code_challenge.

    Means: a stateless code that carries its challenge in the clear tells others what it is bound to.
    Fix: keep the challenge on the server, or encrypt it inside the code.
    """
    request = flow.authorization_request()
    answer = flow.control(request)
    challenge = request.proof_key.challenge
    digest = urlsafe_b64decode(challenge + "=")
    for name, values in answer.parameters.items():
        if any(discloses(value, challenge.encode(), digest) for value in values):
            raise Violation(
                f"the code_challenge can be read in {name}",
                expected=f"a {name} that tells nothing about the code_challenge",
                observed=f"{name} holds the code_challenge of the request",
            )


@requirement("RFC7636-7.2-c")
def test_a_plain_challenge_cannot_be_read_in_the_code(flow: AuthorizationFlow) -> None:
    """Where plain is accepted, the code does not hold the challenge in a readable form.

    Control: the same request with S256 is granted.
    Means: the code brings its own verifier along, so an intercepted code can be redeemed by anybody.
    Fix: refuse plain; where it has to stay, keep the challenge on the server or encrypt it inside the code.
    """
    request = flow.authorization_request()
    flow.control(request)
    verifier = request.proof_key.verifier
    change = "code_challenge_method=plain with the verifier as code_challenge"
    answer = flow.send(request.with_(change, code_challenge=verifier, code_challenge_method="plain"))
    if answer.code is None:
        raise NotApplicable("the server refuses plain challenges")
    if discloses(answer.code, verifier.encode()):
        raise Violation(
            "the plain code_challenge can be read in the code",
            expected="a code that tells nothing about the code_challenge",
            observed="the code holds the code_challenge, which is the verifier",
        )
