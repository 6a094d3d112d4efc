"""A front that lets plain HTTP in through the port of a TLS server: the misconfiguration, for a mutant."""

import asyncio
import contextlib
import socket
import ssl
import threading
from collections.abc import Mapping

_HANDSHAKE = 0x16  # the first byte of every TLS connection (RFC 8446, 5.1)
_BYTES = 65536


class PlainHttpFront:
    """Forwards connections of bound sockets to TLS ports of 127.0.0.1: TLS as it is, plain HTTP inside TLS of its own.

    `ports` gives the TLS port behind each socket. `stop` is idempotent and leaves no thread.
    """

    def __init__(self, ports: Mapping[socket.socket, int]) -> None:
        self._ports = ports
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._run, name="plain-http-front", daemon=True)
        self._thread.start()

    def stop(self) -> None:
        """Stop accepting and forwarding."""
        if self._thread.is_alive():
            self._loop.call_soon_threadsafe(self._loop.stop)
            self._thread.join(5.0)

    def _run(self) -> None:
        for bound, port in self._ports.items():
            self._loop.run_until_complete(self._listen(bound, port))
        self._loop.run_forever()
        for task in asyncio.all_tasks(self._loop):
            task.cancel()
        self._loop.run_until_complete(asyncio.sleep(0))
        self._loop.close()

    async def _listen(self, bound: socket.socket, port: int) -> None:
        async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            with contextlib.suppress(OSError, asyncio.CancelledError):
                await _forward(reader, writer, port)
            writer.close()

        await asyncio.start_server(serve, sock=bound)


async def _forward(reader: asyncio.StreamReader, writer: asyncio.StreamWriter, port: int) -> None:
    first = await reader.read(1)
    if not first:
        return
    context = None if first[0] == _HANDSHAKE else _trusting()
    inner_reader, inner_writer = await asyncio.open_connection("127.0.0.1", port, ssl=context)
    inner_writer.write(first)
    await asyncio.gather(_pump(reader, inner_writer), _pump(inner_reader, writer))


async def _pump(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    try:
        while data := await reader.read(_BYTES):
            writer.write(data)
            await writer.drain()
    finally:
        writer.close()


def _trusting() -> ssl.SSLContext:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.check_hostname = False
    context.verify_mode = ssl.CERT_NONE  # the other end is this process
    return context
