"""No server holds the judge longer than the deadline, feeds it more than the cap, or gets a crash out of it."""

import gzip
import logging
import socket
import ssl
import threading
import time
import tracemalloc
from collections.abc import Callable, Iterator
from typing import Any

import pytest
import trustme

from conformance.wire import HttpRequest, Limits, NoAnswer, SecretBook, Transcript, Transport, Wire
from selftest import void_servers
from selftest.void_servers import MiniatureServer

LIMITS = Limits(deadline_seconds=0.4, max_body_bytes=700_000)
MOST_SECONDS = 1.5


def answering(*parts: bytes) -> MiniatureServer:
    return MiniatureServer(lambda connection, request, base: connection.sendall(b"".join(parts)))


def plain_answer(body: bytes, *headers: bytes, status: bytes = b"200 OK") -> bytes:
    lines = (b"HTTP/1.1 " + status, b"Content-Length: %d" % len(body), *headers)
    return b"".join(line + b"\r\n" for line in lines) + b"\r\n" + body


def new_wire(limits: Limits = LIMITS, ca_pem: str | None = None) -> Wire:
    return Wire(Transport(limits, ca_pem), Transcript(SecretBook()))


@pytest.fixture
def wire() -> Iterator[Wire]:
    made = new_wire()
    yield made
    made.transport.close()


def drips_body(connection: socket.socket, request: bytes, base: str) -> None:
    connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\n")
    for _ in range(100):
        connection.sendall(b"x")
        time.sleep(0.05)


def closes_early(connection: socket.socket, request: bytes, base: str) -> None:
    connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\nhalf")


def endless_interim_answers(connection: socket.socket, request: bytes, base: str) -> None:
    end = time.monotonic() + 3
    while time.monotonic() < end:
        connection.sendall(b"HTTP/1.1 102 Processing\r\n\r\n" * 100)


@pytest.mark.parametrize(
    ("behaviour", "reason"),
    [
        (void_servers.never_answers, "within 0.4 seconds"),
        (void_servers.drips_headers, "within 0.4 seconds"),
        (drips_body, "within 0.4 seconds"),
        (endless_interim_answers, "seconds|not HTTP"),
        (void_servers.endless_body, "larger than 700000 bytes"),
        (void_servers.compressed_bomb, "more than 700000 bytes"),
        (void_servers.garbage_bytes, "not HTTP"),
        (closes_early, "broke off"),
    ],
    ids=lambda value: getattr(value, "__name__", None),
)
def test_a_hostile_answer_is_no_answer_within_the_deadline(
    wire: Wire, behaviour: Callable[..., None], reason: str
) -> None:
    void_servers._bomb()  # takes a moment to make
    with MiniatureServer(behaviour).running() as base:
        begin = time.monotonic()
        with pytest.raises(NoAnswer, match=reason):
            wire.get(base)
    assert time.monotonic() - begin < MOST_SECONDS
    (exchange,) = wire.transcript.exchanges
    assert exchange.response is None
    assert exchange.error


def test_a_bomb_is_not_unpacked_in_memory(wire: Wire) -> None:
    with MiniatureServer(void_servers.compressed_bomb).running() as base:
        void_servers._bomb()
        tracemalloc.start()
        with pytest.raises(NoAnswer):
            wire.get(base)
        peak = tracemalloc.get_traced_memory()[1]
        tracemalloc.stop()
    assert peak < 20_000_000


def test_nobody_listens(wire: Wire) -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = listener.getsockname()[1]
    with pytest.raises(NoAnswer, match=rf"could not connect to 127\.0\.0\.1:{port}"):
        wire.get(f"http://127.0.0.1:{port}/")


def test_a_name_server_that_stays_silent_costs_the_deadline(monkeypatch: pytest.MonkeyPatch, wire: Wire) -> None:
    asked = threading.Event()

    def silent(*_: object, **__: object) -> list[object]:
        asked.wait(10 * LIMITS.deadline_seconds)
        return []

    monkeypatch.setattr(socket, "getaddrinfo", silent)
    with pytest.raises(NoAnswer, match=r"within 0\.4 seconds"):
        wire.get("https://slow.example/")
    asked.set()


def test_every_address_of_a_name_is_tried(monkeypatch: pytest.MonkeyPatch, wire: Wire) -> None:
    original = socket.getaddrinfo

    def two(host: str, *more: Any, **named: Any) -> list[Any]:
        hosts = ("127.0.0.9", "127.0.0.1") if host == "two.example" else (host,)
        return [answer for each in hosts for answer in original(each, *more, **named)]

    monkeypatch.setattr(socket, "getaddrinfo", two)
    with answering(plain_answer(b"{}")).running() as base:
        assert wire.get(base.replace("127.0.0.1", "two.example")).status == 200


@pytest.mark.parametrize(
    "url", ["http://[bad/", "http://127.0.0.1:99999/", "gopher://127.0.0.1/", "//", "", "http://\x00/"]
)
def test_a_url_that_cannot_be_requested_is_no_answer(wire: Wire, url: str) -> None:
    with pytest.raises(NoAnswer):
        wire.get(url)
    assert len(wire.transcript.exchanges) == 1


def test_a_certificate_of_a_stranger_is_named_as_the_reason() -> None:
    authority, stranger = trustme.CA(), trustme.CA()
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    authority.issue_cert("127.0.0.1").configure_cert(context)

    with socket.create_server(("127.0.0.1", 0)) as listener:
        url = f"https://127.0.0.1:{listener.getsockname()[1]}/"
        serve_tls(listener, context)
        trusting = new_wire(ca_pem=authority.cert_pem.bytes().decode())
        assert trusting.get(url).status == 204
        for ca_pem in (None, stranger.cert_pem.bytes().decode()):
            with pytest.raises(NoAnswer, match=r"is not trusted \(give its CA by tls.ca_file"):
                new_wire(ca_pem=ca_pem).get(url)


