"""How long a server goes on believing what introspection once said: RFC 7662, section 4.

The token that has to expire was made when the first opaque one was, so that nobody waits for it here.
"""

from conformance.catalogue import requirement
from conformance.client.forged_token import WrongToken
from conformance.client.resource_server import ResourceServer
from conformance.client.token_trial import TokenTrial
from conformance.issuer.cached_introspection import serves_past_expiry
from conformance.issuer.opaque import OpaqueMint
from conformance.profiles import Params
from conformance.vocabulary import Violation


@requirement("RFC7662-4-b", waits=True)
def test_an_answer_is_not_used_past_expiry(
    resource_server: ResourceServer, opaque_mint: OpaqueMint, params: Params
) -> None:
    """A token that was served once is refused when its `exp` has passed, cached answer or not.

    Control: the token is served before.
    Means: caching turns tokens of minutes into tokens of hours.
    Fix: keep an answer no longer than until its `exp`.
    """
    if serves_past_expiry(resource_server, opaque_mint, params.clock_skew_seconds):
        observed = f"served more than {params.clock_skew_seconds} s after its exp"
        raise Violation("an expired token is still served", expected="401", observed=observed)


@requirement("RFC7662-4-c")
def test_a_revoked_token_is_refused_at_once(resource_server: ResourceServer, opaque_mint: OpaqueMint) -> None:
    """A token that was served is refused as soon as it has been revoked.

    Control: the token is served before.
    Means: for as long as answers are cached, users can't take back what they granted.
    Fix: ask introspection for each request, or keep its answers for seconds only.
    """
    token = opaque_mint.good()
    resource_server.control(token=token)
    opaque_mint.revoke(token)
    trial = TokenTrial(resource_server, opaque_mint.good())
    trial.refusals([WrongToken("that was revoked after it was served", token)])
