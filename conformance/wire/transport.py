"""The only module that opens connections for the judge: httpx2 with a whole-exchange deadline and a size cap.

httpx2's own time-outs are per read, so a server that drips a byte a second would hold it for ever. The network backend
below gives every read, write and handshake only what is left of the deadline of the current exchange.
"""

import logging
import re
import ssl
import time
from collections import Counter
from collections.abc import Callable, Iterable
from contextlib import suppress
from copy import copy
from functools import lru_cache
from http.cookiejar import CookieJar, DefaultCookiePolicy
from threading import local
from typing import Any
from urllib.parse import urlsplit
from urllib.request import Request as CookieRequest

import httpcore2
import httpx2

from conformance.wire.breaking_off import waiting
from conformance.wire.decoding import decoded
from conformance.wire.limits import Limits, RawResponse, TransportError
from conformance.wire.message import HttpRequest
from conformance.wire.names import addresses_of
from conformance.wire.trust import trusting

_KEEPALIVE_SECONDS = 2.0
"""Well below what servers allow idle connections, so that none is reused just when its server closes it."""
_MOST_IDLE = 3
"""Each idle connection is looked at twice a request, so few are kept: about one a server."""
_LOGGERS = ("httpx2", "httpcore2.connection", "httpcore2.http11")
# Browsers send Secure cookies to loopback http too.
_BROWSER_COOKIES = DefaultCookiePolicy(secure_protocols=("https", "http"))
_PLAIN_URL = re.compile(
    r"https?://(?P<host>[a-z0-9.]+:(?:[1-9]|[1-5][0-9]|6[0-4])[0-9]{3})"
    r"(/[a-z0-9_-]+)+(\?([A-Za-z0-9_.~:/&=+-]|%[0-9A-F]{2})+)?"
)
"""In such a URL nothing has to be escaped or resolved, so the quicker parser will do."""
_WITH_BODY = ("POST", "PUT", "PATCH")
_MOST_SILENCES = 3
"""After that many time-outs at one place in a row it isn't asked again, so that a hanging target costs bounded time."""
_TIMEOUTS = (httpx2.TimeoutException, httpcore2.TimeoutException, TimeoutError)
_BROKEN_CONNECTIONS = (httpcore2.RemoteProtocolError, httpcore2.ReadError, httpcore2.WriteError)
_FAILURES = (
    httpx2.HTTPError,
    httpx2.StreamError,
    httpx2.InvalidURL,
    httpcore2.NetworkError,
    httpcore2.TimeoutException,
    httpcore2.ProtocolError,
    httpcore2.UnsupportedProtocol,
    OSError,
    ValueError,
)


class _Clock(local):
    """When (monotonic seconds) the exchange of this thread has to be over; infinite between exchanges.

    `has_connected` says whether the exchange opened a connection of its own.
    """

    until: float = float("inf")
    has_connected: bool = False

    @property
    def is_running(self) -> bool:
        return self.until != float("inf")

    def remaining(self, timeout: float | None) -> float:
        left = self.until - time.monotonic()
        if left <= 0:
            raise httpcore2.ReadTimeout("deadline")
        return left if timeout is None else min(left, timeout)


_CLOCK = _Clock()
for _name in _LOGGERS:  # what the HTTP library would log about our exchanges holds secrets
    logging.getLogger(_name).addFilter(lambda _: not _CLOCK.is_running)


class _DeadlineStream(httpcore2.NetworkStream):
    """Keeps the deadline, and sends head and body of a request in one piece: fewer packets, fewer wake-ups."""

    def __init__(self, stream: httpcore2.NetworkStream) -> None:
        self._stream = stream
        self._unsent: list[bytes] = []

    def read(self, max_bytes: int, timeout: float | None = None) -> bytes:
        if self._unsent:
            request, self._unsent = b"".join(self._unsent), []
            with waiting(), suppress(httpcore2.WriteError):  # a server that has closed early may have answered before
                self._stream.write(request, _CLOCK.remaining(timeout))
        with waiting():
            return self._stream.read(max_bytes, _CLOCK.remaining(timeout))

    def write(self, buffer: bytes, timeout: float | None = None) -> None:  # noqa: ARG002 - kept until read
        self._unsent.append(buffer)

    def close(self) -> None:
        self._stream.close()

    def start_tls(
        self, ssl_context: ssl.SSLContext, server_hostname: str | None = None, timeout: float | None = None
    ) -> httpcore2.NetworkStream:
        with waiting():
            secured = self._stream.start_tls(ssl_context, server_hostname, _CLOCK.remaining(timeout))
        return _DeadlineStream(secured)

    def get_extra_info(self, info: str) -> Any:
        return self._stream.get_extra_info(info)


