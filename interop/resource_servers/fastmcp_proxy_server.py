"""An MCP server made of fastmcp 4 whose users log in at a third party, by fastmcp's own OAuthProxy."""

import os
import secrets
from contextlib import AbstractAsyncContextManager
from typing import Any

from fastmcp import FastMCP
from fastmcp.server.auth import OAuthProxy
from fastmcp.server.auth.providers.jwt import JWTVerifier
from key_value.aio.stores.memory import MemoryStore
from serving import Place, serve, without_cleanup

_CONSENT: dict[str, Any] = {"": True, "remember": "remember", "external": "external"}


def build(place: Place) -> AbstractAsyncContextManager[Any]:
    client_id = os.environ["PROXY_CLIENT_ID"]
    verifier = JWTVerifier(
        jwks_uri=f"{place.issuer}/jwks.json", issuer=place.issuer, audience=client_id, algorithm="ES256"
    )
    auth = OAuthProxy(
        upstream_authorization_endpoint=f"{place.issuer}/authorize",
        upstream_token_endpoint=f"{place.issuer}/token",
        upstream_client_id=client_id,
        upstream_client_secret=os.environ["PROXY_CLIENT_SECRET"],
        token_verifier=verifier,
        base_url=place.origin,
        valid_scopes=["events"],
        require_authorization_consent=_CONSENT[place.variant],
        client_storage=MemoryStore(),
        jwt_signing_key=secrets.token_urlsafe(32),
    )
    server = FastMCP("interop", auth=auth)

    @server.tool
    def echo(text: str) -> str:
        """Return the text that was sent."""
        return text

    return without_cleanup(server.http_app())


if __name__ == "__main__":
    serve(build)
