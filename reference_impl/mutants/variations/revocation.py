"""Other ways to do revocation and introspection, all of them right."""

from typing import Any

from starlette.responses import JSONResponse, Response

from reference_impl.authorization_server.config import Client
from reference_impl.authorization_server.errors import OAuthError
from reference_impl.authorization_server.rules import Rules
from reference_impl.authorization_server.rules.issued_token import IssuedToken
from reference_impl.authorization_server.store.tokens import AccessToken
from reference_impl.mutants.registry import variation


@variation(story="A revocation is answered with an empty JSON object.")
class RevocationAnswersJson(Rules):
    def revocation_response(self) -> Response:
        return JSONResponse({}, headers=self.no_store_headers())


@variation(story="A token of another client is no token at all: 200, and nothing happens.")
class ForeignTokensAreUnknown(Rules):
    def revoke_token(self, client: Client, token: str, hint: str | None) -> Response:
        found = self.find_issued_token(token, hint)
        if found is not None and found.client_id != client.client_id:
            return self.revocation_response()
        return super().revoke_token(client, token, hint)


@variation(story="Access tokens can't be revoked: unsupported_token_type.")
class AccessTokensAreNotRevocable(Rules):
    def revoke_access_token(self, token: AccessToken) -> None:
        raise OAuthError("unsupported_token_type", "access tokens expire by themselves", 400)


@variation(story="Introspection says more about active tokens than RFC 7662 defines.")
class IntrospectionSaysMore(Rules):
    def active_token(self, token: IssuedToken) -> dict[str, Any]:
        return {**super().active_token(token), "x_tenant": "demo", "username": "somebody"}


@variation(story="Every client with credentials may introspect every token.")
class EveryClientIntrospects(Rules):
    def may_introspect(self, caller: Client, token: IssuedToken) -> bool:
        return True


@variation(story="Only resource servers may introspect, no client may look at its own tokens.")
class OnlyResourceServersIntrospect(Rules):
    def is_token_of_caller(self, caller: Client, token: IssuedToken) -> bool:
        return False
