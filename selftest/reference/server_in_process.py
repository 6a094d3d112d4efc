"""An authorization server of the reference without sockets, for the tests of its rules."""

from dataclasses import replace
from typing import Any

from starlette.testclient import TestClient

from reference_impl.authorization_server.app import create_app
from reference_impl.authorization_server.config import Client, Resource, ServerConfig, hash_secret
from reference_impl.authorization_server.keys import KeyRing
from reference_impl.authorization_server.rules import Rules
from reference_impl.authorization_server.store import Store

ISSUER = "https://as.test"
RESOURCE = "https://rs.test/mcp"
OTHER_RESOURCE = "https://other.test/mcp"
SECRET = "a-secret-of-a-static-client"

MACHINE = Client(
    client_id="machine",
    grant_types=("client_credentials",),
    response_types=(),
    secret_hash=hash_secret(SECRET),
    scope=("mcp:echo",),
)
RESOURCE_SERVER = replace(MACHINE, client_id="resource-server", grant_types=(), scope=())
STRANGER = replace(MACHINE, client_id="stranger")
PUBLIC = Client(
    client_id="public",
    redirect_uris=("http://127.0.0.1/cb",),
    grant_types=("authorization_code", "refresh_token"),
    token_endpoint_auth_method="none",
    scope=("mcp:echo",),
)


def configuration(**changes: Any) -> ServerConfig:
    """Two resources, one of them served by `resource-server`, and four clients."""
    resources = (
        Resource(RESOURCE, ("mcp:echo", "mcp:add"), "echo", introspection_clients=("resource-server",)),
        Resource(OTHER_RESOURCE, ("other:read",), "other"),
    )
    return replace(
        ServerConfig(ISSUER, resources, clients=(MACHINE, RESOURCE_SERVER, STRANGER, PUBLIC)),
        **changes,
    )


def rules_of(config: ServerConfig | None = None, rules: type[Rules] = Rules) -> Rules:
    """The rules alone, with the static clients stored."""
    config = config or configuration()
    store = Store()
    for client in config.clients:
        store.clients.save(client)
    return rules(config, store, KeyRing(config.signing_algorithm))


def http_client(config: ServerConfig | None = None, store: Store | None = None) -> TestClient:
    """An HTTP client of a server with `config`."""
    return TestClient(create_app(config or configuration(), store=store), base_url=ISSUER)
