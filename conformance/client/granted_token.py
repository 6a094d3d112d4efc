"""Real tokens of the authorization server under test for one purpose each, obtained once a process."""

import time
from collections.abc import Mapping
from dataclasses import replace
from secrets import token_urlsafe
from typing import Any

from conformance.client.authorization_server import AuthorizationServer
from conformance.client.flow import AuthorizationFlow
from conformance.client.jose import unverified_jwt
from conformance.client.published import all_members
from conformance.client.resource_server import ResourceServer
from conformance.client.token_content import effective_scope, token_content
from conformance.expect import TokenAnswer
from conformance.vocabulary import Inconclusive, NotApplicable

_OPENID = "openid"


def token_with_scope(server: ResourceServer, scope: str) -> str:
    """A token of the first user with exactly that scope (for the narrow one `tokens.narrow_scope`, where given).

    Raises NotApplicable when the server grants another scope, Inconclusive when the grant fails.
    """
    facts = server.context.facts
    given = server.given_token("narrow_scope") if scope == facts.narrow_scope else None
    if given:
        return given

    def grant() -> str:
        issuer = _authorization_server(server)
        flow = replace(issuer.flow(), scope=scope)
        answer = server.presentation.grant(issuer, flow)
        granted = effective_scope(issuer, flow, answer)
        if granted is not None and granted != frozenset(scope.split()):
            raise NotApplicable(f"asked for the scope {scope!r}, the authorization server granted another one")
        return answer.access_token or ""

    return server.context.once(f"token with scope {scope}", grant)


def token_for_second_resource(server: ResourceServer) -> str:
    """A token of the same authorization server for `second_resource` of the target file (or `tokens.second_resource`).

    Raises NotApplicable without one of them or when the token names this server too, Inconclusive when the grant fails.
    """
    facts = server.context.facts
    given = server.given_token("second_resource")
    resource = facts.second_resource
    if not given and not resource:
        raise NotApplicable("the target file names no second_resource to get a token for")

    def grant() -> str:
        issuer = _authorization_server(server)
        flow = replace(issuer.flow(), resource=resource)
        answer = server.presentation.grant(issuer, flow)
        content = token_content(issuer, flow, answer)
        if content is not None and (facts.resource or server.url) in content.audience:
            raise NotApplicable("a token for second_resource names this server in its audience too")
        return answer.access_token or ""

    return given or server.context.once("token for the second resource", grant)


def token_of_second_user(server: ResourceServer) -> str:
    """A token like the usual one, of the second user (or `tokens.second_user`). Raises NotApplicable without one."""
    given = server.given_token("second_user")
    if given:
        return given
    if len(server.context.users) < 2:
        raise NotApplicable("the target file gives no second_user")

    def grant() -> str:
        issuer = _authorization_server(server)
        return server.presentation.grant(issuer, issuer.flow(user=1)).access_token or ""

    return server.context.once("token of the second user", grant)


def refresh_token(server: ResourceServer) -> str:
    """A refresh token of the usual grant. Raises NotApplicable when none is issued."""

    def grant() -> str:
        answer: TokenAnswer = _refreshable_flow(_authorization_server(server)).grant().token
        if not answer.refresh_token:
            raise NotApplicable("the authorization server issues no refresh token")
        return answer.refresh_token

    return server.context.once("refresh token", grant)


def tokens_of_a_login(server: ResourceServer) -> tuple[str, str]:
    """Access token and ID token of one grant, for which openid was added to the usual scope.

    Raises NotApplicable when the authorization server doesn't offer the scope openid, or gives no good ID token for it.
    """

    def grant() -> tuple[str, str]:
        issuer = _authorization_server(server)
        listed = [members.value.get("scopes_supported") for members in all_members(issuer)]
        usual = issuer.flow()
        if usual.scope is None or not any(isinstance(scopes, list) and _OPENID in scopes for scopes in listed):
            raise NotApplicable("the metadata has no scope openid, or the target file says no scope to add it to")
        flow = replace(usual, scope=f"{usual.scope} {_OPENID}")
        request = flow.authorization_request(nonce=token_urlsafe(16))
        login = flow.send(request)
        answer = flow.redeem(flow.token_request(request, login)) if login.code else None
        id_token = answer.members.get("id_token") if answer else None
        if answer is None or not answer.access_token or not isinstance(id_token, str):
            raise NotApplicable("the authorization server gives this client no ID token for the scope openid")
        if not _is_current(id_token):
            raise NotApplicable("the ID token is past its exp already, so that it is refused in any case")
        return answer.access_token, id_token

    return server.context.once("login with ID token", grant)


def _is_current(token: str) -> bool:
    jwt = unverified_jwt(token)
    expires = jwt.claims.get("exp") if jwt else None
    return isinstance(expires, int | float) and expires > time.time()


def signed_token(server: ResourceServer) -> str:
    """The usual token, which is a JWT. Raises NotApplicable when it is opaque, Inconclusive when there is none."""
    token = server.token()
    if unverified_jwt(token) is None:
        raise NotApplicable("access tokens of this authorization server are opaque")
    return token


def verification_key(server: ResourceServer) -> Mapping[str, Any]:
    """The public JWK that verifies the usual token. Raises NotApplicable or Inconclusive when it isn't published."""
    jwt = unverified_jwt(signed_token(server))
    listed = (server.authorization_server().jwks().members or {}).get("keys")
    keys = [key for key in listed if isinstance(key, dict)] if isinstance(listed, list) else []
    kid = jwt.header.get("kid") if jwt else None
    fitting = [key for key in keys if kid is None or key.get("kid") == kid]
    if not fitting:
        raise Inconclusive("the key of the access token is not in the published key set", root="jwks")
    return fitting[0]


def _authorization_server(server: ResourceServer) -> AuthorizationServer:
    facts = server.context.facts
    if facts.issuer is None and facts.token_issuer is not None:
        raise NotApplicable("the target names no authorization server; all tokens come from the harness's issuer")
    own = replace(server, wire=server.context.wire())
    return own.authorization_server()


def _refreshable_flow(issuer: AuthorizationServer) -> AuthorizationFlow:
    given = next((c for c in issuer.context.facts.clients if "refresh_token" in c.grant_types), None)
    return issuer.flow(given)