def serve_tls(listener: socket.socket, context: ssl.SSLContext) -> None:
    def accept() -> None:
        while True:
            try:
                connection, _ = listener.accept()
                with context.wrap_socket(connection, server_side=True) as secured:
                    secured.recv(65536)
                    secured.sendall(b"HTTP/1.1 204 No Content\r\nConnection: close\r\n\r\n")
            except ssl.SSLError:
                continue
            except OSError:
                return

    threading.Thread(target=accept, daemon=True).start()


def test_a_body_of_exactly_the_cap_is_read(wire: Wire) -> None:
    with answering(plain_answer(b"x" * 700_000)).running() as base:
        assert len(wire.get(base).body) == 700_000


@pytest.mark.parametrize("cut", [0, 10])
def test_compressed_answers_are_read_whole_or_not_at_all(wire: Wire, cut: int) -> None:
    packed = gzip.compress(b'{"issuer": "here"}' * 50)
    body = packed[: len(packed) - cut]
    with answering(plain_answer(body, b"Content-Encoding: gzip")).running() as base:
        if cut:
            with pytest.raises(NoAnswer, match="ends too early"):
                wire.get(base)
        else:
            assert wire.get(base).body == b'{"issuer": "here"}' * 50


def test_redirects_are_not_followed(wire: Wire) -> None:
    with answering(plain_answer(b"", b"Location: http://127.0.0.1:1/", status=b"302 Found")).running() as base:
        assert wire.get(base).status == 302
    assert len(wire.transcript.exchanges) == 1


def test_a_place_that_stays_silent_is_not_asked_for_ever() -> None:
    wire = new_wire(Limits(deadline_seconds=0.1))
    with MiniatureServer(void_servers.never_answers).running() as base:
        for _ in range(3):
            with pytest.raises(NoAnswer, match="no complete answer"):
                wire.get(f"{base}/silent?n=1")
        begin = time.monotonic()
        with pytest.raises(NoAnswer, match="not asked again"):
            wire.browser().get(f"{base}/silent?n=2")
    assert time.monotonic() - begin < 0.05


def test_a_kept_connection_that_was_closed_is_replaced(wire: Wire) -> None:
    with answering(plain_answer(b"{}")).running() as base:
        for _ in range(20):
            assert wire.get(base).status == 200


def test_a_server_that_always_hangs_up_is_asked_once_on_a_connection_of_its_own(wire: Wire) -> None:
    seen: list[bytes] = []
    server = MiniatureServer(lambda connection, request, base: seen.append(request))
    with server.running() as base, pytest.raises(NoAnswer, match="broke off"):
        wire.get(base)
    assert len(seen) == 1


@pytest.mark.parametrize(
    ("retry_after", "least", "most"),
    [(b"0", 0, 0.5), (b"1", 0.9, 2), (b"Wed, 21 Oct 2015 07:28:00 GMT", 0, 0.5), (b"-5", 0.9, 2), (b"soon", 0.9, 2)],
)
def test_429_is_waited_out_and_never_an_answer(wire: Wire, retry_after: bytes, least: float, most: float) -> None:
    answers = [plain_answer(b"", b"Retry-After: " + retry_after, status=b"429 Too Many Requests"), plain_answer(b"ok")]
    server = MiniatureServer(lambda connection, request, base: connection.sendall(answers.pop(0)))
    with server.running() as base:
        begin = time.monotonic()
        assert wire.get(base).body == b"ok"
    assert least <= time.monotonic() - begin <= most
    assert [exchange.status for exchange in wire.transcript.exchanges] == [429, 200]


def test_429_for_ever_is_no_answer(wire: Wire) -> None:
    server = answering(plain_answer(b"", b"Retry-After: 0", status=b"429 Too Many Requests"))
    with server.running() as base, pytest.raises(NoAnswer, match="keeps answering 429"):
        wire.get(base)
    assert len(wire.transcript.exchanges) == 4


def test_an_overlong_retry_after_is_cut(monkeypatch: pytest.MonkeyPatch, wire: Wire) -> None:
    waited: list[float] = []
    monkeypatch.setattr(time, "sleep", waited.append)
    answer = plain_answer(b"", b"Retry-After: 999999999", status=b"429 Too Many Requests")
    with answering(answer).running() as base, pytest.raises(NoAnswer):
        wire.get(base)
    assert waited == [30.0] * 3


def test_only_browsers_keep_cookies(wire: Wire) -> None:
    seen: list[bytes] = []

    def sets_a_cookie(connection: socket.socket, request: bytes, base: str) -> None:
        seen.append(request)
        connection.sendall(plain_answer(b"", b"Set-Cookie: sid=1; Path=/; Secure", b"Connection: close"))

    with MiniatureServer(sets_a_cookie).running() as base:
        for user in (wire, wire.browser()):
            user.get(base)
            user.get(base)
    assert [b"sid=1" in request for request in seen] == [False, False, False, True]


def test_nothing_of_an_exchange_reaches_the_log(wire: Wire, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    request = HttpRequest("GET", "", (("Authorization", "Bearer logged-nowhere"),))
    with answering(plain_answer(b"{}")).running() as base:
        wire.send(request.with_url(f"{base}/?code=logged-nowhere", "to the server"))
    assert "logged-nowhere" not in caplog.text
