"""A client as the server under test knows it, and how it authenticates (RFC 6749, 2.3; RFC 7523, 2.2)."""

import secrets
import time
from base64 import b64encode
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import quote_plus

from joserfc import jwt
from joserfc.errors import JoseError
from joserfc.jwk import import_key

ASSERTION_TYPE = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"


@dataclass(frozen=True)
class ClientIdentity:
    """Identifier, secret or key, and what was registered for it. `private_jwk` is a private JWK with `alg`."""

    client_id: str
    auth_method: str = "none"
    client_secret: str | None = field(default=None, repr=False)
    private_jwk: dict[str, Any] | None = field(default=None, repr=False)
    redirect_uris: tuple[str, ...] = ()
    grant_types: tuple[str, ...] = ("authorization_code",)
    scope: str | None = None
    registration_client_uri: str | None = None
    registration_access_token: str | None = field(default=None, repr=False)
    names_itself: bool = field(default=False, compare=False)
    """Whether client_id goes into the body beside HTTP Basic, as RFC 6749, 3.2.1, allows and some servers want."""

    @property
    def redirect_uri(self) -> str:
        """The redirect URI that the judge uses."""
        return self.redirect_uris[0] if self.redirect_uris else ""

    @property
    def is_public(self) -> bool:
        """Whether the client has no credentials."""
        return self.auth_method == "none"


@dataclass(frozen=True, slots=True)
class ClientAuthentication:
    """What authenticates a request: form parameters and headers to add."""

    parameters: tuple[tuple[str, str], ...] = ()
    headers: tuple[tuple[str, str], ...] = ()


def authenticate(client: ClientIdentity, audience: str) -> ClientAuthentication:
    """The authentication of that client by its registered method; `audience` is the AS's issuer, for assertions."""
    if client.auth_method == "client_secret_basic":
        named = (("client_id", client.client_id),) if client.names_itself else ()
        return ClientAuthentication(named, (("Authorization", basic(client.client_id, client.client_secret or "")),))
    if client.auth_method == "client_secret_post":
        pairs = (("client_id", client.client_id), ("client_secret", client.client_secret or ""))
        return ClientAuthentication(parameters=pairs)
    if client.auth_method == "private_key_jwt":
        assertion = client_assertion(client, audience)
        pairs = (("client_id", client.client_id), ("client_assertion_type", ASSERTION_TYPE))
        return ClientAuthentication(parameters=(*pairs, ("client_assertion", assertion)))
    return ClientAuthentication(parameters=(("client_id", client.client_id),))


def basic(client_id: str, client_secret: str) -> str:
    """The value of Authorization for HTTP Basic, both parts form-encoded first (RFC 6749, 2.3.1)."""
    return "Basic " + b64encode(f"{quote_plus(client_id)}:{quote_plus(client_secret)}".encode()).decode()


def is_usable_key(private_jwk: dict[str, Any]) -> bool:
    """Whether assertions can be signed with that JWK by its `alg` (default ES256)."""
    try:
        client_assertion(ClientIdentity("probe", private_jwk=private_jwk), "probe")
    except (JoseError, ValueError, TypeError, KeyError):
        return False
    return True


def client_assertion(client: ClientIdentity, audience: str, **claims: Any) -> str:
    """A signed client assertion (RFC 7523, 3), one minute valid; `claims` replace or add (None removes)."""
    if client.private_jwk is None:
        raise ValueError(f"client {client.client_id} has no private key")
    now = int(time.time())
    payload: dict[str, Any] = {
        "iss": client.client_id,
        "sub": client.client_id,
        "aud": audience,
        "iat": now,
        "exp": now + 60,
        "jti": secrets.token_urlsafe(16),
    } | claims
    payload = {name: value for name, value in payload.items() if value is not None}
    header = {"alg": client.private_jwk.get("alg", "ES256"), "kid": client.private_jwk.get("kid")}
    key = import_key(client.private_jwk)
    return jwt.encode({k: v for k, v in header.items() if v}, payload, key, algorithms=[header["alg"]])
