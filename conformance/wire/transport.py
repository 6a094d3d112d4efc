"""The only module that opens connections for the judge: httpx2 with a whole-exchange deadline and a size cap.

httpx2's own time-outs are per read, so a server that drips a byte a second would hold it for ever. The network backend
below gives every read, write and handshake only what is left of the deadline of the current exchange.
"""

import ssl
import time
import zlib
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from http.cookiejar import CookieJar, DefaultCookiePolicy
from threading import local
from typing import Any
from urllib.parse import urlsplit

import httpcore2
import httpx2

from conformance.wire.message import HttpRequest


@dataclass(frozen=True, slots=True)
class Limits:
    """How much one exchange may cost: seconds for the whole of it, bytes for the body of the answer."""

    deadline_seconds: float = 10.0
    max_body_bytes: int = 1_048_576


_MOST_SILENCES = 3
"""After that many time-outs at one place in a row it isn't asked again, so that a hanging target costs bounded time."""
_TIMEOUTS = (httpx2.TimeoutException, httpcore2.TimeoutException, TimeoutError)
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


class TransportError(Exception):
    """No usable answer came; the message says why in a few words and holds nothing of the request."""


@dataclass(frozen=True, slots=True)
class RawResponse:
    """An answer before it becomes evidence."""

    status: int
    headers: tuple[tuple[str, str], ...]
    body: bytes


class _Clock(local):
    """The moment (monotonic seconds) at which the exchange of this thread has to be over."""

    until: float = float("inf")

    def remaining(self, timeout: float | None) -> float:
        left = self.until - time.monotonic()
        if left <= 0:
            raise httpcore2.ReadTimeout("deadline")
        return left if timeout is None else min(left, timeout)


class _DeadlineStream(httpcore2.NetworkStream):
    def __init__(self, stream: httpcore2.NetworkStream, clock: _Clock) -> None:
        self._stream, self._clock = stream, clock

    def read(self, max_bytes: int, timeout: float | None = None) -> bytes:
        return self._stream.read(max_bytes, self._clock.remaining(timeout))

    def write(self, buffer: bytes, timeout: float | None = None) -> None:
        self._stream.write(buffer, self._clock.remaining(timeout))

    def close(self) -> None:
        self._stream.close()

    def start_tls(
        self, ssl_context: ssl.SSLContext, server_hostname: str | None = None, timeout: float | None = None
    ) -> httpcore2.NetworkStream:
        secured = self._stream.start_tls(ssl_context, server_hostname, self._clock.remaining(timeout))
        return _DeadlineStream(secured, self._clock)

    def get_extra_info(self, info: str) -> Any:
        return self._stream.get_extra_info(info)


class _DeadlineBackend(httpcore2.NetworkBackend):
    def __init__(self, clock: _Clock) -> None:
        self._backend, self._clock = httpcore2.SyncBackend(), clock

    def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,
        local_address: str | None = None,
        socket_options: Iterable[Any] | None = None,
    ) -> httpcore2.NetworkStream:
        stream = self._backend.connect_tcp(host, port, self._clock.remaining(timeout), local_address, socket_options)
        return _DeadlineStream(stream, self._clock)


class _Pool(httpx2.BaseTransport):
    """httpx2's transport seam over a pool that keeps the deadline."""

    def __init__(self, context: ssl.SSLContext, clock: _Clock) -> None:
        self._pool = httpcore2.ConnectionPool(
            ssl_context=context,
            max_connections=20,
            keepalive_expiry=5.0,
            network_backend=_DeadlineBackend(clock),
        )

    def handle_request(self, request: httpx2.Request) -> httpx2.Response:
        url = httpcore2.URL(
            scheme=request.url.raw_scheme,
            host=request.url.raw_host,
            port=request.url.port,
            target=request.url.raw_path,
        )
        raw = httpcore2.Request(
            method=request.method,
            url=url,
            headers=request.headers.raw,
            content=request.content,
            extensions=request.extensions,
        )
        answer = self._pool.handle_request(raw)
        stream = answer.stream
        assert isinstance(stream, Iterable)
        return httpx2.Response(
            answer.status, headers=answer.headers, stream=_Body(stream), extensions=answer.extensions
        )

    def close(self) -> None:
        self._pool.close()


class _Body(httpx2.SyncByteStream):
    def __init__(self, stream: Any) -> None:
        self._stream = stream

    def __iter__(self) -> Iterator[bytes]:
        yield from self._stream

    def close(self) -> None:
        self._stream.close()


