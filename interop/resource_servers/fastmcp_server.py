"""An MCP server made of fastmcp 4 and its JWT verifier, with a scope for every request and one for a tool."""

from contextlib import AbstractAsyncContextManager
from typing import Any

from fastmcp import FastMCP
from fastmcp.server.auth import RemoteAuthProvider, require_scopes
from fastmcp.server.auth.providers.jwt import JWTVerifier
from pydantic import AnyHttpUrl
from serving import ADD_SCOPE, ECHO_SCOPE, Place, serve, without_cleanup


def build(place: Place) -> AbstractAsyncContextManager[Any]:
    verifier = JWTVerifier(
        jwks_uri=f"{place.issuer}/jwks.json",
        issuer=place.issuer,
        audience=place.resource,
        required_scopes=[ECHO_SCOPE],
    )
    auth = RemoteAuthProvider(
        token_verifier=verifier,
        authorization_servers=[AnyHttpUrl(place.issuer)],
        base_url=place.origin,
        scopes_supported=[ECHO_SCOPE, ADD_SCOPE],
        resource_name="interop",
    )
    server = FastMCP("interop", auth=auth)

    @server.tool
    def echo(text: str) -> str:
        """Return the text that was sent."""
        return text

    @server.tool(auth=require_scopes(ADD_SCOPE))
    def add_numbers(a: float, b: float) -> float:
        """Return the sum of two numbers."""
        return a + b

    return without_cleanup(server.http_app())


if __name__ == "__main__":
    serve(build)
