"""The access tokens that RFC 9068 is about: JWTs that say so by their typ, one for a user and one for a machine."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Any, cast

from joserfc import jws
from joserfc.errors import JoseError
from joserfc.jwk import KeySet, KeySetSerialization

from conformance.client.authorization_server import AuthorizationServer
from conformance.client.flow import AuthorizationFlow
from conformance.client.jose import UnverifiedJwt, unverified_jwt
from conformance.expect import TokenAnswer
from conformance.vocabulary import Inconclusive, NotApplicable, Violation
from conformance.wire import NoAnswer

_TYPES = ("at+jwt", "application/at+jwt")
_SIGNING = ("ES256", "ES384", "ES512", "RS256", "RS384", "RS512", "PS256", "PS384", "PS512", "EdDSA", "Ed25519")


@dataclass(frozen=True)
class JwtAccessToken:
    """One token: `kind` is "user" or "machine"; `flow` is the flow of its client, which asked for `scope`."""

    kind: str
    flow: AuthorizationFlow
    answer: TokenAnswer
    jwt: UnverifiedJwt

    @property
    def typ(self) -> str:
        """The media type of the header, in lower case; "" when there is none."""
        return str(self.jwt.header.get("typ") or "").lower()

    def claim(self, name: str) -> Any:
        """A claim that has to be there. Raises Violation."""
        if self.jwt.claims.get(name) is None:
            raise self.violation(f"no {name} claim", expected=f"a claim {name}", observed=f"no {name}")
        return self.jwt.claims[name]

    def text(self, name: str) -> str:
        """A claim that has to be a string with something in it. Raises Violation."""
        value = self.claim(name)
        if not isinstance(value, str) or not value:
            raise self.violation(f"{name} is no string", expected=f"{name}: a string", observed=f"{name}: {value!r}")
        return value

    def number(self, name: str) -> float:
        """A claim that has to be a number. Raises Violation."""
        value = self.jwt.number(name) if self.claim(name) is not None else None
        if value is None:
            observed = f"{name}: {self.claim(name)!r}"
            raise self.violation(f"{name} is no number", expected=f"{name}: a number", observed=observed)
        return value

    def violation(self, message: str, *, expected: str, observed: str) -> Violation:
        """What is wrong with this token."""
        said = f"{message} in the {self.kind}'s access token"
        return Violation(said, expected=expected, observed=observed[:300], decided_by=self.answer.response.exchange)


@dataclass(frozen=True)
class JwtAccessTokens:
    """The tokens of a server; `required`: the profile asks for RFC 9068, whatever the typ of its JWTs is."""

    server: AuthorizationServer
    required: bool = False

    def each(self) -> list[JwtAccessToken]:
        """The tokens that RFC 9068 binds, got once a process. Raises NotApplicable when there is none."""
        tokens = [token for token in self.all_jwts() if self.required or token.typ in _TYPES]
        if not tokens:
            raise NotApplicable("the server's JWT access tokens are not of type at+jwt: it does not claim RFC 9068")
        return tokens

    def all_jwts(self) -> list[JwtAccessToken]:
        """Every access token that is a JWT. Raises NotApplicable when all are opaque."""
        found = [token for token in self._issued() if token is not None]
        if not found:
            raise NotApplicable("access tokens of this server are opaque, not JWTs")
        for token in found:
            if token.answer.response.exchange is not None:
                self.server.wire.transcript.include(token.answer.response.exchange)
        return found

    def of_user(self) -> JwtAccessToken:
        """The token that a user's grant gave. Raises NotApplicable."""
        return self._of("user")

    def of_machine(self) -> JwtAccessToken:
        """The token of a client that acts for itself. Raises NotApplicable."""
        return self._of("machine")

    def fresh(self, kind: str, flow: AuthorizationFlow | None = None) -> JwtAccessToken:
        """One more token of that kind, or of another flow. Raises NotApplicable when it is no JWT."""
        token = _token(kind, flow or self._of(kind).flow)
        if token is None:
            raise NotApplicable("access tokens of this server are opaque, not JWTs")
        return token

    def read(self, token: JwtAccessToken, answer: TokenAnswer) -> JwtAccessToken:
        """A later answer to the same client, as a token of the same kind. Raises NotApplicable when it is no JWT."""
        jwt = unverified_jwt(answer.access_token or "")
        if jwt is None:
            raise NotApplicable("access tokens of this server are opaque, not JWTs")
        return replace(token, answer=answer, jwt=jwt)

    def without_resource(self, kind: str) -> JwtAccessToken:
        """A token of that kind, asked for without resource. Raises NotApplicable when the server wants one named."""
        flow = replace(self._of(kind).flow, resource=None)
        needs_one = NotApplicable("the server grants nothing without resource, and may do so")
        if kind == "user" and flow.send(flow.authorization_request()).code is None:
            raise needs_one
        try:
            return self.fresh(kind, flow)
        except Inconclusive as error:
            if kind == "machine" and not isinstance(error, NoAnswer):
                raise needs_one from None
            raise

    def _of(self, kind: str) -> JwtAccessToken:
        for token in self.each():
            if token.kind == kind:
                return replace(token, flow=replace(token.flow, wire=self.server.wire))
        raise NotApplicable(f"the server gives no {kind} a JWT access token")

    def _issued(self) -> Iterator[JwtAccessToken | None]:
        own = replace(self.server, wire=self.server.context.wire())
        once = self.server.context.once
        yield once("JWT access token of a user", lambda: _token("user", own.flow()))
        try:
            yield once("JWT access token of a machine", lambda: _token("machine", own.machine_flow()))
        except (NotApplicable, Inconclusive):
            return  # no machine clients at this server: the user's token is judged alone


def judge_signature(server: AuthorizationServer, token: JwtAccessToken) -> None:
    """The token verifies with a published key. Raises Violation, or Inconclusive when no keys are published."""
    members = server.jwks().members
    if members is None:
        raise Inconclusive("the key set of the server can't be read", root="jwks")
    registry = jws.JWSRegistry(algorithms=list(_SIGNING), strict_check_header=False)
    try:
        keys = KeySet.import_key_set(cast("KeySetSerialization", dict(members)))
        jws.deserialize_compact(token.answer.access_token or "", keys, registry=registry)
    except (JoseError, ValueError, TypeError, KeyError):
        raise token.violation(
            "no good signature",
            expected="a signature by a key of jwks_uri",
            observed=f"alg: {token.jwt.header.get('alg')!r}, and no published key verifies it",
        ) from None


def _token(kind: str, flow: AuthorizationFlow) -> JwtAccessToken | None:
    answer = flow.grant().token if kind == "user" else flow.control_redeem(flow.client_credentials_request())
    jwt = unverified_jwt(answer.access_token or "")
    return JwtAccessToken(kind, flow, answer, jwt) if jwt else None