class Transport:
    """Sends bytes and reads bounded answers; never follows redirects, reads proxies or environment.

    `ca_pem` is extra trust (PEM text) for throw-away authorities; with `cookies` it has a jar as a browser has.
    """

    def __init__(self, limits: Limits, ca_pem: str | None = None, *, cookies: bool = False) -> None:
        self.limits = limits
        self._ca_pem = ca_pem
        self._clock = _Clock()
        self._silences: Counter[str] = Counter()
        context = ssl.create_default_context()
        if ca_pem:
            context.load_verify_locations(cadata=ca_pem)
        self._cookies = cookies
        self._client = httpx2.Client(
            transport=_Pool(context, self._clock),
            trust_env=False,
            follow_redirects=False,
            timeout=None,
            headers={},
        )
        self._client.headers.clear()
        self.forget_cookies()

    def forget_cookies(self) -> None:
        """Start with an empty jar, as a browser that was never here."""
        secure = ("https", "http") if self._cookies else ("https",)  # browsers send Secure cookies to loopback http too
        allowed = None if self._cookies else ()
        policy = DefaultCookiePolicy(allowed_domains=allowed, secure_protocols=secure)
        self._client.cookies = httpx2.Cookies(CookieJar(policy))

    def browser(self) -> "Transport":
        """A new transport with the same trust and limits, and a cookie jar of its own."""
        return Transport(self.limits, self._ca_pem, cookies=True)

    def send(self, request: HttpRequest) -> RawResponse:
        """One exchange within the deadline. Raises TransportError."""
        place = request.url.split("?")[0]
        if self._silences[place] >= _MOST_SILENCES:
            raise TransportError(f"{_host(request)} gave no answer here {_MOST_SILENCES} times; not asked again")
        self._clock.until = time.monotonic() + self.limits.deadline_seconds
        try:
            answer, body = self._exchange(request)
        except TransportError:
            raise
        except _FAILURES as error:
            if isinstance(error, _TIMEOUTS):
                self._silences[place] += 1
            raise TransportError(self._reason(error, request)) from None
        finally:
            self._clock.until = float("inf")
        self._silences[place] = 0
        headers = tuple((k.decode("latin-1"), v.decode("latin-1")) for k, v in answer.headers.raw)
        return RawResponse(answer.status_code, headers, body)

    def _exchange(self, request: HttpRequest) -> tuple[httpx2.Response, bytes]:
        answer = self._client.send(self._build(request), stream=True)
        try:
            return answer, self._read(answer)
        finally:
            answer.close()

    def close(self) -> None:
        """Close every connection."""
        self._client.close()

    def _build(self, request: HttpRequest) -> httpx2.Request:
        raw_headers = [(name.encode("latin-1", "replace"), value.encode("utf-8")) for name, value in request.headers]
        built = self._client.build_request(
            request.method, request.url, headers=raw_headers, content=request.body or None
        )
        built.headers.setdefault("accept-encoding", "identity")
        if request.method == "POST" and not request.body:
            built.headers.setdefault("content-length", "0")
        return built

    def _read(self, answer: httpx2.Response) -> bytes:
        chunks, size = [], 0
        for chunk in answer.iter_raw():
            size += len(chunk)
            if size > self.limits.max_body_bytes:
                raise TransportError(f"the answer is larger than {self.limits.max_body_bytes} bytes")
            chunks.append(chunk)
        return self._decoded(b"".join(chunks), answer.headers.get("content-encoding", ""))

    def _decoded(self, body: bytes, encoding: str) -> bytes:
        if encoding.strip().lower() not in ("gzip", "deflate"):
            return body
        inflater = zlib.decompressobj(wbits=47)
        try:
            plain = inflater.decompress(body, self.limits.max_body_bytes)
        except zlib.error:
            raise TransportError(f"the answer's body is not what Content-Encoding says ({encoding[:20]!r})") from None
        if inflater.unconsumed_tail:
            raise TransportError(f"the answer inflates to more than {self.limits.max_body_bytes} bytes")
        return plain

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


def _host(request: HttpRequest) -> str:
    return urlsplit(request.url).netloc.rpartition("@")[2]


def _short(text: str) -> str:
    """The first line, cut; errors of the HTTP library can quote what a server sent, so control characters go too."""
    line = text.splitlines()[0] if text else ""
    return "".join(c for c in line if c.isprintable())[:80]
