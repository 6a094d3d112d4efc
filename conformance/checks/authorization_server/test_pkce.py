"""Proof Key for Code Exchange at the token endpoint: RFC 7636, 4.1, 4.2 and 4.6."""

from conformance.catalogue import requirement
from conformance.client.flow import AuthorizationFlow
from conformance.client.pkce import ProofKey, new_proof_key, s256
from conformance.expect import TokenAnswer, expect
from conformance.vocabulary import Inconclusive

_APPENDIX_B = ProofKey(
    "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk",
    "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM",
)


@requirement("RFC7636-4.2-b")
def test_the_s256_example_of_the_specification_works(flow: AuthorizationFlow) -> None:
    """A flow with the S256 challenge and verifier of RFC 7636, Appendix B, ends with a token.

    Control: when the challenge is refused, the same request with the plain method is granted; a token request that is
    refused for another reason than the verifier is no verdict.
    Means: clients that use S256, as they have to, can't log in at all.
    Fix: implement S256: BASE64URL(SHA256(ASCII(code_verifier))) without padding equals code_challenge.
    """
    request = flow.authorization_request(_APPENDIX_B)
    answer = flow.send(request)
    if answer.code is None:
        flow.control(request.with_(code_challenge=_APPENDIX_B.verifier, code_challenge_method="plain"))
    expect(answer).grants_code()
    token = flow.redeem(flow.token_request(request, answer))
    if token.error not in (None, "invalid_grant", "invalid_request"):
        raise Inconclusive(f"the token request was refused with {token.error!r}, not for its verifier", root="token")
    expect(token).issues_token()


@requirement("RFC7636-4.2-b")
def test_s256_covers_the_longest_code_verifier(flow: AuthorizationFlow) -> None:
    """The S256 challenge of a code_verifier of 128 characters, the longest allowed, is matched by that verifier.

    Control: a flow with a verifier of 43 characters ends with a token.
    Means: clients that use long verifiers, which RFC 7636 allows, can't log in.
    Fix: hash the whole code_verifier, and leave room for 128 characters wherever it is kept.
    """
    expect(_redeemed_with(flow, new_proof_key(128))).issues_token()


@requirement("RFC7636-4.6-a")
def test_a_verifier_of_every_allowed_character_is_accepted(flow: AuthorizationFlow) -> None:
    """A matching code_verifier is accepted whatever unreserved characters it is made of.

    Control: a flow with a verifier of letters, digits, "-" and "_" ends with a token.
    Means: clients whose verifiers hold "." or "~", which RFC 7636 allows, are refused at random.
    Fix: accept A-Z a-z 0-9 - . _ ~ in code_verifier; better still, compare only the hash.
    """
    verifier = "-._~" + new_proof_key(43).verifier + "~_.-"
    expect(_redeemed_with(flow, ProofKey(verifier, s256(verifier)))).issues_token()


@requirement("RFC7636-4.6-b")
def test_a_wrong_code_verifier_is_refused(flow: AuthorizationFlow) -> None:
    """A token request with a verifier that doesn't match the challenge earns invalid_grant.

    Control: a code of the same client redeemed with its own verifier gives a token.
    Means: PKCE protects nothing: an intercepted code is enough to get the user's token.
    Fix: compare BASE64URL(SHA256(code_verifier)) with the stored challenge and refuse with invalid_grant.
    """
    wrong = new_proof_key().verifier
    answer = flow.refused_only_when(lambda good: good.with_("code_verifier of no flow at all", code_verifier=wrong))
    expect(answer).refuses_with("invalid_grant")
    expect(answer).has_status(400)


@requirement("RFC7636-4.1-c")
def test_a_code_verifier_of_42_characters_is_refused(flow: AuthorizationFlow) -> None:
    """A code_verifier that is shorter than 43 characters is refused even when it matches its challenge.

    Control: a flow with a verifier of 43 characters ends with a token.
    Means: a client with guessable verifiers goes unnoticed; RFC 7636 asks the sender for 43 to 128 characters.
    Fix: check the length of code_verifier before hashing it and refuse with invalid_grant or invalid_request.
    """
    expect(_redeemed_with(flow, new_proof_key(42))).refuses_with("invalid_grant", "invalid_request")


@requirement("RFC7636-4.1-c")
def test_a_code_verifier_of_129_characters_is_refused(flow: AuthorizationFlow) -> None:
    """A code_verifier that is longer than 128 characters is refused even when it matches its challenge.

    Control: a flow with a verifier of 43 characters ends with a token.
    Means: the server hashes whatever is sent, of any length; RFC 7636 allows 128 characters.
    Fix: check the length of code_verifier before hashing it and refuse with invalid_grant or invalid_request.
    """
    expect(_redeemed_with(flow, new_proof_key(129))).refuses_with("invalid_grant", "invalid_request")


@requirement("RFC7636-4.1-c")
def test_a_code_verifier_with_an_illegal_character_is_refused(flow: AuthorizationFlow) -> None:
    """A code_verifier with a character outside the unreserved ones is refused even when it matches its challenge.

    Control: a flow with a verifier of legal characters ends with a token.
    Means: a client that breaks the syntax goes unnoticed here and fails with other servers.
    Fix: accept only A-Z a-z 0-9 - . _ ~ in code_verifier.
    """
    verifier = new_proof_key(43).verifier + "!"
    answer = _redeemed_with(flow, ProofKey(verifier, s256(verifier)))
    expect(answer).refuses_with("invalid_grant", "invalid_request")


def _redeemed_with(flow: AuthorizationFlow, key: ProofKey) -> TokenAnswer:
    """The answer to a token request with that key's verifier; the control is a flow with a usual key."""
    flow.grant()
    change = f"code_verifier of {len(key.verifier)} characters"
    return flow.redeem(flow.code_for(flow.authorization_request(key)).with_(change, code_verifier=key.verifier))
