"""Refresh tokens by the older documents: RFC 6749, 6; RFC 9700, 2.2.2 and 4.14.2."""

from conformance.catalogue import requirement
from conformance.client.authorization_server import AuthorizationServer
from conformance.client.flow import AuthorizationFlow
from conformance.client.races import COPIES, judge_single_use
from conformance.client.refreshing import REFUSALS, Refreshing
from conformance.client.resource_indicators import ResourceIndicators
from conformance.client.second_client import confidential_flow, other_flow, without_authentication
from conformance.expect import expect


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


@requirement("RFC6749-6-a")
def test_a_refresh_token_belongs_to_its_client(
    authorization_server: AuthorizationServer, flow: AuthorizationFlow
) -> None:
    """A refresh token of one client, presented by another one, gives no token.

    Control: the other client refreshes with a token of its own.
    Means: a refresh token that leaks from one app works in the hands of any other.
    Fix: store the client_id with the refresh token and refuse other clients with invalid_grant.
    """
    other = other_flow(authorization_server, flow, public=flow.client.is_public)
    Refreshing(authorization_server, flow).judge_other_client(other)


@requirement("RFC6749-6-a")
def test_a_refresh_asks_for_no_more_than_was_granted(
    authorization_server: AuthorizationServer, flow: AuthorizationFlow
) -> None:
    """A refresh that names scope beyond the grant gets invalid_scope, or a token without it.

    Control: a refresh without scope works for the narrow grant.
    Means: an app gets permissions that its user refused or was never asked for.
    Fix: keep the granted scope with the refresh token and refuse anything beyond it with invalid_scope.
    """
    Refreshing(authorization_server, flow).judge_wider_scope()


@requirement("RFC6749-6-a")
def test_the_next_refresh_token_has_the_same_scope(
    authorization_server: AuthorizationServer, flow: AuthorizationFlow
) -> None:
    """After a refresh for less scope, the refresh token that came with it still gives the whole granted scope.

    Control: the refresh for less scope gave a token.
    Means: an app that once asked for a narrow token has lost the rest of what its user granted.
    Fix: narrow the access token only; copy the scope of the old refresh token to the new one.
    """
    Refreshing(authorization_server, flow).judge_kept_scope()


@requirement("RFC9700-2.2.2-a")
def test_public_clients_get_a_new_refresh_token_each_time(authorization_server: AuthorizationServer) -> None:
    """A refresh by a public client, without any proof of possession, gives a new refresh token.

    Control: the refresh gives an access token.
    Means: a stolen refresh token is good until it expires, and nobody notices that two parties use it.
    Fix: rotate refresh tokens of public clients, or bind them to a key (DPoP, mTLS).
    """
    Refreshing(authorization_server, authorization_server.public_flow()).judge_rotation()


@requirement("RFC9700-2.2.2-a")
def test_a_rotated_refresh_token_is_refused(authorization_server: AuthorizationServer) -> None:
    """A refresh token that a public client has exchanged is refused when it comes again.

    Control: its first use gave tokens.
    Means: rotation is for show: the thief's copy of the refresh token goes on working.
    Fix: mark a refresh token as used in the same step that issues the next one, and refuse it afterwards.
    """
    Refreshing(authorization_server, authorization_server.public_flow()).judge_reuse()


@requirement("RFC9700-2.2.2-a")
def test_a_replay_ends_the_active_refresh_token(authorization_server: AuthorizationServer) -> None:
    """When a used refresh token comes again, the newest one that descends from it is refused as well.

    Control: both refreshes before the replay gave tokens.
    Means: a thief who refreshed first keeps the access; the replay by the real app is noticed and changes nothing.
    Fix: keep the link between the refresh tokens of a grant, and revoke all of them at a replay.
    """
    Refreshing(authorization_server, authorization_server.public_flow()).judge_end_of_family()


@requirement("RFC9700-2.2.2-a")
def test_a_refresh_token_is_rotated_once(authorization_server: AuthorizationServer) -> None:
    """Of several refreshes with the same refresh token, sent at the same moment, only one gives a token.

    Control: one of them does give a token, and refresh tokens are rotated.
    Means: thief and app both get a refresh token of their own, and no replay is ever noticed.
    Fix: let the database decide which request was the first, in one conditional update.
    """
    flow = authorization_server.public_flow()
    refreshing = Refreshing(authorization_server, flow)
    token = refreshing.rotated(refreshing.token())
    judge_single_use(flow.wire, [refreshing.request(token) for _ in range(COPIES)], "refresh token")


@requirement("RFC9700-4.14.2-a")
def test_a_refresh_does_not_leave_the_consented_scope(
    authorization_server: AuthorizationServer, flow: AuthorizationFlow
) -> None:
    """A refresh token that was granted for a narrow scope gives no token with more.

    Control: a refresh without scope works for the narrow grant.
    Means: a stolen or greedy refresh token opens more than the user consented to.
    Fix: keep the granted scope with the refresh token and refuse anything beyond it with invalid_scope.
    """
    Refreshing(authorization_server, flow).judge_wider_scope()


@requirement("RFC9700-4.14.2-a")
def test_a_refresh_does_not_leave_the_consented_resource(
    authorization_server: AuthorizationServer, flow: AuthorizationFlow
) -> None:
    """A refresh token that was granted for one resource gives no token for another one.

    Control: a code granted for the other resource gives a token, whose audience is compared.
    Means: a stolen or greedy refresh token opens resources that the user never agreed to.
    Fix: keep the resources of the grant with the refresh token and refuse others with invalid_target.
    """
    ResourceIndicators(authorization_server, flow).judge_refresh_for_another()
