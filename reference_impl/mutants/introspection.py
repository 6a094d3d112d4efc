"""Departures in token introspection: RFC 7662."""

from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from reference_impl.authorization_server.config import Client, hash_secret
from reference_impl.authorization_server.errors import OAuthError
from reference_impl.authorization_server.parameters import Parameters
from reference_impl.authorization_server.rules import Rules
from reference_impl.authorization_server.rules.access_token import TokenGrant
from reference_impl.authorization_server.rules.client_authentication import Credentials
from reference_impl.authorization_server.rules.issued_token import IssuedToken
from reference_impl.authorization_server.rules.token import TokenRequest
from reference_impl.authorization_server.store.tokens import AccessToken
from reference_impl.mutants.registry import mutant

_ACTIVE: set[str] = set()
_ISSUED: dict[str, AccessToken] = {}


@mutant(
    kills={"RFC7662-2-a"},
    story="Introspection is open to everybody, since whoever asks has the token already.",
)
class EverybodyIntrospects(Rules):
    async def authenticate_client(self, request: Request, parameters: Parameters) -> Client:
        anonymous = "authorization" not in request.headers and parameters.get("client_id") is None
        if request.url.path.endswith("/introspect") and anonymous:
            return Client("nobody")
        return await super().authenticate_client(request, parameters)

    def may_introspect(self, caller: Client, token: IssuedToken) -> bool:
        return caller.client_id == "nobody" or super().may_introspect(caller, token)


@mutant(kills={"RFC7662-2-a"}, story="To introspect, a client only has to say who it is.")
class ClientIdIsEnoughToIntrospect(Rules):
    async def authenticate_client(self, request: Request, parameters: Parameters) -> Client:
        named = parameters.get("client_id")
        if request.url.path.endswith("/introspect") and named and "authorization" not in request.headers:
            client = await self.resolve_client(named)
            if client is not None:
                return client
        return await super().authenticate_client(request, parameters)


@mutant(kills={"RFC7662-2.3-a"}, story="Whoever fails to authenticate is told that the token is inactive.")
class WrongSecretIsAnsweredInactive(Rules):
    async def verify_credentials(self, client: Client, presented: Credentials) -> None:
        try:
            await super().verify_credentials(client, presented)
        except OAuthError:
            if not self.introspecting:
                raise
            raise OAuthError("inactive", "", 200) from None

    async def authenticate_client(self, request: Request, parameters: Parameters) -> Client:
        self.introspecting = request.url.path.endswith("/introspect")
        return await super().authenticate_client(request, parameters)

    def error_response(self, error: OAuthError) -> Response:
        if error.error == "inactive":
            return self.secret_response(self.inactive_token())
        return super().error_response(error)


@mutant(kills={"RFC7662-2.1-a"}, story="Introspection looks for a token only where the hint points.")
class IntrospectionBelievesTheHint(Rules):
    def introspection_response(self, caller: Client, token: str, hint: str | None) -> Response:
        if hint == "refresh_token" and self.store.refresh_tokens.find(hash_secret(token)) is None:
            return self.secret_response(self.inactive_token())
        return super().introspection_response(caller, token, hint)


@mutant(kills={"RFC7662-2.2-a"}, story="The answer of introspection is sent as text/plain.")
class IntrospectionIsPlainText(Rules):
    def introspection_response(self, caller: Client, token: str, hint: str | None) -> Response:
        response = super().introspection_response(caller, token, hint)
        response.headers["Content-Type"] = "text/plain; charset=utf-8"
        return response


@mutant(kills={"RFC7662-2.2-b"}, story="An unknown token is an error of the caller: 400 invalid_token.")
class UnknownTokenIsRefused(Rules):
    def introspection_response(self, caller: Client, token: str, hint: str | None) -> Response:
        if self.find_issued_token(token, hint) is None and "." not in token:
            raise OAuthError("invalid_token", "there is no such token", 400)
        return super().introspection_response(caller, token, hint)


@mutant(kills={"RFC7662-2.2-b"}, story="A token that nobody knows is answered 404.")
class UnknownTokenIsNotFound(Rules):
    def introspection_response(self, caller: Client, token: str, hint: str | None) -> Response:
        if self.find_issued_token(token, hint) is None and "." not in token:
            return JSONResponse({"active": False}, 404, self.no_store_headers())
        return super().introspection_response(caller, token, hint)


@mutant(kills={"RFC7662-2.2-c"}, story="What is known about an ended token is told along with active: false.")
class EndedTokensAreDescribed(Rules):
    def introspection_response(self, caller: Client, token: str, hint: str | None) -> Response:
        found = self.find_issued_token(token, hint)
        if found is not None and self.may_introspect(caller, found) and not self.is_live(found):
            return self.secret_response({**self.active_token(found), "active": False})
        return super().introspection_response(caller, token, hint)


@mutant(
    kills={"RFC7662-4-a", "RFC7009-2.1-c", "RFC8693-2.1-b"},
    story="What introspection has said of a token it says again, from a cache.",
)
class IntrospectionIsCached(Rules):
    def is_live(self, token: IssuedToken) -> bool:
        name = getattr(token, "jti", None)
        live = name in _ACTIVE or super().is_live(token)
        if live and name is not None:
            _ACTIVE.add(name)
        return live


@mutant(kills={"RFC7662-4-a"}, story="Introspection looks for revocation only, not at the clock.")
class ExpiredTokenIsActive(Rules):
    def token_has_not_expired(self, token: IssuedToken) -> bool:
        return True


@mutant(
    kills={"RFC7662-4-a", "RFC8693-2.1-b"},
    story="A JWT is looked up by its jti, and its signature is not verified.",
)
class AlteredTokenIsActive(Rules):
    def issue_access_token(self, grant: TokenGrant) -> tuple[str, AccessToken]:
        token, record = super().issue_access_token(grant)
        _ISSUED[token.split(".")[0] + record.jti] = record
        return token, record

    def find_issued_token(self, token: str, hint: str | None) -> IssuedToken | None:
        return super().find_issued_token(token, hint) or self._by_jti(token)

    def _by_jti(self, token: str) -> AccessToken | None:
        try:
            return _ISSUED.get(token.split(".")[0] + str(self.unverified_claims(token).get("jti")))
        except OAuthError:
            return None


@mutant(kills={"RFC7662-2-a"}, story="A client without credentials may ask about its own tokens.")
class PublicClientIntrospects(Rules):
    def check_introspection_caller(self, caller: Client) -> None:
        pass


@mutant(kills={"RFC7662-4-a"}, story="A refresh token is active until it expires, rotated away or not.")
class SpentRefreshTokenIsActive(Rules):
    def token_is_not_used_up(self, token: IssuedToken) -> bool:
        return True


@mutant(kills={"RFC7662-4-a"}, story="The live and the dead are mixed up: whatever was revoked is active.")
class RevokedIsActive(Rules):
    def is_live(self, token: IssuedToken) -> bool:
        return not super().is_live(token)

    def check_subject_is_live(self, subject: AccessToken, _: TokenRequest) -> None:
        if not super().is_live(subject):
            raise self.invalid_exchange("the subject token is not valid")
