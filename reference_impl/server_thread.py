"""One event loop in a daemon thread that serves several ASGI applications by uvicorn."""

import asyncio
import socket
import ssl
import threading
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import uvicorn

AdjustTls = Callable[[ssl.SSLContext], None]

_STARTUP_SECONDS = 20.0
_SHUTDOWN_SECONDS = 5.0
_MAX_HEAD_BYTES = 256 * 1024
"""More than any check sends, so that the rules answer an overlong token, and not the parser now and then: it counts
what has arrived so far, which differs from time to time."""


class ServerStartError(Exception):
    """An application did not start; the message says why."""


class ServerThread:
    """Serves ASGI applications, each on its bound socket, from one daemon thread.

    `certificate` is the path of a PEM file with private key and chain; None serves plain HTTP. `adjust_tls` changes
    the TLS settings before anything is served.
    """

    def __init__(
        self,
        apps: Sequence[Any],
        sockets: Sequence[socket.socket],
        certificate: str | None,
        adjust_tls: AdjustTls | None = None,
    ) -> None:
        self._sockets = sockets
        self._servers = [_uvicorn_server(app, certificate, adjust_tls) for app in apps]
        self._thread = threading.Thread(target=self._run, name="reference", daemon=True)
        self._started = threading.Event()
        self._failure: BaseException | None = None

    def start_and_wait(self) -> None:
        """Return when every application answers. Raises ServerStartError."""
        self._thread.start()
        if not self._started.wait(_STARTUP_SECONDS) or self._failure is not None:
            self.stop()
            raise ServerStartError(str(self._failure or "it took too long"))

    def stop(self) -> None:
        """Stop serving and wait for the thread; safe to call twice."""
        for server in self._servers:
            server.should_exit = True
        if self._thread.is_alive():
            self._thread.join(_SHUTDOWN_SECONDS)

    def _run(self) -> None:
        try:
            asyncio.run(self._serve())
        except BaseException as failure:  # noqa: BLE001 - handed to the thread that waits
            self._failure = failure
        finally:
            self._started.set()

    async def _serve(self) -> None:
        pairs = zip(self._servers, self._sockets, strict=True)
        tasks = [asyncio.create_task(server.serve(sockets=[bound])) for server, bound in pairs]
        while not all(server.started for server in self._servers):
            if any(task.done() for task in tasks):
                break
            await asyncio.sleep(0.002)
        self._started.set()
        await asyncio.gather(*tasks)


def _uvicorn_server(app: Any, certificate: str | None, adjust_tls: AdjustTls | None) -> "uvicorn.Server":
    import uvicorn

    def adjusted(_config: uvicorn.Config, make: Callable[[], ssl.SSLContext]) -> ssl.SSLContext:
        context = make()
        if adjust_tls:
            adjust_tls(context)
        return context

    settings: dict[str, Any] = {"ssl_certfile": certificate, "ssl_context_factory": adjusted} if certificate else {}
    return uvicorn.Server(
        uvicorn.Config(
            app,
            log_level="critical",
            access_log=False,
            lifespan="on",
            timeout_graceful_shutdown=0,
            server_header=False,
            h11_max_incomplete_event_size=_MAX_HEAD_BYTES,
            **settings,
        )
    )
