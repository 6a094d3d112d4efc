"""What a protected resource makes of a DPoP proof: RFC 9449, 4.3 and 11.1; the MCP extension for DPoP."""

import time
from dataclasses import replace

from conformance.catalogue import requirement
from conformance.client import dpop
from conformance.client.dpop_trial import DpopTrial
from conformance.client.mcp import is_result
from conformance.client.refusal import Refusal
from conformance.vocabulary import NotApplicable, Violation
from conformance.wire.addresses import split_url

_SIX_MINUTES = 360


@requirement("RFC9449-4.3-a")
def test_two_proofs_in_one_request_are_refused(proof_trial: DpopTrial) -> None:
    """A request with two DPoP headers, both of them good proofs, is refused.

    Control: the request with one proof is served.
    Means: proxy and server may each look at another proof.
    Fix: refuse a request whose DPoP header field occurs more than once.
    """
    proof_trial.control()
    second = proof_trial.proof().with_claims("a second DPoP header")
    proof_trial.refused(proof_trial.send(proof_trial.proof(), second), "two proofs")


@requirement("RFC9449-4.3-b")
def test_a_header_that_is_no_jwt_gives_no_access(proof_trial: DpopTrial) -> None:
    """A DPoP header that holds no well-formed JWT is refused.

    Control: the request with a good proof is served.
    Means: a stolen token works with any text for a proof.
    Fix: parse the DPoP header as a JWT in compact form, and refuse the request when that fails.
    """
    proof_trial.refusals(dpop.malformed(proof_trial.proof()))


@requirement("RFC9449-4.3-b")
def test_a_presented_proof_needs_its_claims_and_key(proof_trial: DpopTrial) -> None:
    """A proof without jti, htm, htu, iat or jwk is refused.

    Control: the request with all of them is served.
    Means: what is missing can't be checked, so a captured proof is good for other requests or for ever.
    Fix: require jti, htm, htu and iat among the claims, and jwk in the header.
    """
    proof_trial.refusals(dpop.incomplete(proof_trial.proof()))


@requirement("RFC9449-4.3-b")
def test_another_kind_of_jwt_is_no_proof_of_possession(proof_trial: DpopTrial) -> None:
    """A proof whose typ is not dpop+jwt is refused.

    Control: the request with the right typ is served.
    Means: a JWT that was made for another purpose passes for a proof.
    Fix: accept proofs with the header typ dpop+jwt only.
    """
    proof_trial.refusals(dpop.of_another_type(proof_trial.proof()))


@requirement("RFC9449-4.3-c")
def test_a_presented_proof_is_signed_asymmetrically(proof_trial: DpopTrial) -> None:
    """A proof with alg none, or with HS256 and a secret that is in plain view, is refused.

    Control: the request with an asymmetric signature is served.
    Means: anybody can make such a proof, so the binding protects nothing.
    Fix: accept a list of asymmetric algorithms, and nothing else.
    """
    proof_trial.refusals(dpop.without_asymmetric_signature(proof_trial.proof()))


@requirement("RFC9449-4.3-d")
def test_a_presented_proof_is_signed_by_its_key(proof_trial: DpopTrial) -> None:
    """A proof with an altered signature, or signed by another key than jwk, is refused.

    Control: the request with a good signature is served.
    Means: the thief of a token needs only the public key, which every proof shows.
    Fix: verify the signature with the key in jwk.
    """
    good = proof_trial.proof()
    altered, _ = dpop.wrongly_signed(good)
    thief = proof_trial.key.fresh((proof_trial.key.algorithm,))
    forged = dpop.DpopProof(thief, good.header, good.claims, "a proof with the owner's jwk, signed by another key")
    proof_trial.refusals([altered, forged])


@requirement("RFC9449-4.3-d")
def test_a_presented_proof_holds_no_private_key(proof_trial: DpopTrial) -> None:
    """A proof whose jwk holds the private key is refused.

    Control: the same proof with the public key is served.
    Means: clients that give their key away with every request are never told.
    Fix: refuse a jwk with private members (d, p, q ...).
    """
    proof_trial.refusals([dpop.with_private_key(proof_trial.proof())])


@requirement("RFC9449-4.3-e")
def test_a_presented_proof_is_for_this_method(proof_trial: DpopTrial) -> None:
    """A proof for another HTTP method than that of the request is refused.

    Control: the request with its own method in htm is served.
    Means: a captured proof for reading can be used for writing.
    Fix: compare htm with the method of the request.
    """
    proof_trial.refusals([dpop.for_another_method(proof_trial.proof())])


@requirement("RFC9449-4.3-e")
def test_a_presented_proof_is_for_this_url(proof_trial: DpopTrial) -> None:
    """A proof for another path, or another host, than that of the request is refused.

    Control: the request with its own URL in htu is served.
    Means: a malicious server forwards to this one the token and proof that it was sent.
    Fix: compare htu with the URL of the request, host and path included.
    """
    proof_trial.refusals(dpop.for_another_url(proof_trial.proof()))


