"""An MCP server made of authplane-fastmcp and fastmcp 3 below it, set up as its documentation has it.

Variants: none (DPoP tokens are accepted beside bearer tokens) and `dpop-required`.
"""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

from authplane import InboundDPoPOptions
from authplane_fastmcp import authplane_auth
from fastmcp import FastMCP
from fastmcp.server.auth import require_scopes
from serving import ADD_SCOPE, ECHO_SCOPE, Place, serve


@asynccontextmanager
async def build(place: Place) -> AsyncIterator[Any]:
    auth = await authplane_auth(
        issuer=place.issuer,
        base_url=place.origin,
        scopes=[ECHO_SCOPE, ADD_SCOPE],
        dev_mode=True,
        inbound_dpop=InboundDPoPOptions(required=place.variant == "dpop-required"),
    )
    server = FastMCP("interop", **auth)

    @server.tool(auth=require_scopes(ECHO_SCOPE))
    async def echo(text: str) -> str:
        """Return the text that was sent."""
        return text

    @server.tool(auth=require_scopes(ADD_SCOPE))
    async def add_numbers(a: float, b: float) -> float:
        """Return the sum of two numbers."""
        return a + b

    try:
        yield server.http_app()
    finally:
        await auth.client.aclose()


if __name__ == "__main__":
    serve(build)
