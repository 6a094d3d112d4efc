"""The issuer as the third party's authorization server behind an MCP proxy: it knows one client, by a static client_id.

It never asks the user, as one doesn't whose cookie says that the user has consented to this client before: that is what
makes the confused deputy. It knows no PKCE either, so that nothing but the proxy's own care keeps codes apart.
"""

import hmac
import secrets
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from threading import Lock
from typing import Any
from urllib.parse import parse_qs, urlencode

AUTHORIZE, TOKEN = "/authorize", "/token"
_LIFETIME_SECONDS = 300
_REFUSED = {"error": "invalid_grant"}


@dataclass(frozen=True, slots=True)
class StaticClient:
    """The proxy as the third party knows it; `callback` is its redirect URI (None: whatever it sends)."""

    client_id: str
    client_secret: str = field(repr=False)
    callback: str | None = None


@dataclass
class ThirdParty:
    """Grants codes and redeems them. `mint` makes the access token of a scope."""

    client: StaticClient
    mint: Callable[[str], str]
    _granted: dict[str, tuple[str, str]] = field(default_factory=dict)
    _lock: Lock = field(default_factory=Lock)

    def location(self, query: str) -> str | None:
        """Where the browser goes that brings this authorization request; None when it is none of the client's."""
        values = _first_values(query)
        redirect_uri = values.get("redirect_uri", "")
        if values.get("client_id") != self.client.client_id or redirect_uri != (self.client.callback or redirect_uri):
            return None
        if not redirect_uri.startswith(("http://", "https://")):
            return None
        code = secrets.token_urlsafe(24)
        with self._lock:
            self._granted[code] = redirect_uri, values.get("scope", "")
        answer = {"code": code} | {name: values[name] for name in ("state",) if name in values}
        return f"{redirect_uri}{'&' if '?' in redirect_uri else '?'}{urlencode(answer)}"

    def token(self, body: str, user: str | None, password: str) -> tuple[int, Mapping[str, Any]]:
        """Status and members of the token response; the client authenticates by HTTP Basic or in the body."""
        values = _first_values(body)
        name = user if user is not None else values.get("client_id", "")
        secret = password if user is not None else values.get("client_secret", "")
        expected = self.client.client_secret
        if name != self.client.client_id or not hmac.compare_digest(secret.encode(), expected.encode()):
            return 401, {"error": "invalid_client"}
        with self._lock:
            redirect_uri, scope = self._granted.pop(values.get("code", ""), (None, ""))
        if redirect_uri is None or values.get("redirect_uri") != redirect_uri:
            return 400, _REFUSED
        granted = {"access_token": self.mint(scope), "token_type": "Bearer", "expires_in": _LIFETIME_SECONDS}
        return 200, granted | ({"scope": scope} if scope else {})


def _first_values(text: str) -> dict[str, str]:
    return {name: values[0] for name, values in parse_qs(text, keep_blank_values=True).items()}
