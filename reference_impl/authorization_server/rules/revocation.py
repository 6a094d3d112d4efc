"""Token revocation (RFC 7009)."""

from starlette.responses import Response

from reference_impl.authorization_server.config import Client
from reference_impl.authorization_server.errors import OAuthError
from reference_impl.authorization_server.rules.http import HttpRules
from reference_impl.authorization_server.rules.issued_token import IssuedToken, IssuedTokenRules
from reference_impl.authorization_server.store.tokens import AccessToken, RefreshToken


class RevocationRules(IssuedTokenRules, HttpRules):
    """What a client may revoke, and what ends with it."""

    def revoke_token(self, client: Client, token: str, hint: str | None) -> Response:
        """RFC7009-2-a: revoke the client's token; 200 as well for one that never existed or has ended."""
        found = self.find_issued_token(token, hint)
        if found is not None:
            self.check_token_belongs_to(client, found)
            self.revoke_issued_token(found)
        return self.revocation_response()

    def check_token_belongs_to(self, client: Client, token: IssuedToken) -> None:
        """RFC7009-2.1-b: a token of another client is refused (invalid_grant, RFC 6749, 5.2) and stays as it is."""
        if token.client_id != client.client_id:
            raise OAuthError("invalid_grant", "the token was issued to another client", 400)

    def revoke_issued_token(self, token: IssuedToken) -> None:
        """RFC7009-2-a: by the kind of token that was found, whatever the hint said."""
        if isinstance(token, RefreshToken):
            self.revoke_refresh_token(token)
        else:
            self.revoke_access_token(token)

    def revoke_refresh_token(self, token: RefreshToken) -> None:
        """RFC7009-2-a, RFC7009-2.1-c: the family ends, and every access token of the grant with it."""
        self.store.grants.revoke(token.grant_id, self.now())

    def revoke_access_token(self, token: AccessToken) -> None:
        """RFC7009-2-a: the access token alone; the client keeps its grant."""
        self.store.access_tokens.revoke(token.jti, self.now())

    def revocation_response(self) -> Response:
        """RFC7009-2.2-a: 200 without content."""
        return Response(status_code=200, headers=self.no_store_headers())
