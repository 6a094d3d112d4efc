"""The part that the `mcp` SDK leaves to the application: where clients, codes and tokens are kept."""

import secrets
import time

from mcp.server.auth.provider import (
    AccessToken,
    AuthorizationCode,
    AuthorizationParams,
    AuthorizeError,
    OAuthAuthorizationServerProvider,
    RefreshToken,
    TokenError,
    construct_redirect_uri,
)
from mcp.shared.auth import OAuthClientInformationFull, OAuthToken
from pydantic import AnyHttpUrl, ValidationError

CODE_SECONDS = 60
ACCESS_TOKEN_SECONDS = 300
REFRESH_TOKEN_SECONDS = 3600
SUBJECT = "interop-user"


def canonical(resource: str) -> str:
    """Return a resource indicator with scheme and host in lower case; what is no URL, unchanged."""
    try:
        return str(AnyHttpUrl(resource))
    except ValidationError:
        return resource


class InMemoryProvider(OAuthAuthorizationServerProvider[AuthorizationCode, RefreshToken, AccessToken]):
    """Consents at once for one user, rotates refresh tokens, and revokes all tokens of a grant together.

    A code or refresh token that comes a second time ends its grant, once the SDK has found no other fault with it.

    Every check of a request that the SDK makes itself is left to the SDK, also where it makes none.
    """

    def __init__(
        self, clients: list[OAuthClientInformationFull], resources: list[str], default_scopes: list[str]
    ) -> None:
        self._clients = {str(client.client_id): client for client in clients}
        self._resources = frozenset(map(canonical, resources))
        self._default_scopes = default_scopes
        self._codes: dict[str, AuthorizationCode] = {}
        self._access_tokens: dict[str, AccessToken] = {}
        self._refresh_tokens: dict[str, RefreshToken] = {}
        self._grant_of_token: dict[str, str] = {}
        self._grant_of_used_code: dict[str, str] = {}
        self._used_refresh_tokens: set[str] = set()

    async def get_client(self, client_id: str) -> OAuthClientInformationFull | None:
        return self._clients.get(client_id)

    async def register_client(self, client_info: OAuthClientInformationFull) -> None:
        self._clients[str(client_info.client_id)] = client_info

    async def authorize(self, client: OAuthClientInformationFull, params: AuthorizationParams) -> str:
        if params.resource is not None and canonical(params.resource) not in self._resources:
            raise AuthorizeError("invalid_target", "This server issues no tokens for that resource.")
        code = AuthorizationCode(
            code=secrets.token_urlsafe(32),
            client_id=str(client.client_id),
            scopes=params.scopes or self._default_scopes,
            expires_at=time.time() + CODE_SECONDS,
            code_challenge=params.code_challenge,
            redirect_uri=params.redirect_uri,
            redirect_uri_provided_explicitly=params.redirect_uri_provided_explicitly,
            resource=params.resource,
            subject=SUBJECT,
        )
        self._codes[code.code] = code
        return construct_redirect_uri(str(params.redirect_uri), code=code.code, state=params.state)

    async def load_authorization_code(
        self,
        client: OAuthClientInformationFull,  # noqa: ARG002  # the SDK compares the client itself
        authorization_code: str,
    ) -> AuthorizationCode | None:
        return self._codes.get(authorization_code)

    async def exchange_authorization_code(
        self, client: OAuthClientInformationFull, authorization_code: AuthorizationCode
    ) -> OAuthToken:
        if (grant := self._grant_of_used_code.get(authorization_code.code)) is not None:
            self._revoke(grant)
            raise TokenError("invalid_grant", "The authorization code was used before.")
        grant = self._grant_of_used_code[authorization_code.code] = secrets.token_urlsafe(16)
        scopes = authorization_code.scopes
        return self._issue(client, scopes, scopes, authorization_code.resource, grant)

    async def load_refresh_token(
        self,
        client: OAuthClientInformationFull,  # noqa: ARG002  # the SDK compares the client itself
        refresh_token: str,
    ) -> RefreshToken | None:
        return self._refresh_tokens.get(refresh_token)

    async def exchange_refresh_token(
        self, client: OAuthClientInformationFull, refresh_token: RefreshToken, scopes: list[str]
    ) -> OAuthToken:
        grant = self._grant_of_token[refresh_token.token]
        if refresh_token.token in self._used_refresh_tokens:
            self._revoke(grant)
            raise TokenError("invalid_grant", "The refresh token was used before.")
        self._used_refresh_tokens.add(refresh_token.token)
        return self._issue(client, scopes, refresh_token.scopes, refresh_token.resource, grant)

    async def load_access_token(self, token: str) -> AccessToken | None:
        return self._access_tokens.get(token)

    async def revoke_token(self, token: AccessToken | RefreshToken) -> None:
        self._revoke(self._grant_of_token[token.token])

    def _revoke(self, revoked: str) -> None:
        for other in [key for key, grant in self._grant_of_token.items() if grant == revoked]:
            self._access_tokens.pop(other, None)
            self._refresh_tokens.pop(other, None)

    def _issue(
        self,
        client: OAuthClientInformationFull,
        scopes: list[str],
        refresh_scopes: list[str],
        resource: str | None,
        grant: str,
    ) -> OAuthToken:
        now = int(time.time())
        access = AccessToken(
            token=secrets.token_urlsafe(32),
            client_id=str(client.client_id),
            scopes=scopes,
            expires_at=now + ACCESS_TOKEN_SECONDS,
            resource=resource,
            subject=SUBJECT,
        )
        refresh = RefreshToken(
            token=secrets.token_urlsafe(32),
            client_id=str(client.client_id),
            scopes=refresh_scopes,
            expires_at=now + REFRESH_TOKEN_SECONDS,
            resource=resource,
            subject=SUBJECT,
        )
        self._access_tokens[access.token] = access
        self._refresh_tokens[refresh.token] = refresh
        self._grant_of_token |= {access.token: grant, refresh.token: grant}
        return OAuthToken(
            access_token=access.token,
            token_type="Bearer",
            expires_in=ACCESS_TOKEN_SECONDS,
            scope=" ".join(scopes),
            refresh_token=refresh.token,
        )
