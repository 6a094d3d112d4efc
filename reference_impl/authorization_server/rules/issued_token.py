"""Finding an issued token by its value and telling whether it is still good."""

from collections.abc import Callable

from reference_impl.authorization_server.config import hash_secret
from reference_impl.authorization_server.errors import OAuthError
from reference_impl.authorization_server.parameters import Parameters
from reference_impl.authorization_server.rules.base import RulesBase
from reference_impl.authorization_server.store.tokens import AccessToken, RefreshToken

IssuedToken = AccessToken | RefreshToken


class IssuedTokenRules(RulesBase):
    """Shared by revocation and introspection."""

    def token_parameter(self, parameters: Parameters) -> str:
        """RFC7009-2.2.1-a, RFC7662-2.1: `token` is required; without it the request is invalid_request."""
        token = parameters.get("token")
        if token is None:
            raise OAuthError("invalid_request", "token is required", 400)
        return token

    def find_issued_token(self, token: str, hint: str | None) -> IssuedToken | None:
        """RFC7009-2.1-a, RFC7662-2.1-a: look where the hint points first, then everywhere else."""
        token_hash = hash_secret(token)
        return next((found for look in self.token_lookups(hint) if (found := look(token_hash))), None)

    def token_lookups(self, hint: str | None) -> tuple[Callable[[str], IssuedToken | None], ...]:
        """RFC7009-2.1-a, RFC7009-2.2-a, RFC7662-2.1-a: a hint sets the order; an unknown one is ignored."""
        lookups = (self.store.access_tokens.find, self.store.refresh_tokens.find)
        return lookups[::-1] if hint == "refresh_token" else lookups

    def is_live(self, token: IssuedToken) -> bool:
        """RFC7662-4-a: neither expired, nor revoked (itself or its grant), nor used up, nor of a suspended client."""
        return (
            self.token_has_not_expired(token)
            and self.token_is_not_revoked(token)
            and self.grant_is_not_revoked(token)
            and self.token_is_not_used_up(token)
            and self.client_of_token_is_active(token)
        )

    def token_has_not_expired(self, token: IssuedToken) -> bool:
        """RFC7662-4-a: the end of its lifetime lies ahead."""
        return self.now() < token.expires_at

    def token_is_not_revoked(self, token: IssuedToken) -> bool:
        """RFC7662-4-a: it was not revoked by itself."""
        return token.revoked_at is None

    def grant_is_not_revoked(self, token: IssuedToken) -> bool:
        """RFC7662-4-a, RFC7009-2.1-c: the authorization it came from still stands."""
        return not self.store.grants.is_revoked(token.grant_id)

    def token_is_not_used_up(self, token: IssuedToken) -> bool:
        """RFC7662-4-a: a refresh token that was rotated away is no longer good."""
        return isinstance(token, AccessToken) or token.used_at is None

    def client_of_token_is_active(self, token: IssuedToken) -> bool:
        """RFC7662-4-a: a stored client is not suspended; clients with a metadata document are not stored."""
        client = self.store.clients.find(token.client_id)
        return client is None or client.status == "active"