@requirement("RFC9449-4.3-e")
def test_query_and_fragment_of_htu_do_not_count(proof_trial: DpopTrial) -> None:
    """A proof whose htu has a query and a fragment is good: htu is compared without them.

    Control: the same proof without them is served.
    Means: clients that copy the whole URL into htu are locked out.
    Fix: drop query and fragment before htu is compared with the URL of the request.
    """
    proof_trial.control()
    proof = proof_trial.proof()
    if split_url(str(proof.claims["htu"])).query:
        raise NotApplicable("the URL of the server has a query of its own")
    _expect_served(proof_trial, proof.with_claims("query and fragment in htu", htu=f"{proof.claims['htu']}?a=b#c"))


@requirement("RFC9449-4.3-i")
def test_other_spellings_of_the_url_are_the_same_url(proof_trial: DpopTrial) -> None:
    """A proof whose htu is spelt another way is good: scheme and host in capitals, a letter of the path encoded.

    Control: the same proof with the URL as it is usually written is served.
    Means: clients whose URL library writes the same URL another way are locked out.
    Fix: normalise both URLs as RFC 3986, 6.2.2 and 6.2.3 say, before htu is compared.
    """
    proof_trial.control()
    for proof in dpop.for_the_same_url(proof_trial.proof()):
        _expect_served(proof_trial, proof)


@requirement("RFC9449-4.3-f", "RFC9449-11.1-a")
def test_a_presented_proof_of_yesterday_is_refused(proof_trial: DpopTrial) -> None:
    """A proof that was created a day ago is refused, unless a fresh nonce says when it was really made.

    Control: the request with a proof of now is served.
    Means: whoever finds token and proof in an old log can use them.
    Fix: accept a proof for seconds or minutes after its iat.
    """
    proof_trial.judge_time(dpop.created_long_ago(proof_trial.proof()))


@requirement("RFC9449-4.3-f")
def test_a_presented_proof_of_tomorrow_is_refused(proof_trial: DpopTrial) -> None:
    """A proof whose iat is a day ahead is refused, unless a fresh nonce says when it was really made.

    Control: the request with a proof of now is served.
    Means: who once has a client's key in hand can make proofs for all time to come.
    Fix: accept an iat that lies a few seconds or minutes ahead at most.
    """
    proof_trial.judge_time(dpop.created_in_future(proof_trial.proof()))


@requirement("EXTDPOP-02")
def test_a_proof_beyond_five_minutes_is_refused(proof_trial: DpopTrial) -> None:
    """A proof whose iat is six minutes away from now, either way, is refused.

    Control: the request with a proof of now is served.
    Means: token and proof from a log can be used for longer than MCP clients are told.
    Fix: compare iat with the clock and refuse what is further away than five minutes.
    """
    for seconds in (-_SIX_MINUTES, _SIX_MINUTES):
        proof_trial.judge_time(_shifted(proof_trial, seconds))


@requirement("RFC9449-4.3-g")
def test_a_proof_is_for_this_token(proof_trial: DpopTrial) -> None:
    """A proof whose ath is missing, or is the hash of another token, is refused.

    Control: the same proof with the hash of the token is served.
    Means: a proof that was made for a harmless token can accompany a powerful one of the same client.
    Fix: compare ath with the base64url SHA-256 of the token that came.
    """
    good = proof_trial.proof()
    other = good.with_claims("a proof for another token", ath=proof_trial.proof("another-token").claims["ath"])
    proof_trial.refusals([good.without_claim("ath"), other])


@requirement("RFC9449-4.3-h")
def test_a_proof_by_another_key_is_refused(proof_trial: DpopTrial) -> None:
    """A proof that is good in itself, but by another key than that of the token, is refused.

    Control: the request with a proof by the token's own key is served.
    Means: a stolen token works with any key, so that binding it was useless.
    Fix: compare the thumbprint of the proof's key with cnf.jkt of the token.
    """
    thief = replace(proof_trial, key=proof_trial.key.fresh((proof_trial.key.algorithm,)))
    proof = thief.proof().with_claims("a proof by another key than the token's")
    proof_trial.refusals([proof])


def _shifted(trial: DpopTrial, seconds: int) -> dpop.DpopProof:
    words = f"{abs(seconds) // 60} minutes {'ahead' if seconds > 0 else 'ago'}"
    return trial.proof().with_claims(f"a proof whose iat is {words}", iat=int(time.time()) + seconds)


def _expect_served(trial: DpopTrial, proof: dpop.DpopProof) -> None:
    answer = trial.send(proof)
    if not is_result(answer):
        observed = Refusal(proof.flaw, answer).described()
        raise Violation(f"{proof.flaw}: refused", expected="served", observed=observed, decided_by=answer.exchange)
