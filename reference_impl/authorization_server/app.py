"""The authorization server as an ASGI application: routes only."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager

from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from reference_impl.authorization_server import (
    authorize,
    introspection_endpoint,
    metadata,
    pushed_authorization_endpoint,
    registration_endpoint,
    revocation_endpoint,
    third_party_callback,
    token,
)
from reference_impl.authorization_server.config import ServerConfig
from reference_impl.authorization_server.endpoint import Endpoint, EndpointApp, Handler
from reference_impl.authorization_server.errors import OAuthError
from reference_impl.authorization_server.keys import KeyRing
from reference_impl.authorization_server.rules import Rules
from reference_impl.authorization_server.store import Store

PURGE_INTERVAL = 60.0
"""Seconds between two rounds of forgetting what has expired."""


def endpoints(config: ServerConfig) -> tuple[Endpoint, ...]:
    """The routing table. Well-known paths of an issuer with a path follow RFC 8414, 3.1 and OIDC Discovery, 4."""
    path = config.issuer_path
    return (
        *_well_known(path),
        Endpoint(f"{path}/.well-known/jwks.json", {"GET": metadata.get_jwks}),
        Endpoint(f"{path}/oauth/register", {"POST": registration_endpoint.post_registration}),
        Endpoint(f"{path}/oauth/register/{{client_id}}", _client_configuration()),
        Endpoint(
            f"{path}/oauth/authorize", {"GET": authorize.get_authorize, "POST": authorize.post_authorize}, "browser"
        ),
        Endpoint(f"{path}/login", {"GET": authorize.get_login, "POST": authorize.post_login}, "browser"),
        Endpoint(f"{path}/consent", {"GET": authorize.get_consent, "POST": authorize.post_consent}, "browser"),
        Endpoint(f"{path}/oauth/token", {"POST": token.post_token}),
        *_third_party_endpoint(config),
        *_pushed_authorization_endpoint(config),
        *_token_endpoints(config),
        Endpoint("/health", {"GET": metadata.get_health}),
        Endpoint("/ready", {"GET": metadata.get_ready}),
    )


def _well_known(path: str) -> tuple[Endpoint, ...]:
    document = {"GET": metadata.get_authorization_server_metadata}
    openid = {"GET": metadata.get_openid_configuration}
    inserted = (
        Endpoint(f"/.well-known/oauth-authorization-server{path}", document),
        Endpoint(f"/.well-known/openid-configuration{path}", openid),
    )
    return (*inserted, Endpoint(f"{path}/.well-known/openid-configuration", openid)) if path else inserted


def _third_party_endpoint(config: ServerConfig) -> tuple[Endpoint, ...]:
    if config.third_party is None:
        return ()
    return (Endpoint(f"{config.issuer_path}/callback", {"GET": third_party_callback.get_callback}, "browser"),)


def _pushed_authorization_endpoint(config: ServerConfig) -> tuple[Endpoint, ...]:
    if not config.pushed_authorization.enabled:
        return ()
    handlers = {"POST": pushed_authorization_endpoint.post_pushed_authorization_request}
    return (Endpoint(f"{config.issuer_path}/oauth/par", handlers),)


def _token_endpoints(config: ServerConfig) -> tuple[Endpoint, ...]:
    """What the operator may leave out."""
    path = config.issuer_path
    revocation = Endpoint(f"{path}/oauth/revoke", {"POST": revocation_endpoint.post_revocation})
    introspection = Endpoint(f"{path}/oauth/introspect", {"POST": introspection_endpoint.post_introspection})
    return (*((revocation,) if config.revocation else ()), *((introspection,) if config.introspection else ()))


def _client_configuration() -> dict[str, Handler]:
    return {
        "GET": registration_endpoint.get_client_configuration,
        "PUT": registration_endpoint.put_client_configuration,
        "DELETE": registration_endpoint.delete_client_configuration,
    }


def create_app(
    config: ServerConfig,
    rules: type[Rules] = Rules,
    store: Store | None = None,
    keys: KeyRing | None = None,
) -> Starlette:
    """The server for `config`, by `rules`. Store and keys are created unless given (to share or inspect them)."""
    store = store or Store(config.store_path)
    for client in config.clients:
        store.clients.save(client)
    served = rules(config, store, keys or KeyRing(config.signing_algorithm))
    app = Starlette(
        routes=[Route(endpoint.path, EndpointApp(endpoint, served)) for endpoint in endpoints(config)],
        exception_handlers={
            HTTPException: _always(served, served.not_found()),
            Exception: _always(served, served.server_error()),
        },
        lifespan=lambda _: _purging(served),
    )
    app.router.redirect_slashes = False
    return app


def _always(rules: Rules, error: OAuthError) -> Callable[[Request, Exception], Awaitable[Response]]:
    async def answer(_: Request, __: Exception) -> Response:
        response = rules.error_response(error)
        response.headers.update(rules.security_headers())
        return response

    return answer


@asynccontextmanager
async def _purging(rules: Rules) -> AsyncIterator[None]:
    task = asyncio.create_task(_purge_regularly(rules))
    try:
        yield
    finally:
        task.cancel()


async def _purge_regularly(rules: Rules) -> None:
    while True:
        rules.store.purge_expired(rules.now())
        await asyncio.sleep(PURGE_INTERVAL)
