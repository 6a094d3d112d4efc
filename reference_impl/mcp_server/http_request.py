"""What the rules see of an HTTP request, of the credentials in it and of the token behind them."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from starlette.datastructures import Headers
from starlette.types import Scope

from reference_impl.mcp_server.config import ProtectedResource


@dataclass(frozen=True, slots=True)
class HttpRequest:
    """One request, before its body is read: method, headers (repeats kept), raw query, and the resource it is for."""

    method: str
    headers: Headers
    query: str
    resource: ProtectedResource

    @classmethod
    def from_scope(cls, scope: Scope, resource: ProtectedResource) -> "HttpRequest":
        """Read an ASGI http scope."""
        return cls(scope["method"], Headers(scope=scope), scope["query_string"].decode("latin-1"), resource)


@dataclass(frozen=True, slots=True)
class Credentials:
    """The token of a request and the scheme it came under, in canonical case: `Bearer` or `DPoP`."""

    scheme: str
    token: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class Principal:
    """Who acts: the same issuer, subject and client across the renewals of a token."""

    issuer: str
    subject: str
    client_id: str


@dataclass(frozen=True, slots=True)
class AccessToken:
    """A validated access token, by its claims (of the JWT or of the introspection response)."""

    claims: Mapping[str, Any] = field(repr=False)

    @property
    def principal(self) -> Principal:
        """On whose behalf and by which client the request is made."""
        return Principal(*(str(self.claims.get(name, "")) for name in ("iss", "sub", "client_id")))
