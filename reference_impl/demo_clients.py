"""Who is registered at the demonstration servers: clients for every grant, and an identity provider."""

import secrets
from dataclasses import dataclass, field, replace
from typing import Any

from joserfc.jwk import ECKey

from reference_impl.authorization_server.config import (
    AuthorizationDetailsType,
    Client,
    IdentityProvider,
    Workload,
    hash_secret,
)
from reference_impl.authorization_server.rules.jwt_bearer_grant import JWT_BEARER
from reference_impl.authorization_server.rules.token_exchange import TOKEN_EXCHANGE

SCOPES = ("mcp:echo", "mcp:add", "mcp")
CALENDAR_SCOPE = "calendar:read"
_LOOPBACK_REDIRECT = "http://127.0.0.1:8765/callback"
_HTTPS_REDIRECT = "https://client.example/callback"
_WORKLOAD_CLIENT = "demo-workload"


@dataclass(frozen=True, slots=True)
class LaunchedClient:
    """A registered client with the secret or private key that only its owner knows."""

    client: Client
    client_secret: str | None = field(default=None, repr=False)
    private_jwk: dict[str, Any] | None = field(default=None, repr=False)


@dataclass(frozen=True, slots=True)
class LaunchedIdentityProvider:
    """An identity provider that exists only as a key pair: whoever has `private_jwk` can speak for it.

    `subject` is one of its users, `workload` the `sub` of a workload that the authorization server lets in.
    """

    issuer: str
    private_jwk: dict[str, Any] = field(repr=False)
    subject: str = "carol"
    workload: str = "system:serviceaccount:demo:agent"

    def trusted(self) -> IdentityProvider:
        """How the authorization server knows it."""
        public = ECKey.import_key(self.private_jwk).as_dict(private=False)
        workloads = (Workload(self.workload, _WORKLOAD_CLIENT),)
        return IdentityProvider(self.issuer, {"keys": [dict(public)]}, workloads=workloads)


def demo_identity_provider() -> LaunchedIdentityProvider:
    """A fresh one."""
    key = ECKey.generate_key("P-256", auto_kid=True)
    return LaunchedIdentityProvider("https://idp.example", dict(key.as_dict(private=True)) | {"alg": "ES256"})


def demo_authorization_details_type() -> AuthorizationDetailsType:
    """The one type of authorization_details: calls of tools."""
    return AuthorizationDetailsType("mcp_tool_call", ("echo", "add_numbers"))


def demo_clients() -> tuple[LaunchedClient, ...]:
    """A client for every way to authenticate and every grant, each with fresh credentials."""
    code = ("authorization_code", "refresh_token")
    scope = (*SCOPES, "archive:read", "echo:read", CALENDAR_SCOPE)
    public = Client(
        client_id="demo-public",
        client_name="Demo client",
        redirect_uris=(_HTTPS_REDIRECT, _LOOPBACK_REDIRECT),
        grant_types=code,
        token_endpoint_auth_method="none",  # noqa: S106 - the name of a method
        scope=scope,
    )
    key = ECKey.generate_key("P-256", auto_kid=True)
    signed = replace(
        public,
        client_id="demo-private-key",
        token_endpoint_auth_method="private_key_jwt",  # noqa: S106 - the name of a method
        jwks={"keys": [key.as_dict(private=False)]},
    )
    return (
        LaunchedClient(public),
        _with_secret(replace(public, client_id="demo-basic"), "client_secret_basic"),
        _with_secret(replace(public, client_id="demo-post"), "client_secret_post"),
        LaunchedClient(signed, private_jwk=dict(key.as_dict(private=True)) | {"alg": "ES256"}),
        _with_secret(
            replace(
                public,
                client_id="demo-machine",
                redirect_uris=(),
                response_types=(),
                grant_types=("client_credentials",),
            ),
            "client_secret_basic",
        ),
        LaunchedClient(replace(public, client_id="demo-short-lived", access_token_lifetime=2)),
        _with_secret(
            replace(
                public, client_id="demo-enterprise", redirect_uris=(), response_types=(), grant_types=(JWT_BEARER,)
            ),
            "client_secret_basic",
        ),
        _with_secret(
            replace(public, client_id="demo-exchange", grant_types=(*code, TOKEN_EXCHANGE)), "client_secret_basic"
        ),
        LaunchedClient(
            replace(public, client_id=_WORKLOAD_CLIENT, redirect_uris=(), response_types=(), grant_types=(JWT_BEARER,))
        ),
    )


def demo_resource_server() -> LaunchedClient:
    """The client by which the MCP server introspects tokens."""
    return _with_secret(Client("demo-mcp-server", grant_types=(), response_types=()), "client_secret_basic")


def _with_secret(client: Client, method: str) -> LaunchedClient:
    secret = secrets.token_urlsafe(24)
    registered = replace(client, token_endpoint_auth_method=method, secret_hash=hash_secret(secret))
    return LaunchedClient(registered, client_secret=secret)
