"""Token introspection: RFC 7662."""

from conformance.catalogue import requirement
from conformance.client.authorization_server import AuthorizationServer, unguessable
from conformance.client.forged_token import cut_short, with_altered_payload
from conformance.client.introspection import (
    Introspection,
    answer_after_expiry,
    endpoint_of,
    told_active,
)
from conformance.client.jose import unverified_jwt
from conformance.client.revocation import Revocation
from conformance.client.second_client import confidential_flow
from conformance.expect import expect
from conformance.vocabulary import NotApplicable, Violation
from conformance.wire import Response


@requirement("RFC7662-2.1-a")
def test_a_wrong_hint_does_not_hide_a_token(authorization_server: AuthorizationServer) -> None:
    """An active access token is active although token_type_hint says refresh_token.

    Control: without a hint it is active.
    Means: resource servers that hint wrongly turn good tokens away.
    Fix: when the token isn't found where the hint points, look among all other kinds of tokens.
    """
    introspection = Introspection.of(authorization_server)
    token = introspection.granted().access_token or ""
    introspection.active(token)
    response = introspection.send(introspection.request(token, "refresh_token"))
    _is_active(response, wanted=True)


@requirement("RFC7662-2.2-a")
def test_the_answer_is_json_with_active(authorization_server: AuthorizationServer) -> None:
    """The answer about a good token is a JSON object, by its media type too, whose member active is true.

    Control: the token was issued just now, and some client at hand is told that such a token is active.
    Means: libraries can't read the answer, or take a string for true.
    Fix: answer 200 with application/json and the literal true or false as active.
    """
    introspection = Introspection.of(authorization_server)
    response = introspection.send(introspection.request(introspection.granted().access_token or ""))
    expect(response).has_status(200).has_media_type("application/json")
    _is_active(response, wanted=True)


@requirement("RFC7662-2.2-b")
def test_an_unknown_token_is_inactive_and_no_error(authorization_server: AuthorizationServer) -> None:
    """A token that nobody issued is answered 200 with active: false.

    Control: a good token is active.
    Means: resource servers take the error for a fault of the authorization server, and fail open or break.
    Fix: answer 200 and {"active": false} for whatever is no good token.
    """
    introspection = Introspection.of(authorization_server)
    introspection.active(introspection.granted().access_token or "")
    response = introspection.send(introspection.request(unguessable()).with_("token set to one that nobody issued"))
    expect(response).has_status(200)
    _is_active(response, wanted=False)


@requirement("RFC7662-2.2-c")
def test_nothing_else_is_told_about_an_inactive_token(authorization_server: AuthorizationServer) -> None:
    """The answer about a token that was revoked, or that nobody issued, has no member but active.

    Control: a good token is active.
    Means: who finds an old token learns whose it was and what it could do.
    Fix: answer {"active": false} and nothing else.
    """
    introspection = Introspection.of(authorization_server)
    introspection.active(introspection.granted().access_token or "")
    judged = 0
    for token in _inactive(authorization_server, introspection):
        request = introspection.request(token).with_("token replaced by one that is not active")
        members = introspection.send(request).json_object() or {}
        if members.get("active") is False:
            judged += 1
            told = ", ".join(sorted(set(members) - {"active"}))
            if told:
                raise Violation("an inactive token is described", expected="only active", observed=f"also {told}")
    if not judged:
        raise NotApplicable("no token is inactive, which another requirement judges")


@requirement("RFC7662-4-a")
def test_a_revoked_access_token_is_inactive(authorization_server: AuthorizationServer) -> None:
    """An access token whose revocation was not refused is inactive.

    Control: it was active before.
    Means: resource servers that ask are told that a revoked token is good.
    Fix: look for revocation before active: true is answered.
    """
    introspection = Introspection.of(authorization_server)
    revocation = Revocation.of(authorization_server, introspection.flow)
    token = introspection.granted().access_token or ""
    introspection.active(token)
    if revocation.send(revocation.request(token)).status // 100 != 2:
        raise NotApplicable("the server does not revoke access tokens")
    _is_active(introspection.send(introspection.request(token).with_("asked about after its revocation")), wanted=False)


