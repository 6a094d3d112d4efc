"""Run the SDK's authorization server and an MCP server that trusts it, each on its own port at 127.0.0.1.

The environment variable CLIENTS may hold a JSON array of registered clients in the terms of RFC 7591.
Prints one line `ready <issuer> <mcp url>` on standard output when both accept connections; SIGTERM ends it.
"""

import argparse
import asyncio
import json
import os
import socket
from pathlib import Path

import uvicorn
from mcp.server.auth.provider import ProviderTokenVerifier
from mcp.server.auth.routes import create_auth_routes
from mcp.server.auth.settings import AuthSettings, ClientRegistrationOptions, RevocationOptions
from mcp.server.mcpserver import MCPServer
from mcp.shared.auth import OAuthClientInformationFull
from pydantic import AnyHttpUrl
from starlette.applications import Starlette

from interop.sdk_server.provider import InMemoryProvider

SCOPES = ["mcp:read", "mcp:write"]
REQUIRED_SCOPES = ["mcp:read"]


def authorization_server(issuer: str, provider: InMemoryProvider) -> Starlette:
    """Return the SDK's authorization endpoints around `provider`, registration and revocation on."""
    settings = AuthSettings(
        issuer_url=AnyHttpUrl(issuer),
        client_registration_options=ClientRegistrationOptions(
            enabled=True, valid_scopes=SCOPES, default_scopes=REQUIRED_SCOPES
        ),
        revocation_options=RevocationOptions(enabled=True),
        resource_server_url=None,
    )
    return Starlette(
        routes=create_auth_routes(
            provider=provider,
            issuer_url=settings.issuer_url,
            client_registration_options=settings.client_registration_options,
            revocation_options=settings.revocation_options,
        )
    )


def mcp_server(
    issuer: str, mcp_url: str, provider: InMemoryProvider, validate_token_resource: bool | None
) -> Starlette:
    """Return an MCP server with two tools that accepts the tokens `provider` issued.

    `validate_token_resource` is the SDK's setting of that name; None leaves the SDK's default.
    """
    server = MCPServer(
        "interop",
        token_verifier=ProviderTokenVerifier(provider),
        auth=AuthSettings(
            issuer_url=AnyHttpUrl(issuer),
            required_scopes=REQUIRED_SCOPES,
            resource_server_url=AnyHttpUrl(mcp_url),
            validate_token_resource=validate_token_resource,
        ),
    )

    @server.tool()
    def echo(text: str) -> str:
        """Return the text that was sent."""
        return text

    @server.tool()
    def add_numbers(a: float, b: float) -> float:
        """Return the sum of two numbers."""
        return a + b

    return server.streamable_http_app()


def listening_socket(port: int) -> socket.socket:
    """Return a socket that listens at 127.0.0.1; port 0 takes a free one."""
    listener = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    listener.bind(("127.0.0.1", port))
    listener.listen()
    return listener


async def serve(options: argparse.Namespace) -> None:
    """Serve both applications until a signal ends one of them."""
    issuer_socket, mcp_socket = listening_socket(options.issuer_port), listening_socket(options.mcp_port)
    scheme = "https" if options.cert else "http"
    issuer = f"{scheme}://127.0.0.1:{issuer_socket.getsockname()[1]}"
    mcp_url = f"{scheme}://127.0.0.1:{mcp_socket.getsockname()[1]}/mcp"
    clients = [
        OAuthClientInformationFull.model_validate(client) for client in json.loads(os.environ.get("CLIENTS", "[]"))
    ]
    provider = InMemoryProvider(clients, [mcp_url, *options.resource], REQUIRED_SCOPES)
    applications = [
        (authorization_server(issuer, provider), issuer_socket),
        (mcp_server(issuer, mcp_url, provider, options.validate_token_resource), mcp_socket),
    ]
    servers = [
        (uvicorn.Server(uvicorn_config(app, options.cert, options.key)), listener) for app, listener in applications
    ]
    running = [asyncio.create_task(server.serve(sockets=[listener])) for server, listener in servers]
    # The sockets listen already: a connection made from now on waits for its answer and is never refused.
    # The SDK writes the issuer with a trailing slash when it is given as its documentation does.
    print(f"ready {AnyHttpUrl(issuer)} {mcp_url}", flush=True)  # the launcher waits for this line
    await asyncio.wait(running, return_when=asyncio.FIRST_COMPLETED)
    for server, _ in servers:
        server.should_exit = True
    await asyncio.gather(*running)


def uvicorn_config(app: Starlette, cert: Path | None, key: Path | None) -> uvicorn.Config:
    """Return uvicorn's settings for `app`; without `cert` and `key` (PEM files) it speaks plain http."""
    return uvicorn.Config(app, log_level="warning", ssl_certfile=cert, ssl_keyfile=key)


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, prog="python -m interop.sdk_server")
    parser.add_argument("--issuer-port", type=int, default=0, help="0 takes a free port")
    parser.add_argument("--mcp-port", type=int, default=0, help="0 takes a free port")
    parser.add_argument("--cert", type=Path, help="PEM certificate chain; without it plain http is spoken")
    parser.add_argument("--key", type=Path, help="PEM private key that belongs to --cert")
    parser.add_argument(
        "--resource", action="append", default=[], help="another resource to issue tokens for (repeatable)"
    )
    parser.add_argument("--validate-token-resource", action=argparse.BooleanOptionalAction, default=None)
    options = parser.parse_args()
    if bool(options.cert) != bool(options.key):
        parser.error("--cert and --key belong together")
    return options


if __name__ == "__main__":
    asyncio.run(serve(_arguments()))
