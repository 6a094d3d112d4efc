"""The MCP server as an ASGI application: routes, and the lifespan that holds the MCP protocol open."""

from starlette.applications import Starlette
from starlette.types import ASGIApp

from reference_impl.mcp_server.config import McpServerConfig
from reference_impl.mcp_server.rules import McpServerRules


def create_app(config: McpServerConfig, rules: type[McpServerRules] = McpServerRules) -> ASGIApp:
    """Build the application; it needs the ASGI lifespan to run (uvicorn: `lifespan="on"`)."""
    del config, rules
    return Starlette()
