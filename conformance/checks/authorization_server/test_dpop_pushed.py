"""Pushed authorization requests with DPoP: RFC 9449, 10.1."""

from conformance.catalogue import requirement
from conformance.client.authorization_server import AuthorizationServer
from conformance.client.dpop_flow import DpopFlow
from conformance.client.pushed import Push, PushedRequests
from conformance.client.requests import AuthorizationRequest, FormRequest
from conformance.vocabulary import Inconclusive, Violation


@requirement("RFC9449-10.1-a")
def test_a_proof_with_a_push_binds_the_code(authorization_server: AuthorizationServer) -> None:
    """A code whose request was pushed with a DPoP proof is refused with a proof of another key.

    Control: with a proof of the same key the code is redeemed.
    Means: the client believes its code bound to its key, and who intercepts it can redeem it.
    Fix: treat the key of a proof at the PAR endpoint like dpop_jkt.
    """
    attempt, pushed = _attempt(authorization_server)
    wanted = pushed.flow.authorization_request()
    attempt.granted(_code(pushed, _taken(attempt, pushed, wanted)))
    code = _code(pushed, _taken(attempt, pushed, pushed.flow.authorization_request()))
    _refused_with_another_key(attempt, code)


@requirement("RFC9449-10.1-a")
def test_dpop_jkt_in_a_push_binds_the_code(authorization_server: AuthorizationServer) -> None:
    """A code whose request was pushed with dpop_jkt is refused with a proof of another key.

    Control: with a proof of that key the code is redeemed.
    Means: the client believes its code bound to its key, and who intercepts it can redeem it.
    Fix: keep dpop_jkt of pushed requests as well.
    """
    attempt, pushed = _attempt(authorization_server)
    jkt = attempt.key.jkt
    control = pushed.control(pushed.flow.authorization_request(dpop_jkt=jkt))
    attempt.granted(_code(pushed, control))
    code = _code(pushed, pushed.control(pushed.flow.authorization_request(dpop_jkt=jkt)))
    _refused_with_another_key(attempt, code)


@requirement("RFC9449-10.1-a")
def test_a_push_for_two_keys_is_refused(authorization_server: AuthorizationServer) -> None:
    """A push whose dpop_jkt names another key than its proof is refused.

    Control: a push whose dpop_jkt names the key of its proof is taken.
    Means: nobody knows which key the code is bound to, and an attacker may choose.
    Fix: compare dpop_jkt with the thumbprint of the proof's key at the PAR endpoint.
    """
    attempt, pushed = _attempt(authorization_server)
    _taken(attempt, pushed, pushed.flow.authorization_request(dpop_jkt=attempt.key.jkt))
    other = attempt.with_other_key().key.jkt
    push = _push(attempt, pushed, pushed.flow.authorization_request().with_(dpop_jkt=other))
    if push.request_uri is not None:
        raise Violation(
            "a push for two keys was taken",
            expected="a refusal without request_uri",
            observed=f"{push.answer.status} with a request_uri",
            decided_by=push.answer.response.exchange,
        )


def _attempt(server: AuthorizationServer) -> tuple[DpopFlow, PushedRequests]:
    attempt = DpopFlow.of(server, server.flow())
    pushed = PushedRequests(attempt.flow)
    return attempt, pushed


def _push(attempt: DpopFlow, pushed: PushedRequests, wanted: AuthorizationRequest) -> Push:
    request = pushed.request(wanted)
    return Push(wanted, request, attempt.redeem(request, attempt.proof(pushed.endpoint)))


def _taken(attempt: DpopFlow, pushed: PushedRequests, wanted: AuthorizationRequest) -> Push:
    push = _push(attempt, pushed, wanted)
    if push.request_uri is None:
        raise Inconclusive(f"a push with a good proof was refused: {push.answer.described()}", root="pushed request")
    return push


def _code(pushed: PushedRequests, push: Push) -> FormRequest:
    return pushed.flow.token_request(push.wanted, pushed.granted(push))


def _refused_with_another_key(attempt: DpopFlow, code: FormRequest) -> None:
    other = attempt.with_other_key()
    proof = other.proof().with_claims("a proof by another key than that of the push")
    attempt.refused(other.redeem(code, proof), "a code bound by its push with a proof of another key")
