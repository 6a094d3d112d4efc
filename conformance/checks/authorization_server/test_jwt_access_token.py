"""How JWT access tokens are signed and typed, and the claims that every one has: RFC 9068, 2.1 and 2.2."""

import time

from conformance.catalogue import requirement
from conformance.client.authorization_server import AuthorizationServer
from conformance.client.flow import AuthorizationFlow
from conformance.client.jwt_access_tokens import JwtAccessToken, JwtAccessTokens, judge_signature
from conformance.profiles import Params
from conformance.vocabulary import NotApplicable

_AT_JWT = ("at+jwt", "application/at+jwt")


@requirement("RFC9068-2.1-a")
def test_jwt_access_tokens_are_signed(authorization_server: AuthorizationServer, params: Params) -> None:
    """A JWT access token has a signature that a key of jwks_uri verifies.

    Means: resource servers can't tell a token of this server from one that an attacker wrote.
    Fix: sign access tokens with a key of the published key set.
    """
    for token in _tokens(authorization_server, params):
        judge_signature(authorization_server, token)


@requirement("RFC9068-2.1-b")
def test_jwt_access_tokens_are_signed_asymmetrically(authorization_server: AuthorizationServer, params: Params) -> None:
    """The algorithm of a JWT access token is no MAC: HS256, HS384 or HS512.

    Means: every resource server that can verify tokens can make them, too.
    Fix: sign access tokens with ES256, RS256 or another asymmetric algorithm.
    """
    for token in _tokens(authorization_server, params):
        algorithm = token.jwt.header.get("alg")
        if str(algorithm).upper().startswith("HS"):
            raise token.violation("a MAC", expected="an asymmetric algorithm", observed=f"alg: {algorithm!r}")


@requirement("RFC9068-2.1-c")
def test_alg_of_a_jwt_access_token_is_not_none(authorization_server: AuthorizationServer, params: Params) -> None:
    """The alg of a JWT access token is not none.

    Means: anybody can write such tokens.
    Fix: sign access tokens.
    """
    for token in _tokens(authorization_server, params):
        if str(token.jwt.header.get("alg")).lower() == "none":
            raise token.violation("alg none", expected="a signature algorithm", observed="alg: none")


@requirement("RFC9068-2.1-e")
def test_the_type_of_a_jwt_access_token_is_at_jwt(authorization_server: AuthorizationServer, params: Params) -> None:
    """The typ of a JWT access token is at+jwt or application/at+jwt, in any spelling.

    Means: an ID token, or any other JWT of this server, passes for an access token.
    Fix: set the header typ to at+jwt.
    """
    for token in _tokens(authorization_server, params):
        if token.typ not in _AT_JWT:
            raise token.violation("another typ", expected="typ: at+jwt", observed=f"typ: {token.typ!r}")


@requirement("RFC9068-2.1-f")
def test_the_type_is_written_short(authorization_server: AuthorizationServer, params: Params) -> None:
    """The typ of a JWT access token has no application/ in front.

    Means: resource servers that know the short form only refuse the token.
    Fix: set the header typ to at+jwt.
    """
    for token in _tokens(authorization_server, params):
        if token.typ.startswith("application/"):
            raise token.violation("the long form of typ", expected="typ: at+jwt", observed=f"typ: {token.typ!r}")


@requirement("RFC9068-2.2-a")
def test_iss_is_the_issuer(authorization_server: AuthorizationServer, params: Params) -> None:
    """The iss claim is the issuer of the metadata, compared as strings.

    Means: resource servers refuse the token, or don't know whose it is.
    Fix: put the issuer identifier into iss, exactly as the metadata has it.
    """
    for token in _tokens(authorization_server, params):
        if token.text("iss") != token.flow.issuer:
            raise token.violation(
                "another iss", expected=f"iss: {token.flow.issuer}", observed=f"iss: {token.text('iss')}"
            )


