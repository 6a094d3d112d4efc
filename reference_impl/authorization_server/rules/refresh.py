"""Refresh tokens: rotated at every use; a replay ends the family (RFC 6749, 6; OAuth 2.1, 4.3)."""

import secrets
from collections.abc import Callable

from reference_impl.authorization_server.config import Client, hash_secret
from reference_impl.authorization_server.errors import OAuthError
from reference_impl.authorization_server.rules.access_token import TokenGrant
from reference_impl.authorization_server.rules.resource_indicator import ResourceIndicatorRules
from reference_impl.authorization_server.rules.token import TokenAnswer, TokenRequest, TokenRules
from reference_impl.authorization_server.store.codes import AuthorizationCode
from reference_impl.authorization_server.store.tokens import RefreshToken

RefreshStep = Callable[[RefreshToken, TokenRequest], None]


class RefreshRules(ResourceIndicatorRules, TokenRules):
    """Issuing and redeeming refresh tokens. The family of a refresh token is its grant."""

    # Issuing

    def first_refresh_token(self, code: AuthorizationCode, request: TokenRequest) -> str | None:
        """A refresh token for all that the code stands for, however narrow the first access token is."""
        if not self.client_gets_refresh_tokens(request.client):
            return None
        jkt = self.jkt_of_refresh_token(request.client, request.jkt)
        return self.save_refresh_token(
            grant_id=code.grant_id,
            client_id=code.client_id,
            subject=code.subject,
            scope=code.scope,
            resources=code.resources,
            auth_time=code.auth_time,
            jkt=jkt,
            authorization_details=code.authorization_details,
        )

    def client_gets_refresh_tokens(self, client: Client) -> bool:
        """Those whose grant_types include refresh_token."""
        return "refresh_token" in client.grant_types and "refresh_token" in self.config.grant_types

    def save_refresh_token(
        self,
        *,
        grant_id: str,
        client_id: str,
        subject: str,
        scope: tuple[str, ...],
        resources: tuple[str, ...],
        auth_time: int | None,
        jkt: str | None,
        authorization_details: str | None = None,
    ) -> str:
        """OAUTH21-3.2.3-c, OAUTH21-4.3-a: a fresh token, bound to client, scope and resources."""
        value, now = self.new_refresh_token(), self.now()
        expires_at = now + self.config.lifetimes.refresh_token
        token_hash = hash_secret(value)
        self.store.refresh_tokens.add(
            RefreshToken(
                token_hash, grant_id, client_id, subject, scope, resources, auth_time, jkt, now, expires_at,
                authorization_details=authorization_details,
            )
        )  # fmt: skip
        return value

    def new_refresh_token(self) -> str:
        """OAUTH21-7.7-a: 256 random bits."""
        return secrets.token_urlsafe(32)

    # Redeeming

    def redeem_refresh_token(self, request: TokenRequest) -> TokenAnswer:
        """RFC6749-6-a: new tokens. What is wrong with resource or scope does not cost the refresh token."""
        token = self.presented_refresh_token(request)
        for step in self.refresh_steps():
            step(token, request)
        resources = self.narrowed_resources(self.requested_resources(request.parameters), token.resources)
        scope = self.narrowed_scope(self.requested_scope(request.parameters), token.scope, resources)
        self.check_audience_unambiguous(resources, scope)
        details = self.narrowed_authorization_details(request.parameters, token.authorization_details)
        next_refresh_token = self.rotate_refresh_token(token)
        grant = TokenGrant(
            client=request.client,
            subject=token.subject,
            scope=scope,
            resources=tuple(resource.uri for resource in resources),
            grant_id=token.grant_id,
            auth_time=token.auth_time,
            jkt=request.jkt,
            authorization_details=details,
        )
        return self.token_answer(grant, next_refresh_token)

    def refresh_steps(self) -> tuple[RefreshStep, ...]:
        """The judgements of a refresh token, in order."""
        return (
            self.check_refresh_client,
            self.check_refresh_not_replayed,
            self.check_refresh_age,
            self.check_refresh_not_revoked,
            self.check_refresh_dpop_key,
        )

    def presented_refresh_token(self, request: TokenRequest) -> RefreshToken:
        """The refresh token of the request."""
        value = request.parameters.get("refresh_token")
        if value is None:
            raise OAuthError("invalid_request", "refresh_token is required")
        token = self.store.refresh_tokens.find(hash_secret(value))
        if token is None:
            raise self.invalid_refresh_token()
        return token

    def check_refresh_client(self, token: RefreshToken, request: TokenRequest) -> None:
        """OAUTH21-4.3-a, RFC6749-6-a: only the client that it was issued to."""
        if token.client_id != request.client.client_id:
            raise self.invalid_refresh_token()

    def check_refresh_not_replayed(self, token: RefreshToken, _: TokenRequest) -> None:
        """OAUTH21-4.3.1-a, RFC9700-2.2.2-a: one that comes again is in two hands, so the family ends."""
        if token.used_at is not None:
            self.revoke_family(token)
            raise self.invalid_refresh_token()

    def check_refresh_age(self, token: RefreshToken, _: TokenRequest) -> None:
        """OAUTH21-4.3.3-b."""
        if token.expires_at <= self.now():
            raise self.invalid_refresh_token()

    def check_refresh_not_revoked(self, token: RefreshToken, _: TokenRequest) -> None:
        """RFC7009-2-a: neither the token nor its family."""
        if token.revoked_at is not None or self.store.grants.is_revoked(token.grant_id):
            raise self.invalid_refresh_token()

    def check_refresh_dpop_key(self, token: RefreshToken, request: TokenRequest) -> None:
        """RFC9449-5-c."""
        self.check_dpop_key_of_refresh_token(token, request.jkt)

    def rotate_refresh_token(self, token: RefreshToken) -> str:
        """MCP-SEC-03, OAUTH21-4.3.1-a: the next token; this one is spent."""
        if not self.store.refresh_tokens.use(token.token_hash, self.now()):
            self.revoke_family(token)
            raise self.invalid_refresh_token()
        return self.next_refresh_token(token)

    def next_refresh_token(self, token: RefreshToken) -> str:
        """OAUTH21-4.3.3-a: one like the one that was used."""
        return self.save_refresh_token(
            grant_id=token.grant_id,
            client_id=token.client_id,
            subject=token.subject,
            scope=token.scope,
            resources=token.resources,
            auth_time=token.auth_time,
            jkt=token.jkt,
            authorization_details=token.authorization_details,
        )

    def revoke_family(self, token: RefreshToken) -> None:
        """OAUTH21-4.3.1-a: end every token of the grant."""
        self.store.grants.revoke(token.grant_id, self.now())

    def invalid_refresh_token(self) -> OAuthError:
        """OAUTH21-3.2.4-a."""
        return OAuthError("invalid_grant", "the refresh token is not valid")
