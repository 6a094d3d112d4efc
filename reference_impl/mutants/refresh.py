"""Departures in refresh tokens, not rotated or bound to too little: MCP, Token Theft; OAuth 2.1, 4.3."""

import asyncio
import secrets
from collections.abc import Iterable
from contextvars import ContextVar
from dataclasses import replace

from starlette.requests import Request

from reference_impl.authorization_server.config import Client, hash_secret
from reference_impl.authorization_server.parameters import Parameters
from reference_impl.authorization_server.rules import Rules
from reference_impl.authorization_server.rules.token import TokenAnswer, TokenRequest
from reference_impl.authorization_server.store.tokens import RefreshToken
from reference_impl.mutants.registry import mutant

_unused: ContextVar[bool] = ContextVar("_unused", default=False)


@mutant(
    kills={"MCP-SEC-03", "OAUTH21-4.3.1-a", "RFC9700-2.2.2-a"},
    story="A refresh gives the same refresh token back, and it goes on working.",
)
class RefreshTokenIsNotRotated(Rules):
    def rotate_refresh_token(self, token: RefreshToken) -> str:
        return "replaced below by the token that was sent"

    def redeem_refresh_token(self, request: TokenRequest) -> TokenAnswer:
        answer = super().redeem_refresh_token(request)
        return {**answer, "refresh_token": request.parameters.get("refresh_token")}


@mutant(
    kills={"MCP-SEC-03", "OAUTH21-4.3.1-a", "RFC9700-2.2.2-a"},
    story="A refresh gives a new refresh token, but the used one goes on working too.",
)
class UsedRefreshTokenStaysGood(Rules):
    def rotate_refresh_token(self, token: RefreshToken) -> str:
        return self.next_refresh_token(token)


@mutant(
    kills={"OAUTH21-4.3-a", "RFC6749-6-a"},
    story="Any client can use a refresh token, since nobody compares it with the one that it was issued to.",
)
class RefreshTokenOfAnybodysClient(Rules):
    def check_refresh_client(self, token: RefreshToken, request: TokenRequest) -> None:
        pass


@mutant(
    kills={"OAUTH21-4.3-a", "RFC6749-6-a"},
    story="A public client, which has nothing to prove, may use every refresh token that it knows.",
)
class PublicClientsUseAnyRefreshToken(Rules):
    def check_refresh_client(self, token: RefreshToken, request: TokenRequest) -> None:
        if not request.client.is_public:
            super().check_refresh_client(token, request)


@mutant(
    kills={"OAUTH21-4.3.1-a", "RFC9700-2.2.2-a"},
    story="A replayed refresh token is refused, and the family that came of it lives on.",
)
class FamilySurvivesAReplay(Rules):
    def revoke_family(self, token: RefreshToken) -> None:
        pass


@mutant(
    kills={"OAUTH21-4.3.1-a", "RFC9700-2.2.2-a"},
    story="Whether a refresh token is unused is read before the slow client authentication and believed after it.",
)
class RefreshTokenIsCheckedTooEarly(Rules):
    async def authenticate_client(self, request: Request, parameters: Parameters) -> Client:
        client = await super().authenticate_client(request, parameters)
        token = self.store.refresh_tokens.find(hash_secret(parameters.get("refresh_token") or ""))
        _unused.set(token is not None and token.used_at is None)
        if _unused.get():
            await asyncio.sleep(0.1)
        return client

    def check_refresh_not_replayed(self, token: RefreshToken, request: TokenRequest) -> None:
        if not _unused.get():
            super().check_refresh_not_replayed(token, request)

    def rotate_refresh_token(self, token: RefreshToken) -> str:
        if not _unused.get():
            return super().rotate_refresh_token(token)
        self.store.refresh_tokens.use(token.token_hash, self.now())
        return self.next_refresh_token(token)


@mutant(
    kills={"OAUTH21-4.3.1-b", "OAUTH21-3.2.3-c", "RFC9700-4.14.2-a", "RFC6749-6-a", "RFC6750-5.2-c"},
    story="At a refresh, or with a code, the client gets the scope that it asks for, whatever was granted.",
)
class ScopeGrowsAtARefresh(Rules):
    def check_scope_not_widened(self, requested: Iterable[str], granted: Iterable[str]) -> None:
        pass


@mutant(
    kills={"OAUTH21-4.3.3-a", "RFC6749-6-a"},
    story="A refresh for less scope narrows the refresh token as well.",
)
class RefreshTokenShrinks(Rules):
    def redeem_refresh_token(self, request: TokenRequest) -> TokenAnswer:
        answer = super().redeem_refresh_token(request)
        following = self.store.refresh_tokens.find(hash_secret(answer["refresh_token"]))
        if following is None:
            return answer
        narrowed = replace(following, scope=tuple(answer["scope"].split()))
        return {**answer, "refresh_token": self.next_refresh_token(narrowed)}


@mutant(kills={"OAUTH21-7.7-a"}, story="Refresh tokens are short enough to be typed in.")
class RefreshTokensAreShort(Rules):
    def new_refresh_token(self) -> str:
        return secrets.token_hex(6)
