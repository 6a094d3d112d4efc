"""What a grant should be like after each step of a sequence: the model that a server is compared with.

A code or token is GOOD (it has to work), ENDED (it must not), or OPEN (documents allow both). Whatever a document
leaves to the server is OPEN, so that only what is certain is ever claimed.
"""

import time
from collections.abc import Iterable
from dataclasses import dataclass, field
from enum import StrEnum

from conformance.client.flow import AuthorizationFlow
from conformance.client.requests import AuthorizationRequest
from conformance.expect import AuthorizationAnswer, TokenAnswer

_MOST_REFUSALS = 3
_FRESH_SECONDS = 30.0
"""Younger grants have certainly not expired."""


class Life(StrEnum):
    """Whether a code or token works."""

    GOOD = "good"
    ENDED = "ended"
    OPEN = "open"


class End(StrEnum):
    """Why something has ended; each is a requirement of its own."""

    REDEEMED = "it was redeemed"
    CODE_REPLAYED = "its code was replayed"
    ROTATED = "it was exchanged for a new one"
    FAMILY_REPLAYED = "a used one of its family came again"
    REVOKED = "it was revoked"


@dataclass
class Credential:
    """A code, refresh token or access token."""

    name: str
    value: str
    life: Life = Life.GOOD
    end: End | None = None

    def ended_by(self, end: End) -> None:
        """It must not work any more. The first reason stays."""
        if self.life is not Life.ENDED:
            self.life, self.end = Life.ENDED, end

    def left_open(self) -> None:
        """Nothing is certain any more, unless it has ended already."""
        if self.life is Life.GOOD:
            self.life = Life.OPEN


@dataclass
class Grant:
    """One authorization and all that came of it; `client` is a place in the world's flows.

    Tokens stand in the order in which they were issued.
    """

    number: int
    client: int
    flow: AuthorizationFlow
    request: AuthorizationRequest
    answer: AuthorizationAnswer
    code: Credential
    refresh_tokens: list[Credential] = field(default_factory=list)
    access_tokens: list[Credential] = field(default_factory=list)
    refusals: int = 0
    given_up: bool = False
    born: float = field(default_factory=time.monotonic)

    @classmethod
    def of(
        cls,
        number: int,
        client: int,
        flow: AuthorizationFlow,
        request: AuthorizationRequest,
        answer: AuthorizationAnswer,
    ) -> "Grant":
        """A grant of which there is only the code yet."""
        return cls(number, client, flow, request, answer, Credential(f"code {number}", answer.code or ""))

    @property
    def is_fresh(self) -> bool:
        """Whether nothing of it can have expired."""
        return time.monotonic() - self.born < _FRESH_SECONDS

    @property
    def rotates(self) -> bool:
        """Whether its newest refresh token certainly works and came by rotation."""
        tokens = self.refresh_tokens
        return bool(tokens) and tokens[-1].life is Life.GOOD and tokens[0].end is End.ROTATED

    def refused(self) -> None:
        """A request about it was refused. After some of these there is little left to see."""
        self.refusals += 1
        if self.refusals >= _MOST_REFUSALS:
            self.given_up = True

    def issued(self, answer: TokenAnswer, life: Life = Life.GOOD) -> None:
        """Tokens came; the same refresh token again is no new one."""
        if answer.access_token:
            name = f"access token {self.number}.{len(self.access_tokens) + 1}"
            self.access_tokens.append(Credential(name, answer.access_token, life))
        known = {token.value for token in self.refresh_tokens}
        if answer.refresh_token and answer.refresh_token not in known:
            name = f"refresh token {self.number}.{len(self.refresh_tokens) + 1}"
            self.refresh_tokens.append(Credential(name, answer.refresh_token, life))

    def refreshed(self, used: Credential, answer: TokenAnswer) -> None:
        """A refresh gave tokens: a new refresh token ends the used one, without a new one that stays as it was."""
        used.life = Life.GOOD
        if answer.refresh_token and answer.refresh_token != used.value:
            used.ended_by(End.ROTATED)
        self.issued(answer)

    def refresh_tokens_ended(self, end: End) -> None:
        """The family ended. Whether access tokens end with it is left to the server."""
        for token in self.refresh_tokens:
            token.ended_by(end)
        left_open(self.access_tokens)

    def shaken(self) -> None:
        """Something happened after which a server may end the grant or leave it."""
        left_open((self.code, *self.refresh_tokens, *self.access_tokens))


def left_open(credentials: Iterable[Credential]) -> None:
    """Nothing is certain about these any more."""
    for credential in credentials:
        credential.left_open()
