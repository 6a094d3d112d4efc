"""Token revocation: RFC 7009."""

from dataclasses import replace

from conformance.catalogue import requirement
from conformance.client.authorization_server import AuthorizationServer, unguessable
from conformance.client.introspection import Introspection
from conformance.client.revocation import Revocation
from conformance.client.second_client import confidential_flow, other_flow
from conformance.expect import TokenAnswer, expect
from conformance.vocabulary import NotApplicable, Violation


@requirement("RFC7009-2-a")
def test_a_revoked_refresh_token_is_worth_nothing(authorization_server: AuthorizationServer) -> None:
    """A refresh token that its client has revoked is refused.

    Control: another refresh token of the same client works.
    Means: a user who logs out, or whose device is lost, leaves a key behind that opens everything.
    Fix: make revoked refresh tokens worthless at once.
    """
    revocation = Revocation.of(authorization_server)
    flow = revocation.flow
    flow.control_redeem(flow.refresh_request(revocation.refresh_token()))
    token = revocation.refresh_token()
    revocation.send(revocation.request(token, "refresh_token"))
    revocation.judge_ended(token)


@requirement("RFC7009-2.1-a")
def test_a_wrong_hint_does_not_save_a_token(authorization_server: AuthorizationServer) -> None:
    """A refresh token is revoked although token_type_hint says access_token.

    Control: without a hint a refresh token is revoked.
    Means: clients that hint wrongly are told that the token is gone, and it lives on.
    Fix: when the token isn't found where the hint points, look among all other kinds of tokens.
    """
    revocation = Revocation.controlled(authorization_server)
    token = revocation.refresh_token()
    revocation.send(revocation.request(token, "access_token"))
    revocation.judge_ended(token)


@requirement("RFC7009-2.1-b")
def test_a_client_revokes_its_own_tokens_only(authorization_server: AuthorizationServer) -> None:
    """A refresh token works on after another client has tried to revoke it.

    Control: its own client can revoke a refresh token.
    Means: any client can log out the users of all others.
    Fix: compare the client that asks with the one that the token was issued to.
    """
    revocation = Revocation.controlled(authorization_server)
    other = other_flow(authorization_server, revocation.flow, public=False)
    token = revocation.refresh_token()
    attack = other.authenticated(revocation.bare_request(token)).with_("sent by another client")
    revocation.send(attack)
    revocation.judge_alive(token, "another client")


@requirement("RFC7009-2.1-b")
def test_a_client_with_credentials_has_to_show_them(authorization_server: AuthorizationServer) -> None:
    """A refresh token works on after somebody without the credentials of its client has tried to revoke it.

    Control: with its credentials the client can revoke a refresh token.
    Means: whoever sees a refresh token can end it in the name of its client.
    Fix: authenticate clients at the revocation endpoint as at the token endpoint.
    """
    revocation = Revocation.controlled(authorization_server, confidential_flow(authorization_server))
    token = revocation.refresh_token()
    named = revocation.bare_request(token).with_(client_id=revocation.flow.client.client_id)
    revocation.send(replace(named, changes=("the client's credentials left out",)))
    revocation.judge_alive(token, "somebody without the client's credentials")


@requirement("RFC7009-2.1-c")
def test_access_tokens_end_with_their_refresh_token(authorization_server: AuthorizationServer) -> None:
    """After its refresh token was revoked, the access token of the same grant is inactive.

    Control: it was active before, and an access token that is revoked itself becomes inactive, by introspection.
    Means: after a logout the client's access token goes on working until it expires.
    Fix: end all access tokens of a grant when its refresh token is revoked.
    """
    introspection = Introspection.of(authorization_server)
    revocation = Revocation.controlled(authorization_server, introspection.flow)
    access_token = revocation.granted().access_token or ""
    if _active_after(introspection, revocation, access_token, access_token):
        raise NotApplicable("the server does not revoke access tokens, as introspection shows it")
    answer = revocation.granted()
    introspection.active(answer.access_token or "")
    if _active_after(introspection, revocation, answer.access_token or "", answer.refresh_token or ""):
        expected = "active: false for the access token of the grant"
        raise Violation("the access token lives on", expected=expected, observed="active: true")


@requirement("RFC7009-2.2-a")
def test_a_revocation_is_answered_200(authorization_server: AuthorizationServer) -> None:
    """The revocation of a token is answered 200.

    Control: the token is worth nothing afterwards.
    Means: clients report a failed logout to their users, or try again and again.
    Fix: answer a revocation with 200.
    """
    revocation = Revocation.of(authorization_server)
    token = revocation.refresh_token()
    answer = revocation.send(revocation.request(token))
    revocation.judge_ended(token)
    expect(answer).has_status(200)


@requirement("RFC7009-2.2-a")
def test_an_unknown_token_is_revoked_already(authorization_server: AuthorizationServer) -> None:
    """The revocation of a token that never existed is answered 200.

    Control: a real refresh token can be revoked.
    Means: clients fail at a logout whose purpose is met already.
    Fix: answer 200 for tokens that are unknown or have ended.
    """
    revocation = Revocation.controlled(authorization_server)
    unknown = revocation.request(unguessable()).with_("token set to one that nobody issued")
    expect(revocation.send(unknown)).has_status(200)


@requirement("RFC7009-2.2-a")
def test_an_unknown_hint_is_ignored(authorization_server: AuthorizationServer) -> None:
    """A refresh token is revoked although token_type_hint is a value that no document defines.

    Control: without a hint a refresh token is revoked.
    Means: clients that hint by a newer name can't revoke anything.
    Fix: ignore values of token_type_hint that you don't know.
    """
    revocation = Revocation.controlled(authorization_server)
    token = revocation.refresh_token()
    revocation.send(revocation.request(token, unguessable("hint-")))
    revocation.judge_ended(token)


@requirement("RFC7009-2.2.1-a")
def test_a_revocation_without_token_is_invalid(authorization_server: AuthorizationServer) -> None:
    """A revocation request without token is answered 400 with error invalid_request.

    Control: a refresh token can be revoked.
    Means: a client with a bug believes that it has logged its user out.
    Fix: answer a missing token with 400 and error=invalid_request.
    """
    revocation = Revocation.controlled(authorization_server)
    answer = revocation.send(revocation.request(unguessable()).without("token"))
    expect(answer).has_status(400)
    expect(TokenAnswer(answer)).refuses_with("invalid_request")


def _active_after(introspection: Introspection, revocation: Revocation, access_token: str, revoked: str) -> bool:
    revocation.send(revocation.request(revoked))
    after = introspection.send(introspection.request(access_token))
    return (after.json_object() or {}).get("active") is True
