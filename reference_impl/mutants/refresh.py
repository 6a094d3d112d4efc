"""Departures in rotating refresh tokens: MCP, Token Theft; OAuth 2.1, 4.3.1."""

from reference_impl.authorization_server.rules import Rules
from reference_impl.authorization_server.rules.token import TokenAnswer, TokenRequest
from reference_impl.authorization_server.store.tokens import RefreshToken
from reference_impl.mutants.registry import mutant


@mutant(kills={"MCP-SEC-03"}, story="A refresh gives the same refresh token back, and it goes on working.")
class RefreshTokenIsNotRotated(Rules):
    def rotate_refresh_token(self, token: RefreshToken) -> str:
        return "replaced below by the token that was sent"

    def redeem_refresh_token(self, request: TokenRequest) -> TokenAnswer:
        answer = super().redeem_refresh_token(request)
        return {**answer, "refresh_token": request.parameters.get("refresh_token")}


@mutant(kills={"MCP-SEC-03"}, story="A refresh gives a new refresh token, but the used one goes on working too.")
class UsedRefreshTokenStaysGood(Rules):
    def rotate_refresh_token(self, token: RefreshToken) -> str:
        return self.save_refresh_token(
            grant_id=token.grant_id,
            client_id=token.client_id,
            subject=token.subject,
            scope=token.scope,
            resources=token.resources,
            auth_time=token.auth_time,
            jkt=token.jkt,
        )
