"""`python -m benchmarks.twins`: the reference, of which a copy in the same state is served whenever it is asked for.

Each copy is forked before the first request, with the same keys, clients and sockets, and what it draws at random
depends on the request alone. So the same requests get the same codes and tokens from each copy, and give it the same
work to do. Words on standard input: `serve` starts a copy, `stop` ends it; both are answered by a line.
"""

import argparse
import gc
import hashlib
import os
import random
import secrets
import signal
import socket
import sys
import threading
from collections import Counter
from contextvars import ContextVar
from itertools import chain
from typing import Any
from unittest.mock import patch

from starlette.types import ASGIApp, Receive, Scope, Send

from benchmarks.distance import Distance
from conformance.targets.bundled import BundledTarget, ServeOptions
from reference_impl import launcher
from reference_impl.server_thread import ServerThread

_DRAWS: ContextVar[random.Random | None] = ContextVar("draws", default=None)


class SameLuck:
    """An application whose random values follow from the request's head and from how often it came before."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app
        self._seen: Counter[bytes] = Counter()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve it."""
        if scope["type"] == "http":
            line = [scope["method"].encode(), scope["raw_path"], scope["query_string"]]
            head = hashlib.sha256(b"\n".join([*line, *map(b":".join, scope["headers"])])).digest()
            self._seen[head] += 1
            _DRAWS.set(random.Random(head + self._seen[head].to_bytes(4)))  # noqa: S311 - nobody's secrets
        await self._app(scope, receive, send)


def _token_bytes(nbytes: int | None = None) -> bytes:
    draws, size = _DRAWS.get(), secrets.DEFAULT_ENTROPY if nbytes is None else nbytes
    return os.urandom(size) if draws is None else draws.randbytes(size)


def prepare(target_file: str, trusted_issuer: str) -> tuple[BundledTarget, ServerThread]:
    """The reference with its sockets bound, and what would serve it, not yet running. Writes the target file."""
    waiting: list[ServerThread] = []
    make = launcher._applications  # noqa: SLF001 - the one place where both applications are in hand

    def lucky(*given: Any) -> tuple[Any, Any]:
        authorization_server, mcp_server = make(*given)
        return SameLuck(authorization_server), SameLuck(mcp_server)

    launcher.import_protocol()

    def hold(thread: ServerThread) -> None:
        waiting.append(thread)

    with patch.object(launcher, "_applications", lucky), patch.object(ServerThread, "start_and_wait", hold):
        target = BundledTarget(None, ServeOptions(trusted_issuer=trusted_issuer))
        target.start()
        target.write_target_file(target_file)
    return target, waiting[0]


def serve_copy(thread: ServerThread, seconds_each_way: float) -> int:
    """Fork a copy, that far away; returns its process id once it answers."""
    reader, writer = os.pipe()
    child = os.fork()
    if child == 0:
        secrets.token_bytes = _token_bytes
        if seconds_each_way:
            _move_away(thread, seconds_each_way)
        thread.start_and_wait()
        os.write(writer, b"up")
        threading.Event().wait()
    os.close(writer)
    with os.fdopen(reader, "rb") as pipe:
        if pipe.read(2) != b"up":
            raise RuntimeError("a copy of the reference did not start")
    return child


def _move_away(thread: ServerThread, seconds_each_way: float) -> None:
    public = thread._sockets  # noqa: SLF001 - what it was made with
    inner = [socket.create_server(("127.0.0.1", 0)) for _ in public]
    for listening in inner:
        listening.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    thread._sockets = inner  # noqa: SLF001 - the same ports, so the same issuer, but further away
    ports = [listening.getsockname()[1] for listening in inner]
    Distance(dict(zip(public, ports, strict=True)), seconds_each_way)


def main() -> None:
    """Serve copies until standard input ends."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--write-target", required=True)
    parser.add_argument("--trust-issuer", required=True)
    args = parser.parse_args()
    target, thread = prepare(args.write_target, args.trust_issuer)
    gc.freeze()
    child = 0
    print("ready", flush=True)
    for word in chain(sys.stdin, ["stop"]):
        name, _, seconds = word.strip().partition(" ")
        if child:
            os.kill(child, signal.SIGKILL)
            os.waitpid(child, 0)
        child = serve_copy(thread, float(seconds)) if name == "serve" else 0
        print("done", flush=True)
    target.stop()


if __name__ == "__main__":
    main()
