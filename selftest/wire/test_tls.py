"""The TLS probe against listeners that refuse, hang, or talk something else."""

import socket
import ssl
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager

import pytest
import trustme

from conformance.wire.tls import Offer, TlsRefusedError, TlsUnavailableError, handshake

DEADLINE_SECONDS = 1.0


@contextmanager
def listener(answer: bytes | ssl.SSLContext | None) -> Iterator[int]:
    """A port that answers each connection with these bytes, a TLS handshake, or (None) silence."""
    over = threading.Event()

    def serve() -> None:
        while not over.is_set():
            try:
                connection, _ = server.accept()
            except OSError:
                return
            with connection:
                try:
                    if isinstance(answer, ssl.SSLContext):
                        with answer.wrap_socket(connection, server_side=True) as secured:
                            secured.recv(1)
                    elif answer:
                        connection.sendall(answer)
                    else:
                        over.wait(DEADLINE_SECONDS * 3)
                except OSError:
                    continue

    with socket.create_server(("127.0.0.1", 0)) as server:
        thread = threading.Thread(target=serve, daemon=True)
        thread.start()
        yield server.getsockname()[1]
        over.set()
        server.shutdown(socket.SHUT_RDWR)
    thread.join(5)


@pytest.fixture(scope="module")
def authority() -> trustme.CA:
    return trustme.CA()


@pytest.fixture
def server_tls(authority: trustme.CA) -> ssl.SSLContext:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    authority.issue_cert("127.0.0.1").configure_cert(context)
    return context


def shake(port: int, offer: Offer, authority: trustme.CA | None = None) -> str:
    ca_pem = authority.cert_pem.bytes().decode() if authority else None
    return handshake("127.0.0.1", port, offer, ca_pem=ca_pem, deadline_seconds=DEADLINE_SECONDS).version


@pytest.mark.parametrize(("offer", "version"), [(Offer.MODERN, "TLSv1.3"), (Offer.TLS_1_2, "TLSv1.2")])
def test_a_good_server_agrees(offer: Offer, version: str, server_tls: ssl.SSLContext, authority: trustme.CA) -> None:
    with listener(server_tls) as port:
        assert shake(port, offer, authority) == version


@pytest.mark.parametrize("offer", [Offer.OLD, Offer.UNPROTECTED])
def test_a_good_server_refuses_what_is_broken(offer: Offer, server_tls: ssl.SSLContext) -> None:
    with listener(server_tls) as port, pytest.raises(TlsRefusedError):
        shake(port, offer)


def test_an_untrusted_certificate_is_a_refusal(server_tls: ssl.SSLContext) -> None:
    with listener(server_tls) as port, pytest.raises(TlsRefusedError, match="CERTIFICATE_VERIFY_FAILED"):
        shake(port, Offer.MODERN)


@pytest.mark.parametrize("offer", list(Offer))
def test_plain_http_is_a_refusal(offer: Offer) -> None:
    with listener(b"HTTP/1.1 400 Bad Request\r\n\r\n") as port, pytest.raises(TlsRefusedError):
        shake(port, offer)


@pytest.mark.parametrize("offer", list(Offer))
def test_silence_says_nothing_and_ends_in_time(offer: Offer) -> None:
    begin = time.monotonic()
    with listener(None) as port, pytest.raises(TlsUnavailableError):
        shake(port, offer)
    assert time.monotonic() - begin < DEADLINE_SECONDS * 3


def test_a_closed_port_says_nothing() -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]
    with pytest.raises(TlsUnavailableError):
        shake(port, Offer.MODERN)
