"""Nonces of the authorization server: RFC 9449, 8, 8.1 and 11.3."""

from conformance.catalogue import requirement
from conformance.client.authorization_server import AuthorizationServer
from conformance.client.dpop import judge_nonce
from conformance.client.dpop_flow import DpopFlow
from conformance.vocabulary import Violation


@requirement("RFC9449-8-a")
def test_a_made_up_nonce_is_refused(authorization_server: AuthorizationServer) -> None:
    """Where the server gives nonces, a proof with a nonce that it never gave is refused.

    Control: the request with the server's own nonce is granted.
    Means: proofs can be made in advance, which is what nonces are there to prevent.
    Fix: compare the nonce of the proof with those that were given out lately.
    """
    attempt = DpopFlow.of(authorization_server)
    nonce = attempt.nonce()
    wrong = attempt.proof().with_claims("a nonce that the server never gave", nonce=f"{nonce[:4]}conformance")
    attempt.refused(attempt.send(attempt.request(), wrong), "a proof with a made-up nonce")


@requirement("RFC9449-8-a")
def test_an_answer_has_one_nonce(authorization_server: AuthorizationServer) -> None:
    """An answer has one DPoP-Nonce header at most.

    Control: the request is granted with the nonce.
    Means: clients don't know which nonce to use, and are refused now and then.
    Fix: send one DPoP-Nonce header, with the newest nonce.
    """
    attempt = DpopFlow.of(authorization_server)
    attempt.nonce()
    lines = attempt.send(attempt.request(), attempt.proof()).response.all_headers("DPoP-Nonce")
    if len(lines) > 1:
        raise Violation("several nonces", expected="one DPoP-Nonce header", observed=f"{len(lines)} of them")


@requirement("RFC9449-11.3-a")
def test_no_proof_without_nonce_once_one_was_given(authorization_server: AuthorizationServer) -> None:
    """Once the server has given the client a nonce, a proof without one is refused.

    Control: the request with the server's own nonce is granted.
    Means: an attacker leaves the nonce out, and proofs made in advance are good again.
    Fix: refuse every proof without nonce from the moment that nonces are given.
    """
    attempt = DpopFlow.of(authorization_server)
    attempt.nonce()
    bare = attempt.proof().with_claims("a proof without nonce after one was given")
    attempt.refused(attempt.send(attempt.request(), bare), "a proof without nonce")


@requirement("RFC9449-8.1-a")
def test_a_nonce_has_the_right_characters(authorization_server: AuthorizationServer) -> None:
    """A nonce in DPoP-Nonce is printable ASCII without space, quotes and backslash.

    Control: the request with the nonce is granted.
    Means: clients that check the syntax drop the nonce, others send it back altered, and are asked again for ever.
    Fix: make nonces of letters and digits, and put no quotes around them.
    """
    attempt = DpopFlow.of(authorization_server)
    nonce = attempt.nonce()
    attempt.granted()
    judge_nonce(nonce)
