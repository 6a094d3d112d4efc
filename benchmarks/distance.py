"""Puts a server far away: what passes between it and its clients takes its time, each way."""

import asyncio
import contextlib
import socket
import threading
from collections.abc import Mapping

_BYTES = 65536


class Distance:
    """Forwards connections of bound sockets to ports of 127.0.0.1; every piece arrives so many seconds later.

    It works in a daemon thread until the process ends.
    """

    def __init__(self, ports: Mapping[socket.socket, int], seconds_each_way: float) -> None:
        self._ports = ports
        self._seconds = seconds_each_way
        threading.Thread(target=lambda: asyncio.run(self._serve()), name="distance", daemon=True).start()

    async def _serve(self) -> None:
        servers = [
            await asyncio.start_server(lambda r, w, port=port: self._forward(r, w, port), sock=bound)
            for bound, port in self._ports.items()
        ]
        await asyncio.gather(*(server.serve_forever() for server in servers))

    async def _forward(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, port: int) -> None:
        await asyncio.sleep(self._seconds)  # of the two that a connection takes; the first piece brings the other one
        with contextlib.suppress(OSError):
            inner_reader, inner_writer = await asyncio.open_connection("127.0.0.1", port)
            await asyncio.gather(self._pump(reader, inner_writer), self._pump(inner_reader, writer))

    async def _pump(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        loop, pieces = asyncio.get_running_loop(), asyncio.Queue[tuple[float, bytes]]()
        arriving = asyncio.create_task(self._arrive(pieces, writer))
        data = b"-"
        while data:
            try:
                data = await reader.read(_BYTES)
            except OSError:
                data = b""
            pieces.put_nowait((loop.time() + self._seconds, data))
        await arriving

    async def _arrive(self, pieces: "asyncio.Queue[tuple[float, bytes]]", writer: asyncio.StreamWriter) -> None:
        loop = asyncio.get_running_loop()
        with contextlib.suppress(OSError):
            while True:
                when, data = await pieces.get()
                await asyncio.sleep(when - loop.time())
                if not data:
                    break
                writer.write(data)
        writer.close()
