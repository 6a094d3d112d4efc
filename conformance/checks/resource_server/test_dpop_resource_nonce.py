"""Nonces of a protected resource: RFC 9449, 8.1."""

from conformance.catalogue import requirement
from conformance.client.dpop import judge_nonce
from conformance.client.dpop_trial import DpopTrial
from conformance.vocabulary import NotApplicable


@requirement("RFC9449-8.1-a")
def test_a_nonce_of_the_resource_server_has_the_right_characters(trial: DpopTrial) -> None:
    """A nonce in DPoP-Nonce is printable ASCII without space, quotes and backslash.

    Control: a proof with that nonce is served.
    Means: clients that check the syntax drop the nonce, others send it back altered, and are asked again for ever.
    Fix: make nonces of letters and digits, and put no quotes around them.
    """
    nonce = trial.nonce_challenge().response.header("DPoP-Nonce")
    if nonce is None:
        raise NotApplicable("the server asks for a nonce and gives none, see RFC9449-9-a")
    judge_nonce(nonce)
