"""Refresh tokens of public clients: MCP, Token Theft; OAuth 2.1, 4.3.1."""

from conformance.catalogue import requirement
from conformance.client.authorization_server import AuthorizationServer
from conformance.client.flow import AuthorizationFlow
from conformance.expect import TokenAnswer, expect
from conformance.vocabulary import NotApplicable, Violation


@requirement("MCP-SEC-03")
def test_a_refresh_gives_a_public_client_a_new_refresh_token(authorization_server: AuthorizationServer) -> None:
    """A refresh by a public client gives a refresh token that differs from the one that was used.

    Control: the refresh gives an access token.
    Means: a stolen refresh token is good until it expires, and nobody notices that two parties use it.
    Fix: rotate: issue a new refresh token with each refresh and make the used one worthless.
    """
    flow = authorization_server.public_flow()
    used = _refresh_token(flow)
    refreshed = _refreshed(flow, used)
    if refreshed.refresh_token is None or refreshed.refresh_token == used:
        raise Violation(
            "the refresh token was not rotated",
            expected="a new refresh_token in the answer to a refresh",
            observed="the same refresh_token again" if refreshed.refresh_token else "no refresh_token",
        )


@requirement("MCP-SEC-03")
def test_a_used_refresh_token_of_a_public_client_is_refused(authorization_server: AuthorizationServer) -> None:
    """A refresh token that a public client has exchanged for a new one is refused with invalid_grant.

    Control: its first use gave an access token and a new refresh token.
    Means: rotation is for show: the thief's copy of the refresh token goes on working.
    Fix: mark a refresh token as used in the same step that issues the next one, and refuse it afterwards.
    """
    flow = authorization_server.public_flow()
    used = _refresh_token(flow)
    refreshed = _refreshed(flow, used)
    if refreshed.refresh_token in (None, used):
        raise NotApplicable("the refresh token is not rotated, which another check of this requirement judges")
    again = flow.redeem(flow.refresh_request(used).with_("a used refresh_token sent again", refresh_token=used))
    expect(again).refuses_with("invalid_grant")


def _refresh_token(flow: AuthorizationFlow) -> str:
    granted = flow.grant().token.refresh_token
    if granted is None:
        raise NotApplicable("the server gives this public client no refresh token")
    return granted


def _refreshed(flow: AuthorizationFlow, refresh_token: str) -> TokenAnswer:
    return flow.control_redeem(flow.refresh_request(refresh_token))
