"""Whom JWT access tokens are about, what they allow and whom they are for: RFC 9068, 2.2, 3 and 5."""

from conformance.catalogue import requirement
from conformance.client.authorization_server import AuthorizationServer, unguessable
from conformance.client.jwt_access_tokens import JwtAccessTokens
from conformance.client.registration import registered_client, registration_metadata, registration_request
from conformance.client.resource_indicators import ResourceIndicators
from conformance.profiles import Params
from conformance.vocabulary import NotApplicable, Violation

_SESSION_CLAIMS = ("auth_time", "acr", "amr")
_GROUPINGS = ("groups", "roles", "entitlements")


@requirement("RFC9068-2.2-e")
def test_sub_tells_users_apart(authorization_server: AuthorizationServer, params: Params) -> None:
    """sub differs between two users of the same client.

    Control: both users get a token.
    Means: resource servers take one user for another.
    Fix: put an identifier of the resource owner into sub.
    """
    tokens = _tokens(authorization_server, params)
    first = tokens.of_user()
    if len(authorization_server.context.users) < 2:
        raise NotApplicable("the target file gives no second_user")
    second = tokens.fresh("user", authorization_server.flow(first.flow.client, user=1))
    if first.text("sub") == second.text("sub"):
        raise second.violation("sub of another user", expected="another sub for another user", observed="the same sub")


@requirement("RFC9068-2.2-f")
def test_sub_stands_for_the_machine_client(authorization_server: AuthorizationServer, params: Params) -> None:
    """sub is the same in two tokens that a client gets for itself.

    Control: both tokens are issued.
    Means: resource servers can't recognise the client from one token to the next.
    Fix: put an identifier of the client, such as its client_id, into sub.
    """
    tokens = _tokens(authorization_server, params)
    first = tokens.of_machine()
    second = tokens.fresh("machine")
    if first.text("sub") != second.text("sub"):
        observed = f"sub: {first.text('sub')}, then {second.text('sub')}"
        raise second.violation("another sub", expected="the same sub in every token", observed=observed)


@requirement("RFC9068-2.2.1-a")
def test_a_refresh_is_no_login(authorization_server: AuthorizationServer, params: Params) -> None:
    """auth_time, acr and amr, if they are there, stay the same when a token is refreshed.

    Control: the refresh gives a token.
    Means: resource servers believe that the user logged in just now, and skip a question that they should ask.
    Fix: keep what is known of the login with the grant, and repeat it in every token.
    """
    tokens = _tokens(authorization_server, params)
    first = tokens.fresh("user", tokens.of_user().flow)
    said = [name for name in _SESSION_CLAIMS if name in first.jwt.claims]
    if not said or first.answer.refresh_token is None:
        raise NotApplicable("the token tells nothing about the login, or can't be refreshed")
    refreshed = tokens.read(first, first.flow.control_redeem(first.flow.refresh_request(first.answer.refresh_token)))
    for name in said:
        if refreshed.jwt.claims.get(name) != first.jwt.claims[name]:
            observed = f"{name}: {first.jwt.claims[name]!r}, then {refreshed.jwt.claims.get(name)!r}"
            raise refreshed.violation(f"another {name}", expected=f"the same {name}", observed=observed)


@requirement("RFC9068-2.2.3-a")
def test_the_scope_is_in_the_token(authorization_server: AuthorizationServer, params: Params) -> None:
    """A token that was asked for with scope has a scope claim: one string, separated by spaces.

    Means: resource servers don't know what the token allows.
    Fix: put the granted scope into the scope claim, as in the token response.
    """
    tokens = _tokens(authorization_server, params).each()
    asked = [token for token in tokens if token.flow.scope]
    if not asked:
        raise NotApplicable("the target file gives no scope to ask for")
    for token in asked:
        token.text("scope")


