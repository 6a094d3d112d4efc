"""Starts and stops the issuer: threads of the standard library's HTTP server, over TLS or plain on loopback."""

import secrets
import ssl
import tempfile
from contextlib import ExitStack
from dataclasses import dataclass
from http.server import ThreadingHTTPServer
from pathlib import Path
from threading import Thread
from typing import Any
from urllib.parse import urlsplit

from conformance.client.facts import IssuerFacts
from conformance.issuer.handler import CONTROL, IssuerHandler
from conformance.issuer.keys import ALGORITHMS, new_signing_key
from conformance.issuer.mint import Mint
from conformance.issuer.state import IssuerState
from conformance.issuer.third_party import StaticClient, ThirdParty

_POLL_SECONDS = 0.01
_EVERY_ADDRESS = ("0.0.0.0", "::")  # noqa: S104 - listened on, as containers need, but no address to visit
INTROSPECTION_CLIENT = "resource-server"
"""The client_id with which resource servers introspect."""


class IssuerError(Exception):
    """The issuer could not be started; the message says why in one line."""


@dataclass(frozen=True, slots=True)
class IssuerOptions:
    """Where the issuer listens (port 0: any free one) and what it is called when that isn't its address.

    With `tls` a throw-away authority signs its certificate; `certificate_file` (PEM with key and chain) replaces that.
    `introspection_secret` is what the resource server sends as client_secret_basic; a random one unless given.
    With a `static_client` it is the third party's authorization server behind an MCP proxy, too.
    """

    host: str = "127.0.0.1"
    port: int = 0
    url: str | None = None
    tls: bool = False
    certificate_file: Path | None = None
    introspection_secret: str | None = None
    static_client: StaticClient | None = None


class RunningIssuer:
    """A started issuer. `facts` travel to every worker; `stop` is idempotent and leaves no thread or file behind."""

    def __init__(self, options: IssuerOptions | None = None) -> None:
        """Start it. Raises IssuerError when the port is taken or the certificate can't be used."""
        options = options or IssuerOptions()
        with ExitStack() as stack:
            context, ca_pem = _tls(options, stack)
            secret = options.introspection_secret or secrets.token_urlsafe(24)
            handler = _new_handler()
            handler.introspection_secret = secret
            self._server = _listening(options, handler, context)
            stack.callback(self._server.server_close)
            scheme = "https" if context else "http"
            issuer = (options.url or f"{scheme}://{options.host}:{self._server.server_address[1]}").rstrip("/")
            control_token = secrets.token_urlsafe(24)
            keys = [new_signing_key(algorithm) for algorithm in ALGORITHMS]
            self.state = handler.state = IssuerState(issuer, keys)
            handler.base_path, handler.control_token = urlsplit(issuer).path, control_token
            host = "127.0.0.1" if options.host in _EVERY_ADDRESS else options.host
            control_url = f"{scheme}://{host}:{self._server.server_address[1]}{handler.base_path}{CONTROL}"
            self.facts = IssuerFacts(issuer, tuple(keys), control_url, control_token, secret, ca_pem)
            handler.third_party = _third_party(options.static_client, self.facts)
            self._thread = Thread(target=self._server.serve_forever, args=(_POLL_SECONDS,), name="issuer", daemon=True)
            self._thread.start()
            self._resources = stack.pop_all()

    def stop(self) -> None:
        """Stop listening and wait for the thread."""
        if self._thread.is_alive():
            self._server.shutdown()
            self._thread.join(5.0)
        self._resources.close()


class _Server(ThreadingHTTPServer):
    """Wraps each connection in TLS within its own thread, so that a slow handshake holds nobody up."""

    daemon_threads = True
    tls: ssl.SSLContext | None = None

    def get_request(self) -> tuple[Any, Any]:
        connection, address = super().get_request()
        if self.tls is not None:
            connection = self.tls.wrap_socket(connection, server_side=True, do_handshake_on_connect=False)
        return connection, address

    def handle_error(self, request: Any, client_address: Any) -> None:
        """A connection that broke is the caller's affair; nothing is printed."""


def _third_party(client: StaticClient | None, facts: IssuerFacts) -> ThirdParty | None:
    if client is None:
        return None
    return ThirdParty(client, lambda scope: Mint(facts, client.client_id, scope).good("ES256"))


def _new_handler() -> type[IssuerHandler]:
    """A handler class of this issuer's own, for the HTTP server makes an instance for every connection."""

    class Handler(IssuerHandler):
        """Its class attributes are set when the address is known."""

    return Handler


def _listening(options: IssuerOptions, handler: type[IssuerHandler], context: ssl.SSLContext | None) -> _Server:
    try:
        server = _Server((options.host, options.port), handler)
    except OSError as error:
        where = f"port {options.port} of {options.host}"
        raise IssuerError(f"{where} can't be used: {error.strerror}; choose another one") from None
    server.tls = context
    return server


def _tls(options: IssuerOptions, stack: ExitStack) -> tuple[ssl.SSLContext | None, str | None]:
    if options.certificate_file is None and not options.tls:
        return None, None
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    ca_pem: str | None = None
    certificate = options.certificate_file
    if certificate is None:
        certificate, ca_pem = _throw_away_certificate(options, stack)
    try:
        context.load_cert_chain(certificate)
    except OSError as error:  # ssl.SSLError is one
        raise IssuerError(f"certificate {certificate} can't be used: {error.strerror or error}") from None
    return context, ca_pem


def _throw_away_certificate(options: IssuerOptions, stack: ExitStack) -> tuple[Path, str]:
    import trustme

    authority = trustme.CA()
    names = {options.host, "127.0.0.1", "localhost", urlsplit(options.url or "").hostname or options.host}
    leaf = authority.issue_cert(*names)
    folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="conformance-issuer-")))
    certificate = folder / "issuer.pem"
    certificate.touch(mode=0o600)
    certificate.write_bytes(leaf.private_key_and_cert_chain_pem.bytes())
    return certificate, authority.cert_pem.bytes().decode()
