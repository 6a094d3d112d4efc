"""Refresh tokens: OAuth 2.1, 3.2.3 and 4.3; RFC 6749, 6; RFC 9700, 2.2.2 and 4.14.2; RFC 8707, 2.2."""

from conformance.catalogue import requirement
from conformance.client.authorization_server import AuthorizationServer
from conformance.client.flow import AuthorizationFlow
from conformance.client.races import COPIES, judge_single_use
from conformance.client.refreshing import REFUSALS, Refreshing
from conformance.client.resource_indicators import ResourceIndicators
from conformance.client.second_client import confidential_flow, other_flow, without_authentication
from conformance.expect import expect


@requirement("OAUTH21-4.3-a", "RFC6749-6-a")
def test_a_refresh_token_is_worthless_to_another_client(
    authorization_server: AuthorizationServer, flow: AuthorizationFlow
) -> None:
    """A refresh token of one client, presented by another client of the same kind, gives no token.

    Control: the other client refreshes with a token of its own.
    Means: a refresh token that leaks from one app works in the hands of any other.
    Fix: store the client_id with the refresh token and refuse other clients with invalid_grant.
    """
    other = other_flow(authorization_server, flow, public=flow.client.is_public)
    Refreshing(authorization_server, flow).judge_other_client(other)


@requirement("OAUTH21-4.3-a")
def test_a_refresh_token_of_an_authenticated_client_is_worthless_to_a_public_one(
    authorization_server: AuthorizationServer,
) -> None:
    """A refresh token of a client with credentials gives a public client no token.

    Control: the public client refreshes with a token of its own.
    Means: the secret of the app protects nothing, since its refresh token works for anybody without one.
    Fix: store the client_id with the refresh token and refuse other clients with invalid_grant.
    """
    flow = confidential_flow(authorization_server)
    other = other_flow(authorization_server, flow, public=True)
    Refreshing(authorization_server, flow).judge_other_client(other)


@requirement("OAUTH21-4.3.1-a", "RFC9700-2.2.2-a")
def test_refresh_tokens_of_public_clients_are_rotated(authorization_server: AuthorizationServer) -> None:
    """A refresh by a public client, without any proof of possession, gives a new refresh token.

    Control: the refresh gives an access token.
    Means: a stolen refresh token is good until it expires, and nobody notices that two parties use it.
    Fix: issue a new refresh token with each refresh, or bind refresh tokens to a key (DPoP).
    """
    Refreshing(authorization_server, authorization_server.public_flow()).judge_rotation()


@requirement("OAUTH21-4.3.1-a", "RFC9700-2.2.2-a")
def test_the_previous_refresh_token_is_invalidated(authorization_server: AuthorizationServer) -> None:
    """A refresh token that a public client has exchanged is refused when it comes again.

    Control: its first use gave tokens.
    Means: rotation is for show: the thief's copy of the refresh token goes on working.
    Fix: mark a refresh token as used in the same step that issues the next one, and refuse it afterwards.
    """
    Refreshing(authorization_server, authorization_server.public_flow()).judge_reuse()


@requirement("OAUTH21-4.3.1-a", "RFC9700-2.2.2-a")
def test_a_replayed_refresh_token_ends_its_family(authorization_server: AuthorizationServer) -> None:
    """When a used refresh token comes again, the newest refresh token that descends from it is refused as well.

    Control: both refreshes before the replay gave tokens.
    Means: a thief who refreshed first keeps the access; the replay by the real app is noticed and changes nothing.
    Fix: keep the link between the refresh tokens of a grant, and revoke all of them at a replay.
    """
    Refreshing(authorization_server, authorization_server.public_flow()).judge_end_of_family()


@requirement("OAUTH21-4.3.1-a", "RFC9700-2.2.2-a")
def test_of_simultaneous_refreshes_one_wins(authorization_server: AuthorizationServer) -> None:
    """Of several refreshes with the same refresh token, sent at the same moment, only one gives a token.

    Control: one of them does give a token, and refresh tokens are rotated.
    Means: thief and app both get a refresh token of their own, and no replay is ever noticed.
    Fix: let the database decide: UPDATE ... SET used WHERE token = ... AND NOT used, and look at the row count.
    """
    flow = authorization_server.public_flow()
    refreshing = Refreshing(authorization_server, flow)
    token = refreshing.rotated(refreshing.token())
    judge_single_use(flow.wire, [refreshing.request(token) for _ in range(COPIES)], "refresh token")


@requirement("OAUTH21-4.3.1-b", "OAUTH21-3.2.3-c", "RFC6749-6-a", "RFC9700-4.14.2-a")
def test_scope_does_not_grow_at_a_refresh(authorization_server: AuthorizationServer, flow: AuthorizationFlow) -> None:
    """A refresh that asks for more scope than the user granted gets invalid_scope, or a token without it.

    Control: a refresh without scope works for the narrow grant.
    Means: an app gets permissions that its user refused or was never asked for.
    Fix: keep the granted scope with the refresh token and refuse anything beyond it with invalid_scope.
    """
    Refreshing(authorization_server, flow).judge_wider_scope()


@requirement("OAUTH21-4.3.3-a", "RFC6749-6-a")
def test_a_new_refresh_token_has_the_scope_of_the_old_one(
    authorization_server: AuthorizationServer, flow: AuthorizationFlow
) -> None:
    """After a refresh for less scope, the refresh token that came with it still gives the whole granted scope.

    Control: the refresh for less scope gave a token and a new refresh token.
    Means: an app that once asked for a narrow token has lost the rest of what its user granted.
    Fix: narrow the access token only; copy scope and resources of the old refresh token to the new one.
    """
    Refreshing(authorization_server, flow).judge_kept_scope()


@requirement("OAUTH21-3.2.3-c", "RFC8707-2.2-b", "RFC9700-4.14.2-a")
def test_a_refresh_token_is_bound_to_the_consented_resource(
    authorization_server: AuthorizationServer, flow: AuthorizationFlow
) -> None:
    """A refresh token that was granted for one resource gives no token for another one.

    Control: a code granted for the other resource gives a token, whose audience is compared.
    Means: a stolen or greedy refresh token opens resources that the user never agreed to.
    Fix: keep the resources of the grant with the refresh token and refuse others with invalid_target.
    """
    ResourceIndicators(authorization_server, flow).judge_refresh_for_another()


@requirement("RFC6749-6-a")
def test_a_refresh_needs_the_clients_authentication(authorization_server: AuthorizationServer) -> None:
    """A refresh token of a client with credentials gives no token to a request that only names the client.

    Control: a refresh with the client's authentication gives a token.
    Means: whoever gets hold of the refresh token needs no secret to use it.
    Fix: authenticate the client at every token request, by the method it is registered with.
    """
    flow = confidential_flow(authorization_server)
    refreshing = Refreshing(authorization_server, flow)
    refreshing.refreshed(refreshing.token())
    bare = without_authentication(flow, refreshing.request(refreshing.token()))
    expect(flow.redeem(bare)).refuses_with(*REFUSALS)
