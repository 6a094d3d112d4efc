"""Departures in how registered clients manage themselves (RFC 7592)."""

import secrets
from dataclasses import replace
from typing import Any

from starlette.requests import Request
from starlette.responses import Response
from starlette.types import ASGIApp, Receive, Scope, Send

from reference_impl.authorization_server.config import Client, hash_secret
from reference_impl.authorization_server.errors import OAuthError
from reference_impl.authorization_server.rules import Rules
from reference_impl.authorization_server.rules.client_metadata_policy import ClientMetadata
from reference_impl.mutants.registry import mutant


@mutant(kills={"RFC7592-2-a"}, story="Who knows a client_id may see what is registered for it.")
class RegistrationsAreOpen(Rules):
    def registration_bearer_token(self, request: Request) -> str | None:
        if request.method == "GET" and "authorization" not in request.headers:
            return "nobody"
        return super().registration_bearer_token(request)

    def is_registration_token_of(self, client: Client, token: str | None) -> bool:
        return token == "nobody" or super().is_registration_token_of(client, token)


@mutant(kills={"RFC7592-2-a"}, story="Any registration access token opens any registration.")
class AnyRegistrationTokenWillDo(Rules):
    def new_registration_token(self) -> str:
        return f"reg-{super().new_registration_token()}"

    def is_registration_token_of(self, client: Client, token: str | None) -> bool:
        return bool(token and token.startswith("reg-") and len(token) > 40)


@mutant(
    kills={"RFC7592-2-b"},
    story="Every method but PUT and DELETE reads the registration.",
    wraps="authorization_server",
)
def unknown_methods_read_the_registration(app: ASGIApp) -> ASGIApp:
    async def shim(scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "http" and scope["method"] == "PATCH":
            scope = {**scope, "method": "GET"}
        await app(scope, receive, send)

    return shim


@mutant(kills={"RFC7592-2.1-a"}, story="An update gives the client a new client_id.")
class UpdateRenamesTheClient(Rules):
    def updated_client(self, client: Client, sent: ClientMetadata, token: str | None) -> dict[str, Any]:
        return {**super().updated_client(client, sent, token), "client_id": self.new_client_id()}


@mutant(kills={"RFC7592-2.1-b"}, story="A wrong registration access token is answered without a challenge.")
class WrongRegistrationTokenIsNotChallenged(Rules):
    def invalid_registration_token(self, token: str | None) -> OAuthError:
        return OAuthError("invalid_token", "a valid registration token is needed", 401)


@mutant(kills={"RFC7592-2.2-a"}, story="An update adds its redirect_uris to those that are there.")
class UpdateAddsRedirectUris(Rules):
    def keep_identity(self, client: Client, fresh: Client) -> Client:
        uris = tuple(dict.fromkeys((*client.redirect_uris, *fresh.redirect_uris)))
        return replace(super().keep_identity(client, fresh), redirect_uris=uris)


@mutant(kills={"RFC7592-2.2-b"}, story="A client_secret in an update becomes the client's secret.")
class ClientsChooseTheirSecrets(Rules):
    def check_update_secret(self, client: Client, sent: ClientMetadata) -> None:
        pass

    def secret_after_update(self, client: Client, fresh: Client, sent: ClientMetadata) -> tuple[Client, str | None]:
        fresh, secret = super().secret_after_update(client, fresh, sent)
        chosen = sent.get("client_secret")
        return (replace(fresh, secret_hash=hash_secret(chosen)), None) if chosen else (fresh, secret)


@mutant(kills={"RFC7592-2.2-c"}, story="The client_id of an update decides which client is updated.")
class UpdateOfAnyClient(Rules):
    def updated_client(self, client: Client, sent: ClientMetadata, token: str | None) -> dict[str, Any]:
        named = self.store.clients.find(str(sent.get("client_id"))) or client
        return super().updated_client(named, sent, token)


@mutant(kills={"RFC7592-2.3-a"}, story="A successful DELETE is answered 200 with a word of thanks.")
class DeletionIsAnswered200(Rules):
    def delete_client(self, client: Client) -> Response:
        super().delete_client(client)
        return Response("gone", headers=self.no_store_headers())


@mutant(kills={"RFC7592-2.3-a"}, story="A client that deletes itself loses its registration token, and nothing else.")
class DeletedClientsLiveOn(Rules):
    def delete_client(self, client: Client) -> Response:
        self.store.clients.save(replace(client, registration_token_hash=None))
        return Response(status_code=204, headers=self.no_store_headers())


@mutant(kills={"RFC7592-3-a"}, story="The answer to an update leaves out what the client knows already.")
class UpdateAnswerHasNoToken(Rules):
    def updated_client(self, client: Client, sent: ClientMetadata, token: str | None) -> dict[str, Any]:
        information = super().updated_client(client, sent, token)
        return {name: value for name, value in information.items() if name != "registration_access_token"}


@mutant(kills={"RFC7592-5-a"}, story="A client that is not there is answered 404.")
class DeletedClientIsNotFound(Rules):
    def client_of_registration_token(self, client_id: str, token: str | None) -> Client:
        if self.store.clients.find(client_id) is None:
            raise OAuthError("invalid_client", "there is no such client", 404)
        return super().client_of_registration_token(client_id, token)


@mutant(kills={"RFC7592-5-b"}, story="Registration access tokens have six random digits.")
class RegistrationTokensAreShort(Rules):
    def new_registration_token(self) -> str:
        return f"registration-access-token-{secrets.randbelow(10**6):06}"


@mutant(kills={"RFC7592-3-a"}, story="An update to a method with a secret is accepted, and no secret is issued.")
class UpdateIssuesNoSecret(Rules):
    def secret_after_update(self, client: Client, fresh: Client, sent: ClientMetadata) -> tuple[Client, str | None]:
        if client.secret_hash is None:
            return fresh, None
        return super().secret_after_update(client, fresh, sent)
