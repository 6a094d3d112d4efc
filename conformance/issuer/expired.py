"""An expired token: minted where the harness's issuer is trusted, else a real short-lived one that is waited for."""

import time
from dataclasses import dataclass, replace

from conformance.client.context import Context
from conformance.client.facts import TargetFacts
from conformance.client.forged_token import WrongToken
from conformance.client.mcp import is_result
from conformance.client.resource_server import ResourceServer
from conformance.client.token_trial import TokenTrial
from conformance.client.waiting import (
    LONGEST_LIFETIME_SECONDS,
    begin_early,
    comes_true,
    short_lived_client,
    wait_until,
)
from conformance.issuer.control import IssuerControl
from conformance.issuer.mint import Mint
from conformance.issuer.opaque import OpaqueMint
from conformance.vocabulary import Inconclusive, NotApplicable

BEYOND_SECONDS = 60
"""How far beyond the tolerated clock skew a minted token has expired."""
_PAUSE_SECONDS = 1.0
_KEY = "short-lived token"


@dataclass(frozen=True)
class ExpiredToken:
    """The wrong token and the trial that it belongs to."""

    trial: TokenTrial
    token: WrongToken

    @property
    def wrong(self) -> list[WrongToken]:
        """What to send."""
        return [self.token]


@dataclass(frozen=True)
class _ShortLived:
    token: str
    expires_at: float  # of the monotonic clock


def mint_for(context: Context) -> Mint | None:
    """The mint for the resource server under test, None when it trusts no issuer of the harness.

    It makes JWTs, or opaque tokens where the server takes nothing else.
    """
    issuer = context.facts.token_issuer
    return opaque_mint_for(context) if issuer and issuer.tokens == "opaque" else mint_of(context.facts)


def fitting_mint(server: ResourceServer) -> Mint | None:
    """The same, its tokens bound to the key of the proofs that the server demands, if it does."""
    found = mint_for(server.context)
    return found and replace(found, binding=server.presentation.binding)


def mint_of(facts: TargetFacts) -> Mint | None:
    """A mint of JWTs, from what is known of the target. Introspection knows them as well."""
    if facts.token_issuer is None:
        return None
    return Mint(facts.token_issuer, facts.resource or facts.mcp_url or "", facts.scope)


def opaque_mint_for(context: Context) -> OpaqueMint | None:
    """The mint of opaque tokens, None when the server under test doesn't introspect at the harness's issuer."""
    facts = context.facts
    if facts.token_issuer is None or facts.token_issuer.tokens == "jwt":
        return None
    control = IssuerControl(facts.token_issuer, context.wire())
    return OpaqueMint(facts.token_issuer, facts.resource or facts.mcp_url or "", facts.scope, control=control)


def expired_token(server: ResourceServer, skew_seconds: int) -> ExpiredToken:
    """A token that expired longer ago than the tolerated skew, or that the server has had the whole skew to refuse.

    Raises NotApplicable when none can be had.
    """
    flaw = "that has expired"
    mint = fitting_mint(server)
    if mint is not None:
        ago = int(time.time()) - skew_seconds - BEYOND_SECONDS
        return ExpiredToken(TokenTrial(server, mint.good()), mint.saying(flaw, iat=ago - 60, exp=ago))
    given = server.given_token("expired")
    if given:
        return ExpiredToken(TokenTrial(server), WrongToken(flaw, given))
    found = _short_lived(server)
    server.context.once("expiry of the short-lived token", lambda: _await_refusal(server, found, skew_seconds))
    return ExpiredToken(TokenTrial(server), WrongToken(flaw, found.token))


def fetch_short_lived_token_early(server: ResourceServer) -> None:
    """Get the token that has to expire before it is needed, so that other checks run while it ages."""
    facts = server.context.facts
    if facts.token_issuer is not None or not facts.short_lived_client or "expired" in facts.tokens:
        return
    begin_early(lambda: _short_lived(server))


def _short_lived(server: ResourceServer) -> _ShortLived:
    facts = server.context.facts
    client = short_lived_client(facts)
    if client is None:
        raise NotApplicable(
            "not judged: no expired token can be had. Name a client with short-lived tokens (short_lived_client), "
            "give one under tokens.expired, or let the resource server trust the harness's issuer (token_issuer)"
        )

    def grant() -> _ShortLived:
        issuer = replace(server, wire=server.context.wire()).authorization_server()
        answer = server.presentation.grant(issuer, issuer.flow(client))
        lifetime = answer.expires_in
        if lifetime is None or lifetime > LONGEST_LIFETIME_SECONDS:
            raise Inconclusive(f"tokens of {client.client_id} live {lifetime} s, too long to wait for", root="token")
        return _ShortLived(answer.access_token or "", time.monotonic() + lifetime)

    return server.context.once(_KEY, grant)


def _await_refusal(server: ResourceServer, short_lived: _ShortLived, skew_seconds: int) -> bool:
    """Wait for the expiry, then until the token is refused or the tolerated skew is over; whether it was refused."""
    own = replace(server, wire=server.context.wire())
    wait_until(short_lived.expires_at)
    return comes_true(
        lambda: not is_result(own.send(own.with_token(short_lived.token))),
        skew_seconds + _PAUSE_SECONDS,
        _PAUSE_SECONDS,
    )
