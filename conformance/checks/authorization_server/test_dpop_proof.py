"""What the token endpoint makes of a DPoP proof: RFC 9449, 4.3, 5 and 11.1."""

from conformance.catalogue import requirement
from conformance.client import dpop
from conformance.client.authorization_server import AuthorizationServer
from conformance.client.dpop_flow import DpopFlow
from conformance.expect import expect
from conformance.vocabulary import NotApplicable
from conformance.wire.addresses import split_url


@requirement("RFC9449-4.3-a")
def test_two_proofs_in_one_token_request_are_refused(authorization_server: AuthorizationServer) -> None:
    """A token request with two DPoP headers, both of them good proofs, is refused.

    Control: the request with one proof is granted.
    Means: proxy and server may each look at another proof, so the token is bound to a key that nobody checked.
    Fix: refuse a request whose DPoP header field occurs more than once.
    """
    attempt = DpopFlow.of(authorization_server)
    attempt.granted()
    second = attempt.with_other_key().proof().with_claims("a second DPoP header")
    attempt.refused(attempt.redeem(attempt.request(), attempt.proof(), second), "a request with two proofs")


@requirement("RFC9449-4.3-b")
def test_what_is_no_jwt_is_no_proof(authorization_server: AuthorizationServer) -> None:
    """A DPoP header that holds no well-formed JWT is refused.

    Control: the request with a good proof is granted.
    Means: clients get tokens that they believe bound, and that are not.
    Fix: parse the DPoP header as a JWT in compact form, and refuse the request when that fails.
    """
    attempt = DpopFlow.of(authorization_server)
    attempt.judge_refused(dpop.malformed(attempt.proof()))


@requirement("RFC9449-4.3-b")
def test_a_proof_needs_its_claims_and_key(authorization_server: AuthorizationServer) -> None:
    """A proof without jti, htm, htu, iat or jwk is refused.

    Control: the request with all of them is granted.
    Means: what is missing can't be checked, so a captured proof is good for other requests or for ever.
    Fix: require jti, htm, htu and iat among the claims, and jwk in the header.
    """
    attempt = DpopFlow.of(authorization_server)
    attempt.judge_refused(dpop.incomplete(attempt.proof()))


@requirement("RFC9449-4.3-b")
def test_another_kind_of_jwt_is_no_proof(authorization_server: AuthorizationServer) -> None:
    """A proof whose typ is not dpop+jwt is refused.

    Control: the request with the right typ is granted.
    Means: a JWT that was made for another purpose passes for a proof.
    Fix: accept proofs with the header typ dpop+jwt only.
    """
    attempt = DpopFlow.of(authorization_server)
    attempt.judge_refused(dpop.of_another_type(attempt.proof()))


@requirement("RFC9449-4.3-c")
def test_a_proof_is_signed_asymmetrically(authorization_server: AuthorizationServer) -> None:
    """A proof with alg none, or with HS256 and a secret that is in plain view, is refused.

    Control: the request with an asymmetric signature is granted.
    Means: anybody can make such a proof, so the binding protects nothing.
    Fix: accept the algorithms of dpop_signing_alg_values_supported only, none of them none or HS*.
    """
    attempt = DpopFlow.of(authorization_server)
    attempt.judge_refused(dpop.without_asymmetric_signature(attempt.proof()))


@requirement("RFC9449-4.3-d")
def test_a_proof_is_signed_by_its_key(authorization_server: AuthorizationServer) -> None:
    """A proof with an altered signature, or signed by another key than jwk, is refused.

    Control: the request with a good signature is granted.
    Means: the thief of a proof's public key passes for its owner.
    Fix: verify the signature with the key in jwk.
    """
    attempt = DpopFlow.of(authorization_server)
    attempt.judge_refused(dpop.wrongly_signed(attempt.proof()))


@requirement("RFC9449-4.3-d")
def test_a_proof_holds_no_private_key(authorization_server: AuthorizationServer) -> None:
    """A proof whose jwk holds the private key is refused.

    Control: the same proof with the public key is granted.
    Means: a token is bound to a key that the client has just sent over the network.
    Fix: refuse a jwk with private members (d, p, q ...).
    """
    attempt = DpopFlow.of(authorization_server)
    attempt.judge_refused([dpop.with_private_key(attempt.proof())])


