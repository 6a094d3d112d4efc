"""How long access tokens live: RFC 6750, 5.2 and 5.3; RFC 9449, 11.2; MCP, Token Theft."""

from conformance.catalogue import requirement
from conformance.client.authorization_server import AuthorizationServer
from conformance.client.dpop_flow import DpopFlow
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


@requirement("RFC9449-11.2-a")
def test_bound_tokens_without_nonces_are_short_lived(authorization_server: AuthorizationServer, params: Params) -> None:
    """A DPoP-bound token of a server that gives no nonces lives no longer than the profile allows.

    Control: the request with a good proof is granted.
    Means: who once has the client in hand makes proofs in advance, and uses them for as long as the token lives.
    Fix: shorten the lifetime of bound tokens, or give nonces.
    """
    attempt = DpopFlow.of(authorization_server)
    answer = attempt.send(attempt.request(), attempt.proof())
    if answer.response.header("DPoP-Nonce") is not None:
        raise NotApplicable("the server gives nonces, so no proof can be made in advance")
    answer = answer if answer.access_token else attempt.granted()
    if str(answer.members.get("token_type")).lower() != "dpop":
        raise NotApplicable("the server leaves this token unbound, which it may do")
    _expect_at_most(params.access_token_max_seconds, _stated(authorization_server, attempt.flow, answer))


def _stated(server: AuthorizationServer, flow: AuthorizationFlow, answer: TokenAnswer) -> dict[str, float]:
    stated = lifetimes(server, flow, answer)
    if not stated:
        raise NotApplicable("neither the token nor its answer nor introspection says how long the token lives")
    return stated


def _expect_at_most(seconds: float, stated: dict[str, float]) -> None:
    source, longest = max(stated.items(), key=lambda item: item[1])
    if int(longest) > seconds:  # in whole seconds
        raise Violation(
            f"the access token lives for {longest:.0f} seconds",
            expected=f"at most {seconds:.0f} seconds",
            observed=f"{longest:.0f} seconds by {source}",
        )
