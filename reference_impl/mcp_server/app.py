"""The MCP server as an ASGI application: its routes, and the lifespan that holds the MCP protocol open."""

from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route
from starlette.types import ASGIApp

from reference_impl.mcp_server.config import McpServerConfig, ProtectedResource
from reference_impl.mcp_server.endpoints import EchoEndpoint, McpEndpoint
from reference_impl.mcp_server.protocol import McpProtocol
from reference_impl.mcp_server.rules import McpServerRules

AUTHORIZATION_SERVER_METADATA = "/.well-known/oauth-authorization-server"


def create_app(config: McpServerConfig, rules: type[McpServerRules] = McpServerRules) -> ASGIApp:
    """Build the application; it needs the ASGI lifespan to run (uvicorn: `lifespan="on"`).

    The lifespan returns at once: refusals and metadata are served from the first moment, while the MCP SDK is still
    being imported in the background.
    """
    ours = rules(config)
    protocol = McpProtocol(ours)

    @asynccontextmanager
    async def lifespan(_app: Starlette) -> AsyncIterator[None]:
        async with protocol.lifespan():
            yield

    endpoints: tuple[McpEndpoint | EchoEndpoint, ...] = (McpEndpoint(ours, protocol), EchoEndpoint(ours))
    routes = [Route(endpoint.resource.path or "/", endpoint) for endpoint in endpoints]
    for endpoint in endpoints:
        document = _metadata_endpoint(ours, endpoint.resource)
        routes += [Route(path, document, methods=["GET"]) for path in ours.metadata_paths(endpoint.resource)]
    routes.append(Route(AUTHORIZATION_SERVER_METADATA, _issuer_metadata_endpoint(ours), methods=["GET"]))
    app = Starlette(routes=routes, lifespan=lifespan)
    app.router.redirect_slashes = False  # a redirect would name a URL that is not the resource identifier
    return app


def _metadata_endpoint(rules: McpServerRules, resource: ProtectedResource) -> Callable[[Request], Awaitable[Response]]:
    """The RFC 9728 document of a resource, open to everybody."""

    async def metadata(_request: Request) -> Response:
        cache_control = rules.metadata_cache_control()
        return JSONResponse(
            rules.protected_resource_metadata(resource),
            status_code=rules.metadata_status(),
            headers={} if cache_control is None else {"Cache-Control": cache_control},
            media_type=rules.metadata_content_type(),
        )

    return metadata


def _issuer_metadata_endpoint(rules: McpServerRules) -> Callable[[Request], Awaitable[Response]]:
    """A copy of the authorization server's document, for clients of MCP 2025-03-26."""

    async def metadata(_request: Request) -> Response:
        document = await rules.metadata_at_own_root()
        return JSONResponse(document) if document is not None else Response(status_code=404)

    return metadata
