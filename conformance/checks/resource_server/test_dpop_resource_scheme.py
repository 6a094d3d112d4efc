"""Bound tokens at a protected resource, under each scheme: RFC 9449, 7 and 9; the MCP extension for DPoP."""

from conformance.catalogue import requirement
from conformance.client import dpop
from conformance.client.dpop_trial import DpopTrial, challenge_of
from conformance.client.mcp import is_result
from conformance.client.refusal import Refusal
from conformance.issuer.bound import foreign_bound_token, unused_dpop_trial
from conformance.issuer.expired import mint_for
from conformance.vocabulary import Inconclusive, NotApplicable, Violation

_ERROR_DATA = ("error", "error_description", "error_uri")


@requirement("RFC9449-7.1-a")
def test_a_bound_token_is_served_under_dpop(trial: DpopTrial) -> None:
    """A server that checks DPoP proofs at all serves a bound token with a good proof under the scheme DPoP.

    Control: the same token is served under Bearer with its proof, and without it is not.
    Means: clients that keep to RFC 9449 and write DPoP can't use the server.
    Fix: accept the scheme DPoP in the Authorization header, and refuse bound tokens under Bearer.
    """
    under_dpop = trial.send(trial.proof())
    if is_result(under_dpop):
        return
    if not trial.asks_for_proofs_under_bearer():
        trial.control()
    observed = Refusal("a bound token and its proof under DPoP", under_dpop).described()
    raise Violation("proofs are checked under Bearer only", expected="served under DPoP", observed=observed)


@requirement("RFC9449-7.1-a")
def test_a_token_under_dpop_needs_a_proof(trial: DpopTrial) -> None:
    """A bound token under the scheme DPoP, without any proof, gives no access.

    Control: the request with a good proof is served.
    Means: a stolen token works without the key.
    Fix: refuse requests under the scheme DPoP that have no DPoP header.
    """
    trial.control()
    trial.refused(trial.send_once(), "a bound token and no proof")


@requirement("RFC9449-7.1-a", "RFC9449-6-b")
def test_an_unbound_token_under_dpop_is_refused(trial: DpopTrial) -> None:
    """A token that is bound to no key gives no access under the scheme DPoP, whatever proof comes with it.

    Control: a bound token with a good proof is served.
    Means: the server believes that possession was proved, and nothing was.
    Fix: under the scheme DPoP, require cnf.jkt in the token.
    """
    trial.control()
    mint = mint_for(trial.server.context)
    unbound = mint.good() if mint else trial.server.bearer_token()
    trial.refused(trial.send(trial.proof(unbound), token=unbound), "an unbound token under the scheme DPoP")


@requirement("RFC9449-7.1-b")
def test_a_failed_proof_is_explained(trial: DpopTrial) -> None:
    """The DPoP challenge to a failed proof has an error code.

    Control: the request with a good proof is served.
    Means: clients can't tell that it is the proof, or the token, that they have to mend.
    Fix: add error="invalid_dpop_proof" (or invalid_token) to the DPoP challenge.
    """
    challenge = _failed_challenge(trial)
    if challenge is None or not challenge[0]:
        observed = "no DPoP challenge" if challenge is None else "a DPoP challenge without error"
        raise Violation("a failed proof is not explained", expected='DPoP error="..."', observed=observed)


@requirement("RFC9449-7.1-b")
def test_the_challenge_lists_proof_algorithms(trial: DpopTrial) -> None:
    """The DPoP challenge says with algs which algorithms a proof may have, separated by spaces.

    Control: the request with a good proof is served.
    Means: clients have to guess which algorithm works.
    Fix: add algs="ES256" (and what else you accept) to the DPoP challenge.
    """
    challenge = _failed_challenge(trial)
    listed = (challenge[1] or "").split(" ") if challenge else [""]
    if "" in listed or any(each.lower().startswith(("none", "hs")) for each in listed):
        observed = "no DPoP challenge" if challenge is None else f"algs={challenge[1]!r}"
        expected = "algs with asymmetric algorithms, separated by spaces"
        raise Violation("the challenge names no usable algorithms", expected=expected, observed=observed)


