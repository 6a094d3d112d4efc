"""What the three servers share: a socket that listens at once, TLS, and patience until the issuer answers."""

import argparse
import asyncio
import contextlib
import socket
from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import uvicorn

ECHO_SCOPE, ADD_SCOPE = "mcp:echo", "mcp:add"
_POLL_SECONDS = 0.05


@dataclass(frozen=True)
class Place:
    """Whom the server trusts and where it is: `origin` without a path, `resource` the URL of its MCP endpoint."""

    issuer: str
    origin: str
    variant: str

    @property
    def resource(self) -> str:
        return f"{self.origin}/mcp"


Build = Callable[[Place], AbstractAsyncContextManager[Any]]


def serve(build: Build) -> None:
    """Serve what `build` makes of the command line's options, until SIGTERM.

    Prints `ready <issuer> <mcp url>` as soon as the socket listens. The application is built when the issuer accepts
    connections, for these libraries read its metadata once, at their start; requests made until then wait.
    """
    parser = argparse.ArgumentParser()
    parser.add_argument("--issuer", required=True)
    parser.add_argument("--cert", type=Path, required=True)
    parser.add_argument("--key", type=Path, required=True)
    parser.add_argument("--variant", default="")
    with contextlib.suppress(KeyboardInterrupt):
        asyncio.run(_serve(build, parser.parse_args()))


async def _serve(build: Build, options: argparse.Namespace) -> None:
    listener = socket.create_server(("127.0.0.1", 0), backlog=128)
    listener.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    place = Place(options.issuer, f"https://127.0.0.1:{listener.getsockname()[1]}", options.variant)
    print(f"ready {place.issuer} {place.resource}", flush=True)
    await _until_it_answers(place.issuer)
    async with build(place) as application:
        config = uvicorn.Config(
            application, log_level="warning", ssl_certfile=options.cert, ssl_keyfile=options.key, lifespan="on"
        )
        await uvicorn.Server(config).serve(sockets=[listener])


async def _until_it_answers(issuer: str) -> None:
    parts = urlsplit(issuer)
    while True:
        try:
            _, writer = await asyncio.open_connection(parts.hostname, parts.port)
        except OSError:
            await asyncio.sleep(_POLL_SECONDS)
        else:
            writer.close()
            return


@contextlib.asynccontextmanager
async def without_cleanup(application: Any) -> AsyncIterator[Any]:
    """An application that has nothing to be closed."""
    yield application
