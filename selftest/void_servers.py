"""Miniature servers with honest names that do nothing right. Each serves plain http on 127.0.0.1 until stopped."""

import contextlib
import re
import socket
import threading
import time
import zlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import cache

_MOST_SECONDS = 20.0
"""No connection of these servers outlives this, so that a test can't hang on its own servers."""

Behaviour = Callable[[socket.socket, bytes, str], None]


def _answer(connection: socket.socket, status: str, body: bytes, *headers: str) -> None:
    head = "".join(f"{line}\r\n" for line in (f"HTTP/1.1 {status}", f"Content-Length: {len(body)}", *headers))
    connection.sendall(head.encode() + b"\r\n" + body)


def always_404(connection: socket.socket, request: bytes, base: str) -> None:
    _answer(connection, "404 Not Found", b"nothing here", "Content-Type: text/plain")


def always_401(connection: socket.socket, request: bytes, base: str) -> None:
    _answer(
        connection, "401 Unauthorized", b"{}", "Content-Type: application/json", 'WWW-Authenticate: Bearer realm="x"'
    )


def always_500(connection: socket.socket, request: bytes, base: str) -> None:
    _answer(connection, "500 Internal Server Error", b"{}", "Content-Type: application/json")


def always_200_empty_object(connection: socket.socket, request: bytes, base: str) -> None:
    _answer(connection, "200 OK", b"{}", "Content-Type: application/json")


def redirects_to_itself(connection: socket.socket, request: bytes, base: str) -> None:
    path = request.split(b" ")[1].decode("latin-1") if b" " in request else "/"
    _answer(connection, "302 Found", b"", f"Location: {base}{path}")


def never_answers(connection: socket.socket, request: bytes, base: str) -> None:
    time.sleep(_MOST_SECONDS)


def drips_headers(connection: socket.socket, request: bytes, base: str) -> None:
    with contextlib.suppress(OSError):
        connection.sendall(b"HTTP/1.1 200 OK\r\n")
        for _ in range(int(_MOST_SECONDS * 10)):
            connection.sendall(b"X-Slow: 1\r\n")
            time.sleep(0.1)


def endless_body(connection: socket.socket, request: bytes, base: str) -> None:
    head = b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nTransfer-Encoding: chunked\r\n\r\n"
    with contextlib.suppress(OSError):
        connection.sendall(head)
        end = time.monotonic() + _MOST_SECONDS
        while time.monotonic() < end:
            connection.sendall(b"10000\r\n" + b"[" * 65536 + b"\r\n")


def compressed_bomb(connection: socket.socket, request: bytes, base: str) -> None:
    _answer(connection, "200 OK", _bomb(), "Content-Type: application/json", "Content-Encoding: gzip")


@cache
def _bomb() -> bytes:
    """Half a gibibyte in half a megabyte: gzip members that each inflate to 64 MiB, made without holding one."""
    packer, zeros = zlib.compressobj(9, zlib.DEFLATED, 31), b"0" * 1_048_576
    member = b"".join(packer.compress(zeros) for _ in range(64)) + packer.flush()
    return member * 8


def garbage_bytes(connection: socket.socket, request: bytes, base: str) -> None:
    connection.sendall(bytes(range(256)) * 40)


def deeply_nested_json(connection: socket.socket, request: bytes, base: str) -> None:
    _answer(connection, "200 OK", b"[" * 100_000, "Content-Type: application/json")


VOID: dict[str, Behaviour] = {
    f.__name__: f
    for f in (
        always_404,
        always_401,
        always_500,
        always_200_empty_object,
        redirects_to_itself,
        never_answers,
        drips_headers,
        endless_body,
        compressed_bomb,
        garbage_bytes,
        deeply_nested_json,
    )
}
"""Targets of which nothing whatever can be right."""


@dataclass
class MiniatureServer:
    """Accepts connections, reads one request from each, lets the behaviour answer, closes."""

    behaviour: Behaviour

    @contextlib.contextmanager
    def running(self) -> Iterator[str]:
        """Serve in threads; yields the base URL."""
        with socket.create_server(("127.0.0.1", 0)) as listener:
            base = f"http://127.0.0.1:{listener.getsockname()[1]}"
            thread = threading.Thread(target=self._accept, args=(listener, base), daemon=True)
            thread.start()
            try:
                yield base
            finally:
                with contextlib.suppress(OSError):
                    listener.shutdown(socket.SHUT_RDWR)

    def _accept(self, listener: socket.socket, base: str) -> None:
        while True:
            try:
                connection, _ = listener.accept()
            except OSError:
                return
            threading.Thread(target=self._serve, args=(connection, base), daemon=True).start()

    def _serve(self, connection: socket.socket, base: str) -> None:
        with connection, contextlib.suppress(OSError):
            connection.settimeout(_MOST_SECONDS)
            request = _read_request(connection)
            if request:
                self.behaviour(connection, request, base)
                connection.shutdown(socket.SHUT_WR)
                connection.settimeout(1)
                with contextlib.suppress(TimeoutError):
                    while connection.recv(65536):  # closing with unread bytes would reset the connection
                        pass


def _read_request(connection: socket.socket) -> bytes:
    """One request with its body, as far as Content-Length says."""
    request = connection.recv(65536)
    head, blank, body = request.partition(b"\r\n\r\n")
    announced = re.search(rb"(?im)^content-length:\s*(\d+)", head)
    missing = int(announced.group(1)) - len(body) if announced and blank else 0
    while missing > 0 and (more := connection.recv(65536)):
        request, missing = request + more, missing - len(more)
    return request
