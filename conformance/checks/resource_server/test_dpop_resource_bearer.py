"""Bound tokens and bearer tokens side by side: RFC 9449, 7.1 and 7.2; RFC 9728, 2.

The trial is under the scheme where the server checks proofs: DPoP, or wrongly Bearer.
"""

from conformance.catalogue import requirement
from conformance.client import dpop
from conformance.client.dpop_trial import DpopTrial, challenge_of
from conformance.client.mcp import is_result
from conformance.issuer.expired import mint_for
from conformance.vocabulary import NotApplicable, Violation

_REQUIRED = "dpop_bound_access_tokens_required"


@requirement("RFC9449-7.2-a")
def test_a_bound_token_with_its_proof_is_no_bearer_token(proof_trial: DpopTrial) -> None:
    """A server that takes bearer tokens too refuses a bound token under Bearer, its own proof or not.

    Control: a bound token with a good proof is served, and so is an unbound token under Bearer.
    Means: under Bearer no proof is due, so whether one is looked at hangs by a thread.
    Fix: refuse tokens with cnf.jkt under the scheme Bearer.
    """
    proof_trial.control()
    if not _takes_bearer_tokens(proof_trial):
        raise NotApplicable("the server takes no bearer tokens")
    answer = proof_trial.send_once(proof_trial.proof(), scheme="Bearer")
    proof_trial.refused(answer, "a bound token under Bearer with its own proof")


@requirement("RFC9449-7.1-b")
def test_a_failed_proof_is_answered_with_a_dpop_challenge(proof_trial: DpopTrial) -> None:
    """The refusal of a failed proof has a challenge of the scheme DPoP.

    Control: the request with a good proof is served.
    Means: clients are told to come with a bearer token, and don't learn that their proof was at fault.
    Fix: add WWW-Authenticate: DPoP error="invalid_dpop_proof", algs="..." to the 401.
    """
    (refusal,) = proof_trial.refusals([dpop.for_another_method(proof_trial.proof())])
    if challenge_of(refusal, "DPoP") is None:
        raise Violation("no DPoP challenge", expected="WWW-Authenticate: DPoP ...", observed=refusal.described())


@requirement("RFC9728-2-n")
def test_the_metadata_says_that_only_bound_tokens_are_taken(proof_trial: DpopTrial) -> None:
    """A server that takes bound tokens and no others has dpop_bound_access_tokens_required: true.

    Control: a bound token with a good proof is served.
    Means: by the default of that member clients come with bearer tokens, and are refused.
    Fix: add dpop_bound_access_tokens_required: true to the protected resource metadata.
    """
    proof_trial.control()
    if _takes_bearer_tokens(proof_trial):
        raise NotApplicable("the server takes bearer tokens too")
    said = proof_trial.server.metadata().value.get(_REQUIRED)
    if said is not True:
        raise Violation("bound tokens are required in silence", expected=f"{_REQUIRED}: true", observed=f"{said!r}")


def _takes_bearer_tokens(trial: DpopTrial) -> bool:
    mint = mint_for(trial.server.context)
    return is_result(trial.send_once(scheme="Bearer", token=mint.good() if mint else trial.server.bearer_token()))
