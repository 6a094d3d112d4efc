"""When a token is good: RFC 9068, section 4; RFC 7519, section 4.1; OAuth 2.1, section 5; MCP.

Tolerance between clocks is allowed: what is judged lies beyond the profile's `clock_skew_seconds`.
"""

import time

from conformance.catalogue import requirement
from conformance.client.resource_server import ResourceServer
from conformance.client.token_trial import TokenTrial
from conformance.issuer.expired import BEYOND_SECONDS, expired_token
from conformance.issuer.mint import Mint
from conformance.profiles import Params


@requirement("RFC9068-4-l", "MCP-TOK-05", "MCP-SEC-18", "OAUTH21-5-a", "OAUTH21-5.2-a", "RFC6749-7-a", waits=True)
def test_an_expired_token_is_refused(resource_server: ResourceServer, params: Params) -> None:
    """A token whose `exp` has passed is refused.

    Control: the same token with a later `exp` is accepted.
    Means: a token that leaked once is good for ever.
    Fix: compare `exp` with the clock, with a tolerance of a minute at most.
    """
    expired = expired_token(resource_server, params.clock_skew_seconds)
    expired.trial.refusals(expired.wrong)


@requirement("RFC9068-4-l")
def test_a_token_without_expiry_is_refused(resource_server: ResourceServer, mint: Mint) -> None:
    """A token without `exp`, or with one that is no number, is refused.

    Control: the same token with `exp` is accepted.
    Means: a token that leaked once is good for ever.
    Fix: require `exp` and require it to be a number.
    """
    text = mint.saying("whose exp is a word", exp="never")
    _trial(resource_server, mint).refusals([mint.lacking("exp"), text])


@requirement("MCP-TOK-05")
def test_a_token_from_the_future_is_refused(resource_server: ResourceServer, any_mint: Mint, params: Params) -> None:
    """A token whose `nbf` has not come is refused.

    Control: the same token without `nbf` is accepted.
    Means: tokens for later use, in the hands of somebody who may not have access yet, work at once.
    Fix: where a token has `nbf`, compare it with the clock.
    """
    later = int(time.time()) + params.clock_skew_seconds + BEYOND_SECONDS
    _trial(resource_server, any_mint).refusals([any_mint.saying("that is not good before a later time", nbf=later)])


@requirement("MCP-TOK-08", waits=True)
def test_an_expired_token_gets_401(resource_server: ResourceServer, params: Params) -> None:
    """A token that has expired is answered 401.

    Control: a good token is accepted.
    Means: clients don't learn that it is time to refresh.
    Fix: answer 401 with a Bearer challenge when a token has expired.
    """
    expired = expired_token(resource_server, params.clock_skew_seconds)
    expired.trial.unauthorized(expired.wrong)


def _trial(server: ResourceServer, mint: Mint) -> TokenTrial:
    return TokenTrial(server, mint.good())