@requirement("RFC9449-7.2-a", "RFC9449-6-b")
def test_a_bound_token_is_no_bearer_token(trial: DpopTrial) -> None:
    """A bound token is refused under Bearer by a server that speaks DPoP.

    Control: the same token under DPoP with a good proof is served.
    Means: a thief leaves the proof out and writes Bearer instead of DPoP.
    Fix: refuse tokens with cnf.jkt under the scheme Bearer.
    """
    trial.control()
    trial.refused(trial.send_once(scheme="Bearer"), "a bound token under Bearer")


@requirement("RFC9449-7.2-a")
def test_a_proof_makes_no_bearer_token_of_a_bound_one(trial: DpopTrial) -> None:
    """A bound token is refused under Bearer even when a proof by another key comes along.

    Control: the same token under DPoP with a good proof is served.
    Means: a thief writes Bearer instead of DPoP, adds any proof, and gets in.
    Fix: refuse tokens with cnf.jkt under the scheme Bearer.
    """
    trial.control()
    thief = DpopTrial(trial.server, trial.key.fresh((trial.key.algorithm,)), trial.token)
    answer = trial.send_once(thief.proof(), scheme="Bearer")
    trial.refused(answer, "a bound token under Bearer and a foreign proof")


@requirement("RFC9449-7.2-b")
def test_error_data_goes_to_the_attempted_scheme(trial: DpopTrial) -> None:
    """Where both schemes are challenged, only the challenge of the scheme that was tried has error data.

    Control: the request with a good proof is served.
    Means: clients read in one challenge of a fault that they made in the other scheme, and mend the wrong thing.
    Fix: put error and error_description into the challenge of the attempted scheme only.
    """
    trial.control()
    wrong = dpop.for_another_method(trial.proof())
    _judge_error_data(trial.refused(trial.send(wrong), wrong.flaw), tried="DPoP", other="Bearer")
    garbage = trial.send_once(scheme="Bearer", token="nobody-issued-this-token")  # noqa: S106 - no secret
    _judge_error_data(trial.refused(garbage, "a token that nobody issued"), tried="Bearer", other="DPoP")


@requirement("RFC9449-7.2-b")
def test_no_challenge_explains_what_was_not_tried(trial: DpopTrial) -> None:
    """A request without credentials gets challenges without error data.

    Control: the request with a good proof is served.
    Means: clients that only ask how to begin are told of an error that they didn't make.
    Fix: leave error and error_description out when a request has no credentials.
    """
    trial.control()
    asked = Refusal("no token", trial.server.unauthenticated())
    dpop_challenge = challenge_of(asked, "DPoP")
    if dpop_challenge is None:
        raise NotApplicable("no DPoP challenge is sent to requests without credentials")
    if any(dpop_challenge.get(name) is not None for name in _ERROR_DATA):
        expected = "a DPoP challenge without error"
        raise Violation("error data without credentials", expected=expected, observed=asked.described())


@requirement("EXTDPOP-03")
def test_a_failed_proof_gets_401_with_a_dpop_challenge(trial: DpopTrial) -> None:
    """A missing proof, and one for another method, are answered 401 with a DPoP challenge that names the error.

    Control: the request with a good proof is served.
    Means: MCP clients don't learn that they have to make another proof.
    Fix: answer 401 with WWW-Authenticate: DPoP error="invalid_dpop_proof".
    """
    trial.control()
    wrong = dpop.for_another_method(trial.proof())
    refusals = [Refusal("no proof", trial.send_once()), Refusal(wrong.flaw, trial.send(wrong))]
    for refusal in refusals:
        challenge = challenge_of(refusal, "DPoP")
        if refusal.response.status != 401 or challenge is None or not challenge.get("error"):
            expected = '401 with DPoP error="..."'
            raise Violation("a failed proof is answered otherwise", expected=expected, observed=refusal.described())


