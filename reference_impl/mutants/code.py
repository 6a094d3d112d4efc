"""Departures in authorization codes: bound to too little, good for too often."""

import asyncio
import itertools
from collections.abc import Iterator
from contextvars import ContextVar
from typing import ClassVar

from starlette.requests import Request

from reference_impl.authorization_server.config import Client, hash_secret
from reference_impl.authorization_server.errors import OAuthError
from reference_impl.authorization_server.parameters import Parameters
from reference_impl.authorization_server.rules import Rules
from reference_impl.authorization_server.rules.client_authentication import Credentials
from reference_impl.authorization_server.rules.token import TokenRequest
from reference_impl.authorization_server.store.codes import AuthorizationCode
from reference_impl.mutants.registry import mutant

_unused: ContextVar[bool] = ContextVar("_unused", default=False)


@mutant(
    kills={"OAUTH21-4.1.2-b", "OAUTH21-4.1.3-c"},
    story="Any client can redeem a code, since nobody compares it with the one that it was issued to.",
)
class CodeOfAnybodysClient(Rules):
    def check_code_client(self, code: AuthorizationCode, request: TokenRequest) -> None:
        pass


@mutant(
    kills={"OAUTH21-4.1.3-c"},
    story="The code is compared with client_id in the body, even when somebody else has authenticated.",
)
class CodeIsComparedWithTheNamedClient(Rules):
    def check_client_id_agrees(self, presented: Credentials, parameters: Parameters) -> None:
        pass

    def check_code_client(self, code: AuthorizationCode, request: TokenRequest) -> None:
        if code.client_id != (request.parameters.get("client_id") or request.client.client_id):
            raise self.invalid_code("the code was issued to another client")


@mutant(
    kills={"OAUTH21-4.1.3-c"},
    story="Only public clients are compared with the code's client; who has authenticated is trusted.",
)
class AuthenticatedClientsRedeemAnyCode(Rules):
    def check_code_client(self, code: AuthorizationCode, request: TokenRequest) -> None:
        if request.client.is_public:
            super().check_code_client(code, request)


@mutant(
    kills={"OAUTH21-10.2-a", "RFC6749-4.1.3-a"},
    story="redirect_uri of the token request is not looked at.",
)
class RedirectUriOfTheTokenRequestIsIgnored(Rules):
    def check_code_redirect_uri(self, code: AuthorizationCode, _: TokenRequest) -> None:
        pass


@mutant(
    kills={"OAUTH21-10.2-a"},
    story="redirect_uri is required in every token request, as before OAuth 2.1.",
)
class TokenRequestNeedsRedirectUri(Rules):
    def check_redirect_uri_may_be_absent(self, code: AuthorizationCode) -> None:
        raise self.invalid_code("redirect_uri is required")


@mutant(
    kills={"OAUTH21-4.1.3-a", "OAUTH21-4.1.3-d"},
    story="A code can be redeemed until it expires.",
)
class CodeCanBeUsedAgain(Rules):
    def spend_code(self, code: AuthorizationCode) -> None:
        pass


@mutant(
    kills={"OAUTH21-4.1.3-a"},
    story="Whether a code is unused is read before the slow client authentication and believed after it.",
)
class CodeIsCheckedTooEarly(Rules):
    async def authenticate_client(self, request: Request, parameters: Parameters) -> Client:
        client = await super().authenticate_client(request, parameters)
        code = self.store.codes.find(hash_secret(parameters.get("code") or ""))
        _unused.set(code is not None and code.used_at is None)
        if _unused.get():
            await asyncio.sleep(0.1)
        return client

    def spend_code(self, code: AuthorizationCode) -> None:
        if _unused.get():
            self.burn_code(code)
        else:
            super().spend_code(code)


@mutant(kills={"OAUTH21-4.1.3-d"}, story="A replayed code is refused, and its tokens go on working.")
class ReplayRevokesNothing(Rules):
    def revoke_replayed_grant(self, code: AuthorizationCode) -> None:
        pass


@mutant(
    kills={"OAUTH21-7.5.3-a"},
    story="Every failed redemption of a known code revokes its tokens, even with a wrong code_verifier.",
)
class WrongReplayRevokes(Rules):
    def check_code_proof(self, code: AuthorizationCode, request: TokenRequest) -> None:
        try:
            super().check_code_proof(code, request)
        except OAuthError:
            self.revoke_replayed_grant(code)
            raise


@mutant(kills={"OAUTH21-7.7-a"}, story="Codes are numbered, with a short random tail.")
class CodesAreNumbered(Rules):
    numbers: ClassVar[Iterator[int]] = itertools.count(1)

    def new_code(self) -> str:
        return f"code-{next(self.numbers):08d}-{super().new_code()[:4]}"
