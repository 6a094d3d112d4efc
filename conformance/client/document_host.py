"""A host of documents that the server under test fetches: client ID metadata documents, key sets, logos.

One a process, on a port of its own, in threads of the standard library's HTTP server. It counts connections and notes
every request, so that checks see what was fetched and what was not.
"""

import secrets
import socket
import ssl
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Lock, Thread
from typing import Any
from urllib.parse import unquote, urlsplit

from conformance.client.facts import DocumentHostFacts
from conformance.vocabulary import Inconclusive
from conformance.wire.addresses import is_loopback

_POLL_SECONDS = 0.01
_PATIENCE_SECONDS = 10.0
_CHUNK = bytes(" " * 65_536, "ascii")
_TLS_HANDSHAKE = b"\x16"


@dataclass(frozen=True, slots=True)
class HostedAnswer:
    """What the host answers at one path; `padding_bytes` of white space follow the body."""

    body: bytes = b""
    status: int = 200
    media_type: str = "application/json"
    headers: Mapping[str, str] = field(default_factory=dict)
    padding_bytes: int = 0


class DocumentHost:
    """Serves answers by path, over https and, on the same port, http. `stop` is idempotent."""

    def __init__(self, facts: DocumentHostFacts) -> None:
        """Start it. Raises Inconclusive when the port is taken or the certificate can't be used."""
        self._answers: dict[str, HostedAnswer] = {}
        self._requests: list[str] = []
        self._connections = 0
        self._lock = Lock()
        host, _, port = facts.listen.rpartition(":")
        self._server = _listening(self, host.strip("[]"), int(port), _tls_context(facts))
        scheme = "https" if facts.certificate_and_key else "http"
        self.base_url = (facts.base_url or f"{scheme}://{host}:{self._server.server_address[1]}").rstrip("/")
        self._thread = Thread(target=self._server.serve_forever, args=(_POLL_SECONDS,), name="documents", daemon=True)
        self._thread.start()

    @property
    def is_on_loopback(self) -> bool:
        """Whether the server under test reaches the host by a loopback address."""
        return is_loopback(urlsplit(self.base_url).hostname or "")

    @property
    def connections(self) -> int:
        """How many connections arrived so far, whether or not a request followed."""
        with self._lock:
            return self._connections

    @property
    def bare_connections(self) -> int:
        """How many connections arrived so far that no request followed."""
        with self._lock:
            return self._connections - len(self._requests)

    def new_url(self, name: str = "client.json") -> str:
        """A URL that nobody has seen before; nothing is served there yet."""
        return f"{self.base_url}/{secrets.token_hex(6)}/{name}"

    def serve(self, url: str, answer: HostedAnswer) -> None:
        """Answer that URL (its path, compared percent-decoded) like this from now on."""
        with self._lock:
            self._answers[_path(url)] = answer

    def fetches(self, url: str) -> int:
        """How often that URL's path was asked for so far."""
        with self._lock:
            return self._requests.count(_path(url))

    def stop(self) -> None:
        """Stop listening and wait for the thread."""
        if self._thread.is_alive():
            self._server.shutdown()
            self._thread.join(_PATIENCE_SECONDS)
        self._server.server_close()

    def note_connection(self) -> None:
        """Count a connection that has arrived."""
        with self._lock:
            self._connections += 1

    def answer_to(self, target: str) -> HostedAnswer:
        """Note a request and say what to answer; 404 where nothing is served."""
        with self._lock:
            self._requests.append(_path(target))
            return self._answers.get(_path(target), HostedAnswer(status=404))


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    timeout = _PATIENCE_SECONDS
    server: "_Server"

    def do_GET(self) -> None:
        answer = self.server.documents.answer_to(self.path)
        self.send_response(answer.status)
        headers = {"Content-Type": answer.media_type, "Content-Length": str(len(answer.body) + answer.padding_bytes)}
        for name, value in {**headers, "Connection": "close", **answer.headers}.items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(answer.body)
        left = answer.padding_bytes
        while left > 0:
            self.wfile.write(_CHUNK[:left])
            left -= len(_CHUNK)

    def log_message(self, *_: object) -> None:
        """Nothing is printed; the host notes what it needs."""


class _Server(ThreadingHTTPServer):
    """Each connection is told apart (TLS or plain) and secured within its own thread."""

    daemon_threads = True
    documents: DocumentHost
    tls: ssl.SSLContext | None = None

    def finish_request(self, request: Any, client_address: Any) -> None:
        self.documents.note_connection()
        request.settimeout(_PATIENCE_SECONDS)
        if self.tls is not None and request.recv(1, socket.MSG_PEEK) == _TLS_HANDSHAKE:
            request = self.tls.wrap_socket(request, server_side=True)
        super().finish_request(request, client_address)
        request.close()

    def handle_error(self, request: Any, client_address: Any) -> None:
        """A connection that broke is the caller's affair; nothing is printed."""


def _listening(documents: DocumentHost, host: str, port: int, tls: ssl.SSLContext | None) -> _Server:
    class Server(_Server):
        address_family = socket.AF_INET6 if ":" in host else socket.AF_INET

    try:
        server = Server((host, port), _Handler)
    except OSError as error:
        raise Inconclusive(
            f"the document host can't listen on {host}:{port}: {error.strerror}",
            root="document host",
            remedy="give document_host.listen a free port in the target file, and judge with one worker if it is fixed",
        ) from None
    server.documents, server.tls = documents, tls
    return server


def _tls_context(facts: DocumentHostFacts) -> ssl.SSLContext | None:
    if facts.certificate_and_key is None:
        return None
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    with tempfile.TemporaryDirectory(prefix="conformance-documents-") as folder:
        file = Path(folder) / "certificate.pem"
        file.touch(mode=0o600)
        file.write_text(facts.certificate_and_key, encoding="ascii")
        try:
            context.load_cert_chain(file)
        except OSError as error:  # ssl.SSLError is one
            raise Inconclusive(
                f"the certificate of the document host can't be used: {error.strerror or type(error).__name__}",
                root="document host",
                remedy="give document_host.certificate and key as PEM files without a passphrase",
            ) from None
    return context


def _path(url: str) -> str:
    return unquote(urlsplit(url).path) or "/"
