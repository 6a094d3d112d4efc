"""An MCP server made of authplane-mcp and the MCP SDK below it, set up as its documentation has it.

Variants: none (DPoP tokens are accepted beside bearer tokens), `dpop-required` and `enforced-scopes`.
"""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

from authplane import InboundDPoPOptions
from authplane_mcp import authplane_mcp_auth, install_request_context, require_scope
from mcp.server.fastmcp import FastMCP
from serving import ADD_SCOPE, ECHO_SCOPE, Place, serve


@asynccontextmanager
async def build(place: Place) -> AsyncIterator[Any]:
    auth = await authplane_mcp_auth(
        issuer=place.issuer,
        resource=place.resource,
        scopes=[ECHO_SCOPE, ADD_SCOPE],
        dev_mode=True,
        inbound_dpop=InboundDPoPOptions(required=place.variant == "dpop-required"),
        enforce_scopes_on_all_requests=place.variant == "enforced-scopes",
    )
    server = FastMCP("interop", json_response=True, **auth)
    install_request_context(server)

    @server.tool()
    async def echo(text: str) -> str:
        """Return the text that was sent."""
        require_scope(ECHO_SCOPE)
        return text

    @server.tool()
    async def add_numbers(a: float, b: float) -> float:
        """Return the sum of two numbers."""
        require_scope(ADD_SCOPE)
        return a + b

    try:
        yield server.streamable_http_app()
    finally:
        await auth.aclose()


if __name__ == "__main__":
    serve(build)
