"""How long access tokens live: RFC 6750, 5.2 and 5.3; MCP, Token Theft."""

from conformance.catalogue import requirement
from conformance.client.authorization_server import AuthorizationServer
from conformance.client.flow import AuthorizationFlow
from conformance.client.jose import unverified_jwt
from conformance.client.token_content import lifetimes
from conformance.expect import TokenAnswer
from conformance.profiles import Params
from conformance.vocabulary import NotApplicable, Violation

_ONE_HOUR = 3600
_PRACTICALLY_FOR_EVER = 10 * 365 * 86400


@requirement("RFC6750-5.2-j")
def test_the_lifetime_of_a_token_is_limited(authorization_server: AuthorizationServer, flow: AuthorizationFlow) -> None:
    """A token has an end that comes within ten years: expires_in, or exp in the token or its introspection.

    Means: a token that leaks once opens the account for ever.
    Fix: give each access token an expiry, inside the token or known to the server, and send expires_in.
    """
    answer = flow.grant().token
    stated = lifetimes(authorization_server, flow, answer)
    if not stated and unverified_jwt(answer.access_token or "") is None:
        raise NotApplicable("an opaque token, and neither its answer nor introspection says when it ends")
    if not stated:
        raise Violation("the token never ends", expected="exp in the token, or expires_in", observed="neither")
    _expect_at_most(_PRACTICALLY_FOR_EVER, stated)


@requirement("RFC6750-5.3-c")
def test_a_bearer_token_lives_an_hour_or_less(
    authorization_server: AuthorizationServer, flow: AuthorizationFlow
) -> None:
    """A bearer token is valid for 3600 seconds at most, by expires_in and by its own exp.

    Means: a stolen token is useful to the thief for longer than it has to be.
    Fix: issue access tokens for an hour or less, and refresh tokens to clients that need longer access.
    """
    _expect_at_most(_ONE_HOUR, _stated(authorization_server, flow, flow.grant().token))


@requirement("MCP-SEC-02")
def test_access_tokens_are_short_lived(
    authorization_server: AuthorizationServer, flow: AuthorizationFlow, params: Params
) -> None:
    """An access token lives no longer than the profile allows (access_token_max_seconds).

    Means: a token that leaks from an MCP client or server stays useful to the thief.
    Fix: shorten the access token's lifetime and rely on refresh tokens.
    """
    _expect_at_most(params.access_token_max_seconds, _stated(authorization_server, flow, flow.grant().token))


def _stated(server: AuthorizationServer, flow: AuthorizationFlow, answer: TokenAnswer) -> dict[str, float]:
    stated = lifetimes(server, flow, answer)
    if not stated:
        raise NotApplicable("neither the token nor its answer nor introspection says how long the token lives")
    return stated


def _expect_at_most(seconds: float, stated: dict[str, float]) -> None:
    source, longest = max(stated.items(), key=lambda item: item[1])
    if longest > seconds:
        raise Violation(
            f"the access token lives for {longest:.0f} seconds",
            expected=f"at most {seconds:.0f} seconds",
            observed=f"{longest:.0f} seconds by {source}",
        )
