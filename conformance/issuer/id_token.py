"""ID tokens of the harness's issuer (OpenID Connect Core, 2): rightly signed JWTs that are no access tokens."""

import secrets
import time

from conformance.client.forged_token import WrongToken, encoded
from conformance.issuer.mint import Mint

_HALF_A_HASH = 16
"""Bytes of at_hash: half of a SHA-256 (OpenID Connect Core, 3.1.3.6)."""


def id_token(mint: Mint) -> WrongToken:
    """The token that tells the issuer's client who logged in, exactly as it would be issued."""
    return WrongToken("that is an ID token", _signed(mint, mint.facts.client_id))


def id_token_for_this_server_too(mint: Mint) -> WrongToken:
    """The same with the resource server beside the client in `aud`: wrong in nothing but its kind."""
    return WrongToken("that is an ID token for this server too", _signed(mint, [mint.facts.client_id, mint.audience]))


def _signed(mint: Mint, audience: str | list[str]) -> str:
    now = int(time.time())
    claims = {
        "iss": mint.facts.issuer,
        "sub": mint.facts.subject,
        "aud": audience,
        "azp": mint.facts.client_id,
        "iat": now,
        "exp": now + mint.lifetime_seconds,
        "auth_time": now,
        "nonce": secrets.token_urlsafe(16),
        "at_hash": encoded(secrets.token_bytes(_HALF_A_HASH)),
        **mint.facts.claims,
        **mint.binding,
    }
    return mint.sign({**mint.header(), "typ": "JWT"}, claims)