@requirement("RFC9068-2.2.3.1-a")
def test_groups_roles_and_entitlements_are_lists(authorization_server: AuthorizationServer, params: Params) -> None:
    """groups, roles and entitlements, if they are there, are arrays, as RFC 7643 has them.

    Means: resource servers don't find the role that they look for, or find it inside another word.
    Fix: write these claims as arrays.
    """
    found = False
    for token in _tokens(authorization_server, params).each():
        for name in (name for name in _GROUPINGS if name in token.jwt.claims):
            found, value = True, token.jwt.claims[name]
            if not isinstance(value, list):
                raise token.violation(f"{name} is no array", expected="an array", observed=f"{name}: {value!r}")
    if not found:
        raise NotApplicable("the tokens have no groups, roles or entitlements, which are optional")


@requirement("RFC9068-3-a")
def test_aud_is_the_requested_resource(authorization_server: AuthorizationServer, params: Params) -> None:
    """The aud of a token that was asked for with resource holds that resource.

    Means: resource servers that compare aud with their own URL refuse the token.
    Fix: put the resource parameter into aud.
    """
    for token in _tokens(authorization_server, params).each():
        if not token.flow.resource:
            raise NotApplicable("the target names no resource that tokens could be asked for")
        audience = token.claim("aud")
        if token.flow.resource not in (audience if isinstance(audience, list) else [audience]):
            observed, expected = f"aud: {audience!r}", f"aud: {token.flow.resource}"
            raise token.violation("aud is not the requested resource", expected=expected, observed=observed)


@requirement("RFC9068-3-c")
def test_aud_has_a_default(authorization_server: AuthorizationServer, params: Params) -> None:
    """A token that was asked for without resource has an aud all the same.

    Control: the request without resource gives a token.
    Means: any resource server takes the token.
    Fix: put a default resource indicator into aud when the request names none.
    """
    tokens = _tokens(authorization_server, params)
    for kind in {token.kind for token in tokens.each()}:
        token = tokens.without_resource(kind)
        if not token.claim("aud"):
            raise token.violation("an empty aud", expected="a default aud", observed=f"aud: {token.claim('aud')!r}")


@requirement("RFC9068-5-a")
def test_distinct_resources_have_distinct_audiences(authorization_server: AuthorizationServer, params: Params) -> None:
    """Tokens for two resources have no aud in common.

    Control: both tokens are issued.
    Means: a token that leaks at one resource opens the other one.
    Fix: give each resource an identifier of its own, and use it as aud.
    """
    tokens = _tokens(authorization_server, params)
    indicators = ResourceIndicators(authorization_server, tokens.of_user().flow)
    others = indicators.audience_for(indicators.second)
    indicators.not_meant_for(indicators.grant(indicators.first).token, others, indicators.first)


@requirement("RFC9068-5-b")
def test_clients_do_not_choose_their_client_id(authorization_server: AuthorizationServer) -> None:
    """A registration that wishes for a client_id gets another one.

    Control: the registration succeeds.
    Means: a client takes the identifier of a user, and a machine token's sub passes for that user.
    Fix: make client_ids up yourself, whatever the request says.
    """
    facts, endpoint = (
        authorization_server.context.facts,
        authorization_server.metadata().string("registration_endpoint"),
    )
    if not facts.dynamic_registration:
        raise NotApplicable("clients don't register themselves at this server")
    wish = unguessable("user-")
    wanted = registration_metadata("authorization_code", "none", (facts.redirect_uri,), facts.scope)
    request = registration_request(endpoint, wanted | {"client_id": wish}, "client_id wished for")
    response = authorization_server.wire.send(request)
    if response.status == 400:
        raise NotApplicable("the server refuses registrations with a client_id")
    if registered_client(response, wanted).client_id == wish:
        raise Violation("a client chose its client_id", expected="another client_id", observed=f"client_id: {wish}")


def _tokens(server: AuthorizationServer, params: Params) -> JwtAccessTokens:
    return JwtAccessTokens(server, params.rfc9068_access_tokens)
