"""A host of client ID metadata documents on loopback, and a server that may fetch from it."""

import asyncio
import json
import ssl
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import pytest
import trustme
from server_in_process import configuration, rules_of

from reference_impl.authorization_server.config import Client, ClientIdMetadataOptions
from reference_impl.authorization_server.errors import OAuthError
from reference_impl.authorization_server.rules import Rules

REDIRECT_URI = "http://127.0.0.1/callback"


@dataclass
class DocumentHost:
    """A host of documents on loopback: `answer` writes the next answers, `paths` are those that were asked for."""

    port: int
    ca_pem: str
    answer: Callable[[BaseHTTPRequestHandler], None] = lambda handler: None
    paths: list[str] = field(default_factory=list)
    headers: list[dict[str, str]] = field(default_factory=list)

    def url(self, path: str = "/client.json", host: str = "127.0.0.1") -> str:
        return f"https://{host}:{self.port}{path}"

    def serves(
        self,
        body: bytes,
        status: int = 200,
        media_type: str = "application/json",
        headers: dict[str, str] | None = None,
    ) -> None:
        def answer(handler: BaseHTTPRequestHandler) -> None:
            handler.send_response(status)
            all_headers = {"Content-Type": media_type, "Content-Length": str(len(body)), **(headers or {})}
            for name, value in all_headers.items():
                handler.send_header(name, value)
            handler.end_headers()
            handler.wfile.write(body)

        self.answer = answer

    def serves_document(self, headers: dict[str, str] | None = None, **members: Any) -> None:
        self.serves(json.dumps(self.document(**members)).encode(), headers=headers)

    def document(self, **members: Any) -> dict[str, Any]:
        good = {"client_id": self.url(), "client_name": "App", "redirect_uris": [REDIRECT_URI]}
        return {name: value for name, value in {**good, **members}.items() if value is not None}


@contextmanager
def running_document_host() -> Iterator[DocumentHost]:
    """A host over TLS on a free port of 127.0.0.1."""
    authority = trustme.CA()
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    authority.issue_cert("127.0.0.1", "localhost").configure_cert(context)

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            host.paths.append(self.path)
            host.headers.append({name.lower(): value for name, value in self.headers.items()})
            host.answer(self)

        def log_message(self, *_: object) -> None:
            """Keep quiet."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.socket = context.wrap_socket(server.socket, server_side=True)
    host = DocumentHost(server.server_address[1], authority.cert_pem.bytes().decode())
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    try:
        yield host
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


def rules_for(host: DocumentHost, **options: Any) -> Rules:
    usual = {"allow_loopback": True, "ca_pem": host.ca_pem, "fetch_timeout": 5.0}
    return rules_of(configuration(client_id_metadata=ClientIdMetadataOptions(**{**usual, **options})))


def client_at(rules: Rules, url: str) -> Client:
    client = asyncio.run(rules.resolve_client(url))
    assert client is not None
    return client


def refused(rules: Rules, url: str) -> str:
    with pytest.raises(OAuthError) as caught:
        client_at(rules, url)
    assert (caught.value.error, caught.value.status) == ("invalid_client", 400)
    return caught.value.description