@requirement("EXTDPOP-06")
def test_a_proof_does_not_replace_the_audience(proof_trial: DpopTrial) -> None:
    """A bound token for another resource is refused, though its proof is good.

    Control: a bound token for this server with a good proof is served.
    Means: any service that a user gives a token to can act on this server, if it has the client's key.
    Fix: check the audience of tokens under DPoP as of those under Bearer.
    """
    proof_trial.control()
    foreign = foreign_bound_token(proof_trial)
    proof_trial.refused(
        proof_trial.send(proof_trial.proof(foreign), token=foreign), "a bound token for another resource"
    )


@requirement("RFC9449-9-a")
def test_a_nonce_is_asked_for_in_the_dpop_challenge(trial: DpopTrial) -> None:
    """Where nonces are used, a proof without one gets 401, DPoP error="use_dpop_nonce" and one DPoP-Nonce header.

    Control: a proof with that nonce is served.
    Means: clients don't learn which nonce to use, and never get in.
    Fix: answer 401 with WWW-Authenticate: DPoP error="use_dpop_nonce" and DPoP-Nonce.
    """
    asked = trial.nonce_challenge()
    challenge, nonces = challenge_of(asked, "DPoP"), asked.response.all_headers("DPoP-Nonce")
    error = challenge.get("error") if challenge else None
    if asked.response.status != 401 or error != "use_dpop_nonce" or len(nonces) != 1:
        observed = f"{asked.described()}; {len(nonces)} DPoP-Nonce headers"
        raise Violation("a nonce is asked for otherwise", expected="401, use_dpop_nonce, a nonce", observed=observed)


@requirement("RFC9449-11.3-a")
def test_no_presented_proof_without_nonce_once_one_was_given(trial: DpopTrial) -> None:
    """Once the server has given the client a nonce, a proof without one is refused.

    Control: a proof with that nonce is served.
    Means: an attacker leaves the nonce out, and proofs made in advance are good again.
    Fix: refuse every proof without nonce from the moment that nonces are given.
    """
    trial.control()
    unused = unused_dpop_trial(trial.server)
    given = unused.send_once(unused.proof()).header("DPoP-Nonce")
    if given is None:
        raise NotApplicable("the server gives no DPoP nonces, which are optional")
    if not is_result(unused.send_once(unused.proof().with_nonce(given))):
        raise Inconclusive("a good proof with the server's own nonce is refused", root="dpop")
    bare = unused.proof().with_claims("a proof without nonce after one was given")
    unused.refused(unused.send_once(bare), bare.flaw)


@requirement("EXTDPOP-07")
def test_a_nonce_is_one_that_the_server_gave(trial: DpopTrial) -> None:
    """A server that uses nonces refuses a proof with a nonce that it never gave.

    Control: a proof with the server's own nonce is served.
    Means: proofs can be made in advance, which is what nonces are there to prevent.
    Fix: compare the nonce of the proof with those that were given out lately.
    """
    asked = trial.nonce_challenge()
    given = asked.response.header("DPoP-Nonce")
    if given is None:
        raise Inconclusive("the server asks for a nonce and gives none", root="dpop")
    made_up = trial.proof().with_claims("a nonce that the server never gave", nonce=f"{given[:4]}conformance")
    trial.refused(trial.send_once(made_up), made_up.flaw)


def _failed_challenge(trial: DpopTrial) -> tuple[str | None, str | None] | None:
    """error and algs of the DPoP challenge to a proof for another method; None without such a challenge."""
    (refusal,) = trial.refusals([dpop.for_another_method(trial.proof())])
    challenge = challenge_of(refusal, "DPoP")
    return (challenge.get("error"), challenge.get("algs")) if challenge else None


def _judge_error_data(refusal: Refusal, *, tried: str, other: str) -> None:
    offered = challenge_of(refusal, other)
    if offered is None or challenge_of(refusal, tried) is None:
        raise NotApplicable("the server doesn't challenge both schemes at once")
    if any(offered.get(name) is not None for name in _ERROR_DATA):
        raise Violation(
            f"the {other} challenge explains a failure under {tried}",
            expected=f"error data in the {tried} challenge only",
            observed=refusal.described(),
        )