@requirement("RFC7662-4-a")
def test_a_refresh_token_that_was_rotated_away_is_inactive(authorization_server: AuthorizationServer) -> None:
    """A refresh token that was exchanged for another, and that the token endpoint refuses, is inactive.

    Control: it gave new tokens before.
    Means: whoever asks is told that a spent refresh token, the sign of a theft, is good.
    Fix: look for rotation before active: true is answered about a refresh token.
    """
    introspection = Introspection.of(authorization_server)
    token = introspection.granted().refresh_token
    if token is None:
        raise NotApplicable("the server issues no refresh token")
    flow = introspection.flow
    successor = flow.control_redeem(flow.refresh_request(token)).refresh_token
    if successor in (None, token):
        raise NotApplicable("the server does not rotate refresh tokens")
    answer = introspection.send(introspection.request(token, "refresh_token").with_("asked about after its rotation"))
    if flow.redeem(flow.refresh_request(token)).access_token is not None:
        raise NotApplicable("the refresh token still works, which another requirement judges")
    _is_active(answer, wanted=False)


@requirement("RFC7662-4-a")
def test_a_revoked_token_is_active_for_nobody(authorization_server: AuthorizationServer) -> None:
    """No client is told that a revoked access token is active, whether it was told so before or not.

    Control: the revocation was not refused, and some client may introspect at all.
    Means: resource servers that ask are told that a revoked token is good.
    Fix: look for revocation before active: true is answered.
    """
    endpoint_of(authorization_server)
    flow = confidential_flow(authorization_server)
    revocation = Revocation.of(authorization_server, flow)
    token = flow.grant().token.access_token or ""
    if revocation.send(revocation.request(token)).status // 100 != 2:
        raise NotApplicable("the server does not revoke access tokens")
    if told_active(authorization_server, flow, token):
        raise Violation("a revoked token is active", expected="active: false", observed="active: true")
    Introspection.of(authorization_server)


@requirement("RFC7662-4-a")
def test_an_altered_access_token_is_inactive(authorization_server: AuthorizationServer) -> None:
    """An access token whose payload was altered after signing, or whose end was cut off, is inactive.

    Control: the unaltered token is active.
    Means: an attacker writes another user or more scope into a token, and resource servers that ask believe it.
    Fix: verify the signature, or look up the whole token, before active: true is answered.
    """
    introspection = Introspection.of(authorization_server)
    token = introspection.granted().access_token or ""
    introspection.active(token)
    wrong = [cut_short(token), *([with_altered_payload(token)] if unverified_jwt(token) else [])]
    for each in wrong:
        request = introspection.request(each.token).with_(f"a token {each.flaw}")
        _is_active(introspection.send(request), wanted=False)


@requirement("RFC7662-4-a", waits=True)
def test_an_expired_access_token_is_inactive(authorization_server: AuthorizationServer) -> None:
    """An access token is inactive once its exp has passed.

    Control: it was active before; the target file names a client with short-lived tokens, and they are waited for.
    Means: resource servers that ask are told that an expired token is good.
    Fix: compare exp with the clock before active: true is answered.
    """
    _is_active(answer_after_expiry(authorization_server), wanted=False)


def _inactive(server: AuthorizationServer, introspection: Introspection) -> list[str]:
    unknown = unguessable()
    if "revocation_endpoint" not in server.metadata().value:
        return [unknown]
    revocation = Revocation.of(server, introspection.flow)
    token = introspection.granted().access_token or ""
    revocation.send(revocation.request(token))
    return [token, unknown]


def _is_active(response: Response, *, wanted: bool) -> None:
    members = response.json_object() or {}
    if members.get("active") is not wanted:
        observed = f"{response.status} with active: {members.get('active')!r}"
        raise Violation(
            f"active is not {str(wanted).lower()}",
            expected=f"active: {str(wanted).lower()}",
            observed=observed,
            decided_by=response.exchange,
        )
