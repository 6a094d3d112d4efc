"""Departures in token revocation: RFC 7009."""

from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from reference_impl.authorization_server.config import Client, hash_secret
from reference_impl.authorization_server.errors import OAuthError
from reference_impl.authorization_server.parameters import Parameters
from reference_impl.authorization_server.rules import Rules
from reference_impl.authorization_server.rules.issued_token import IssuedToken
from reference_impl.authorization_server.store.tokens import RefreshToken
from reference_impl.mutants.registry import mutant


@mutant(kills={"RFC7009-2-a"}, story="A refresh token that the client calls one is only marked, which nobody reads.")
class HintedRefreshTokensAreNotRevoked(Rules):
    def revoke_token(self, client: Client, token: str, hint: str | None) -> Response:
        return self.revocation_response() if hint == "refresh_token" else super().revoke_token(client, token, hint)


@mutant(kills={"RFC7009-2.1-a"}, story="A token is looked for only where the hint points.")
class HintIsBelieved(Rules):
    def revoke_token(self, client: Client, token: str, hint: str | None) -> Response:
        lookups = {"access_token": self.store.access_tokens.find, "refresh_token": self.store.refresh_tokens.find}
        if hint in lookups and lookups[hint](hash_secret(token)) is None:
            return self.revocation_response()
        return super().revoke_token(client, token, hint)


@mutant(kills={"RFC7009-2.1-b"}, story="Any client may revoke any token that it knows.")
class AnyClientRevokes(Rules):
    def check_token_belongs_to(self, client: Client, token: IssuedToken) -> None:
        pass


@mutant(kills={"RFC7009-2.1-b"}, story="At the revocation endpoint a client_id is enough, since nothing is given away.")
class RevocationNeedsNoCredentials(Rules):
    async def authenticate_client(self, request: Request, parameters: Parameters) -> Client:
        if request.url.path.endswith("/revoke") and not request.headers.get("authorization"):
            client = await self.resolve_client(parameters.get("client_id") or "")
            if client is not None:
                return client
        return await super().authenticate_client(request, parameters)


@mutant(kills={"RFC7009-2.1-c"}, story="Only the refresh token is revoked; its access tokens live on.")
class AccessTokensOutliveTheRefreshToken(Rules):
    def revoke_refresh_token(self, token: RefreshToken) -> None:
        self.store.refresh_tokens.use(token.token_hash, self.now())


@mutant(kills={"RFC7009-2.2-a"}, story="A revocation is answered 204, since there is nothing to say.")
class RevocationIsAnsweredNoContent(Rules):
    def revocation_response(self) -> Response:
        return Response(status_code=204, headers=self.no_store_headers())


@mutant(kills={"RFC7009-2.2-a"}, story="A token that nobody knows is an error of the client.")
class UnknownTokenIsAnError(Rules):
    def revoke_token(self, client: Client, token: str, hint: str | None) -> Response:
        if self.find_issued_token(token, hint) is None:
            raise OAuthError("invalid_token", "there is no such token", 400)
        return super().revoke_token(client, token, hint)


@mutant(kills={"RFC7009-2.2-a"}, story="A hint of a kind that the server doesn't know is refused.")
class UnknownHintIsRefused(Rules):
    def revoke_token(self, client: Client, token: str, hint: str | None) -> Response:
        if hint not in (None, "access_token", "refresh_token"):
            raise OAuthError("unsupported_token_type", "this kind of token can't be revoked here", 400)
        return super().revoke_token(client, token, hint)


@mutant(kills={"RFC7009-2.2.1-a"}, story="A revocation without token has nothing to do, and is answered 200.")
class RevocationWithoutTokenIsFine(Rules):
    def token_parameter(self, parameters: Parameters) -> str:
        return parameters.get("token") or ""


@mutant(kills={"RFC7009-2.2.1-a"}, story="What is wrong with a revocation is told with status 200.")
class RevocationErrorsAreAnsweredOk(Rules):
    def error_response(self, error: OAuthError) -> Response:
        if error.description == "token is required":
            return JSONResponse(self.error_body(error), 200, self.no_store_headers())
        return super().error_response(error)