@requirement("RFC9449-4.3-e")
def test_a_proof_is_for_this_method(authorization_server: AuthorizationServer) -> None:
    """A proof whose htm is GET is refused in a POST to the token endpoint.

    Control: the request with htm POST is granted.
    Means: a proof that was captured elsewhere can be used for a token request.
    Fix: compare htm with the method of the request.
    """
    attempt = DpopFlow.of(authorization_server)
    attempt.judge_refused([dpop.for_another_method(attempt.proof())])


@requirement("RFC9449-4.3-e")
def test_a_proof_is_for_this_url(authorization_server: AuthorizationServer) -> None:
    """A proof whose htu has another path, host or port than the token endpoint is refused.

    Control: the request with the token endpoint as htu is granted.
    Means: a malicious resource server forwards the proofs that it is sent to the token endpoint.
    Fix: compare htu with the URL of the request, host, port and path included.
    """
    attempt = DpopFlow.of(authorization_server)
    attempt.judge_refused(dpop.for_another_url(attempt.proof()))


@requirement("RFC9449-4.3-e")
def test_the_query_of_the_request_does_not_count(authorization_server: AuthorizationServer) -> None:
    """A proof for the token endpoint is good for a request to it with a query: htu is compared without one.

    Control: a request with that query is granted without DPoP, and one with a proof is granted without the query.
    Means: clients whose token endpoint has a query, or whose proxy adds one, can't use DPoP.
    Fix: drop query and fragment before htu is compared with the URL of the request.
    """
    attempt = DpopFlow.of(authorization_server)
    attempt.granted()
    endpoint = attempt.request().endpoint
    query = ("&" if split_url(endpoint).query else "?") + "conformance=1"
    if not attempt.flow.redeem(attempt.request().to(endpoint + query)).access_token:
        raise NotApplicable("the server takes no token request with an unknown query, with or without DPoP")
    answer = attempt.redeem(attempt.request().to(endpoint + query), attempt.proof())
    expect(answer).issues_token()


@requirement("RFC9449-4.3-i")
def test_other_spellings_of_the_endpoint_are_the_same(authorization_server: AuthorizationServer) -> None:
    """A proof whose htu is spelt another way is good: scheme and host in capitals, a letter of the path encoded.

    Control: the request with the token endpoint as it is usually written is granted.
    Means: clients whose URL library writes the same URL another way get no token.
    Fix: normalise both URLs as RFC 3986, 6.2.2 and 6.2.3 say, before htu is compared.
    """
    attempt = DpopFlow.of(authorization_server)
    attempt.granted()
    for proof in dpop.for_the_same_url(attempt.proof()):
        expect(attempt.redeem(attempt.request(), proof)).issues_token()


@requirement("RFC9449-4.3-f", "RFC9449-11.1-a")
def test_an_old_proof_is_refused(authorization_server: AuthorizationServer) -> None:
    """A proof that was created a day ago is refused, unless a fresh nonce says when it was really made.

    Control: the request with a proof of now is granted.
    Means: whoever finds an old proof in a log can use it.
    Fix: accept a proof for seconds or minutes after its iat.
    """
    _judge_old_proof(authorization_server)


@requirement("RFC9449-4.3-f")
def test_a_proof_of_tomorrow_is_refused(authorization_server: AuthorizationServer) -> None:
    """A proof whose iat is a day ahead is refused, unless a fresh nonce says when it was really made.

    Control: the request with a proof of now is granted.
    Means: who once has a client's key in hand can make proofs for all time to come.
    Fix: accept an iat that lies a few seconds or minutes ahead at most.
    """
    attempt = DpopFlow.of(authorization_server)
    attempt.judge_time(dpop.created_in_future(attempt.proof()))


@requirement("RFC9449-5-a")
def test_a_wrong_proof_is_called_invalid_dpop_proof(authorization_server: AuthorizationServer) -> None:
    """A proof for another method is answered 400 with error invalid_dpop_proof.

    Control: the request with a good proof is granted.
    Means: clients can't tell that it is the proof that they have to mend.
    Fix: answer a proof that fails with 400 and error=invalid_dpop_proof.
    """
    attempt = DpopFlow.of(authorization_server)
    for answer in attempt.judge_refused([dpop.for_another_method(attempt.proof())]):
        expect(answer).has_status(400)
        expect(answer).refuses_with("invalid_dpop_proof")


def _judge_old_proof(server: AuthorizationServer) -> None:
    attempt = DpopFlow.of(server)
    attempt.judge_time(dpop.created_long_ago(attempt.proof()))