class _DeadlineBackend(httpcore2.NetworkBackend):
    def __init__(self) -> None:
        self._backend = httpcore2.SyncBackend()

    def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,
        local_address: str | None = None,
        socket_options: Iterable[Any] | None = None,
    ) -> httpcore2.NetworkStream:
        _CLOCK.has_connected = True
        try:
            *others, last = addresses_of(host, port, _CLOCK.remaining(timeout))
        except TimeoutError:
            raise
        except OSError as error:
            raise httpcore2.ConnectError(str(error)) from None
        for address in others:
            with suppress(httpcore2.ConnectError):
                return self._connected(address, port, timeout, local_address, socket_options)
        return self._connected(last, port, timeout, local_address, socket_options)

    def _connected(self, address: str, port: int, timeout: float | None, *more: Any) -> httpcore2.NetworkStream:
        with waiting():
            return _DeadlineStream(self._backend.connect_tcp(address, port, _CLOCK.remaining(timeout), *more))


class Transport:
    """Sends bytes and reads bounded answers; never follows redirects, reads proxies or environment.

    `ca_pem` is extra trust (PEM text) for throw-away authorities.
    """

    def __init__(self, limits: Limits, ca_pem: str | None = None) -> None:
        self.limits = limits
        self._silences: Counter[str] = Counter()
        self._pool = httpcore2.ConnectionPool(
            ssl_context=trusting(ca_pem),
            max_connections=20,
            max_keepalive_connections=_MOST_IDLE,
            keepalive_expiry=_KEEPALIVE_SECONDS,
            network_backend=_DeadlineBackend(),
        )
        self._cookies: httpx2.Cookies | None = None

    def browser(self, keep: Callable[[str, str], str | None] = lambda *_: None) -> "Transport":
        """The same connections, trust and limits with a cookie jar of its own: a browser that was never here.

        `keep` gets name and value of each cookie of this one, and says the value that the new one holds, if any.
        """
        browser, jar = copy(self), CookieJar(_BROWSER_COOKIES)
        browser._cookies = httpx2.Cookies(jar)  # noqa: SLF001 - a copy of itself
        for cookie in () if self._cookies is None else self._cookies.jar:
            value = keep(cookie.name, cookie.value or "")
            if value is not None:
                kept = copy(cookie)
                kept.value = value
                jar.set_cookie(kept)
        return browser

    def send(self, request: HttpRequest) -> RawResponse:
        """One exchange within the deadline. Raises TransportError."""
        place = request.url.split("?")[0]
        if self._silences[place] >= _MOST_SILENCES:
            raise TransportError(f"{_host(request)} gave no answer here {_MOST_SILENCES} times; not asked again")
        _CLOCK.until = time.monotonic() + self.limits.deadline_seconds
        try:
            answer, body = self._exchange(request)
        except TransportError:
            raise
        except _FAILURES as error:
            if isinstance(error, _TIMEOUTS):
                self._silences[place] += 1
            raise TransportError(self._reason(error, request)) from None
        finally:
            _CLOCK.until = float("inf")
        self._silences[place] = 0
        headers = tuple((k.decode("latin-1"), v.decode("latin-1")) for k, v in answer.headers)
        return RawResponse(answer.status, headers, body)

    def _exchange(self, request: HttpRequest) -> tuple[httpcore2.Response, bytes]:
        answer = self._opened(request)
        try:
            self._keep_cookies(request, answer)
            return answer, self._read(answer)
        finally:
            answer.close()

    def _opened(self, request: HttpRequest) -> httpcore2.Response:
        """The answer as far as its headers. A kept connection that its server had closed meanwhile is no answer."""
        target, host = _parsed(request.url)
        headers = self._headers(request, host)
        while True:
            _CLOCK.has_connected = False
            try:
                built = httpcore2.Request(request.method.upper(), target, headers=headers, content=request.body or None)
                return self._pool.handle_request(built)
            except _BROKEN_CONNECTIONS:
                if _CLOCK.has_connected:
                    raise

    def _headers(self, request: HttpRequest, host: bytes) -> list[tuple[bytes, bytes]]:
        """The headers as given, and what belongs to them: Host, Content-Length, Accept-Encoding, cookies of the jar."""
        headers = [(name.encode("latin-1", "replace"), value.encode("utf-8")) for name, value in request.headers]
        given = {name.lower() for name, _ in headers}
        if b"host" not in given:
            headers.insert(0, (b"Host", host))
        has_length = bool(given & {b"content-length", b"transfer-encoding"})
        if not has_length and (request.body or request.method.upper() in _WITH_BODY):
            headers.append((b"Content-Length", b"%d" % len(request.body)))
        if b"accept-encoding" not in given:
            headers.append((b"Accept-Encoding", b"identity"))
        if self._cookies:
            bare = CookieRequest(request.url)  # noqa: S310 - carries cookies, is never opened
            self._cookies.jar.add_cookie_header(bare)
            cookie = bare.get_header("Cookie")
            headers += [(b"Cookie", cookie.encode())] if cookie else []
        return headers

    def _keep_cookies(self, request: HttpRequest, answer: httpcore2.Response) -> None:
        if self._cookies is None or not any(name.lower() == b"set-cookie" for name, _ in answer.headers):
            return
        bare = httpx2.Request(request.method, request.url)
        self._cookies.extract_cookies(httpx2.Response(answer.status, headers=answer.headers, request=bare))

    def close(self) -> None:
        """Close every connection."""
        self._pool.close()

    def _read(self, answer: httpcore2.Response) -> bytes:
        chunks, size = [], 0
        for chunk in answer.iter_stream():
            size += len(chunk)
            if size > self.limits.max_body_bytes:
                raise TransportError(f"the answer is larger than {self.limits.max_body_bytes} bytes")
            chunks.append(chunk)
        encoding = next((value for name, value in answer.headers if name.lower() == b"content-encoding"), b"")
        return decoded(b"".join(chunks), encoding.decode("latin-1"), self.limits.max_body_bytes)

    def _reason(self, error: Exception, request: HttpRequest) -> str:
        name, host = type(error).__name__, _host(request)
        if isinstance(error, _TIMEOUTS):
            return f"no complete answer from {host} within {self.limits.deadline_seconds:g} seconds"
        detail = str(error)
        if "CERTIFICATE_VERIFY_FAILED" in detail:
            return f"the certificate of {host} is not trusted (give its CA by tls.ca_file in the target file)"
        if "Connect" in name:
            return f"could not connect to {host} ({_short(detail)})"
        return f"{host} broke off or answered with something that is not HTTP ({_short(detail) or name})"


@lru_cache(maxsize=256)
def _parsed(url: str) -> tuple[httpcore2.URL, bytes]:
    """The URL as it is sent, and what Host says. Raises httpx2.InvalidURL."""
    if plain := _PLAIN_URL.fullmatch(url):
        return httpcore2.URL(url), plain["host"].encode()
    whole = httpx2.URL(url)
    sent = httpcore2.URL(scheme=whole.raw_scheme, host=whole.raw_host, port=whole.port, target=whole.raw_path)
    return sent, whole.netloc


def _host(request: HttpRequest) -> str:
    try:
        return urlsplit(request.url).netloc.rpartition("@")[2]
    except ValueError:
        return repr(request.url[:80])


def _short(text: str) -> str:
    """The first line, cut; errors of the HTTP library can quote what a server sent, so control characters go too."""
    line = text.splitlines()[0] if text else ""
    return "".join(c for c in line if c.isprintable())[:80]