@requirement("RFC9068-2.2-b")
def test_exp_is_ahead(authorization_server: AuthorizationServer, params: Params) -> None:
    """The exp claim is a number, and later than iat.

    Means: the token is refused at once, or lives for ever.
    Fix: put the end of the token's lifetime into exp, in seconds since 1970.
    """
    for token in _tokens(authorization_server, params):
        if token.number("exp") <= (token.jwt.number("iat") or 0):
            observed = f"exp: {token.number('exp'):.0f}, iat: {token.jwt.number('iat')}"
            raise token.violation("exp not after iat", expected="exp later than iat", observed=observed)


@requirement("RFC9068-2.2-c")
def test_aud_names_somebody(authorization_server: AuthorizationServer, params: Params) -> None:
    """The aud claim is a string or an array of strings, and not empty.

    Means: every resource server takes the token, or none does.
    Fix: put the resource indicator into aud.
    """
    for token in _tokens(authorization_server, params):
        audience = token.claim("aud")
        values = audience if isinstance(audience, list) else [audience]
        if not values or not all(isinstance(value, str) and value for value in values):
            raise token.violation("no usable aud", expected="aud: a string or strings", observed=f"aud: {audience!r}")


@requirement("RFC9068-2.2-d")
def test_sub_is_there(authorization_server: AuthorizationServer, params: Params) -> None:
    """The sub claim is a string that is not empty.

    Means: resource servers can't tell on whose behalf the request is made.
    Fix: put the user, or the client that acts for itself, into sub.
    """
    for token in _tokens(authorization_server, params):
        token.text("sub")


@requirement("RFC9068-2.2-g")
def test_client_id_is_the_client(authorization_server: AuthorizationServer, params: Params) -> None:
    """The client_id claim is the client that got the token.

    Means: resource servers hold one client responsible for what another one does.
    Fix: put the client_id of the authenticated client into client_id.
    """
    for token in _tokens(authorization_server, params):
        wanted = token.flow.client.client_id
        if token.text("client_id") != wanted:
            observed = f"client_id: {token.text('client_id')}"
            raise token.violation("another client", expected=f"client_id: {wanted}", observed=observed)


@requirement("RFC9068-2.2-h")
def test_iat_is_not_ahead(authorization_server: AuthorizationServer, params: Params) -> None:
    """The iat claim is a number that does not lie ahead, give or take five minutes between two clocks.

    Means: resource servers refuse a token that is not issued yet.
    Fix: put the time of issue into iat, in seconds since 1970.
    """
    for token in _tokens(authorization_server, params):
        ahead = token.number("iat") - time.time()
        if ahead > 300:
            raise token.violation("iat ahead", expected="iat: now", observed=f"iat: {ahead:.0f} seconds ahead")


@requirement("RFC9068-2.2-i")
def test_jti_is_unique(authorization_server: AuthorizationServer, params: Params) -> None:
    """The jti claim is there, and two different tokens have different ones.

    Control: a second token of the same kind is issued.
    Means: who revokes or blocks one token by its jti hits another one.
    Fix: give each token a jti of its own, for instance 128 random bits.
    """
    tokens = JwtAccessTokens(authorization_server, params.rfc9068_access_tokens)
    for token in tokens.each():
        token.text("jti")
        second = tokens.fresh(token.kind, _own(authorization_server, token))
        if second.answer.access_token == token.answer.access_token:
            raise NotApplicable("the server gives the same token again, so there is nothing to compare")
        if second.text("jti") == token.text("jti"):
            raise second.violation("a jti for the second time", expected="another jti", observed="the same jti")


def _tokens(server: AuthorizationServer, params: Params) -> list[JwtAccessToken]:
    return JwtAccessTokens(server, params.rfc9068_access_tokens).each()


def _own(server: AuthorizationServer, token: JwtAccessToken) -> AuthorizationFlow:
    return server.flow(token.flow.client)
