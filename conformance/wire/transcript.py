"""What was sent and what came back during one check, in order, already redacted."""

import time
from collections.abc import Iterable
from dataclasses import replace
from threading import Lock
from urllib.parse import urlsplit

from conformance.vocabulary import Exchange, Message
from conformance.wire.message import HttpRequest, Response
from conformance.wire.redaction import SecretBook

EVIDENCE_BYTES = 4096
"""Bodies are kept as evidence up to this many bytes."""


class Transcript:
    """The exchanges of one check and the last deliberate change that it made."""

    def __init__(self, secrets: SecretBook) -> None:
        self.secrets = secrets
        self._exchanges: list[Exchange] = []
        self._shared: dict[int, Exchange] = {}
        self._lock = Lock()
        self.changed: tuple[str, ...] = ()

    @property
    def exchanges(self) -> tuple[Exchange, ...]:
        """Everything so far, numbered in order."""
        return _numbered(self._exchanges)

    def ending_with(self, decisive: Exchange | None) -> tuple[Exchange, ...]:
        """Everything so far with the exchange that decided the verdict last, where reports look for it."""
        if not any(exchange is decisive for exchange in self._exchanges):
            return self.exchanges
        others = [exchange for exchange in self._exchanges if exchange is not decisive]
        assert decisive is not None
        return _numbered((*others, decisive))

    def record(
        self, request: HttpRequest, response: Response | None, started: float, error: str | None = None
    ) -> Exchange:
        """Keep one exchange; `started` is time.monotonic() before it was sent. Returns the evidence."""
        duration = time.monotonic() - started
        url = self.secrets.text(request.url)
        sent = self._request_message(request, url)
        got = self._response_message(response) if response else None
        if request.changes:
            self.changed = request.changes
        with self._lock:
            number = len(self._exchanges) + 1
            exchange = Exchange(
                number=number,
                method=request.method,
                url=url,
                request=sent,
                response=got,
                status=response.status if response else None,
                duration_seconds=duration,
                error=error,
                label=self.secrets.text("; ".join(request.changes) or request.label),
            )
            self._exchanges.append(exchange)
        return exchange

    def include(self, exchange: Exchange) -> None:
        """Show an exchange that happened earlier (a document read once for many checks) as evidence here too."""
        with self._lock:
            if id(exchange) not in self._shared:
                self._shared[id(exchange)] = exchange
                self._exchanges.append(exchange)

    def redact(self, text: str) -> str:
        """Any text of a message or an error with the secrets replaced."""
        return self.secrets.text(text)

    def _request_message(self, request: HttpRequest, redacted_url: str) -> Message:
        host, target = _host_and_target(request.url)
        before = request.url.removesuffix(target)
        # Where host and scheme hold no secret and there is no fragment, the target is the rest of the redacted URL.
        is_rest = before + target == request.url and redacted_url.startswith(before)
        target = redacted_url[len(before) :] if is_rest else self.secrets.text(target)
        return Message(
            start_line=f"{request.method} {target or '/'} HTTP/1.1",
            headers=self.secrets.headers((("Host", host), *request.headers)),
            body=self._evidence(request.body),
        )

    def _response_message(self, response: Response) -> Message:
        return Message(
            start_line=f"HTTP/1.1 {response.status}",
            headers=self.secrets.headers(response.headers),
            body=self._evidence(response.body),
        )

    def _evidence(self, body: bytes) -> str:
        # Redact first, cut afterwards: what is left of a name is harmless, what is left of a secret is not.
        text = self.secrets.text(body[: EVIDENCE_BYTES * 4].decode("utf-8", "replace"))
        whole = len(text) <= EVIDENCE_BYTES and len(body) <= EVIDENCE_BYTES * 4
        return text if whole else f"{text[:EVIDENCE_BYTES]}... ({len(body)} bytes in all)"


def _numbered(exchanges: Iterable[Exchange]) -> tuple[Exchange, ...]:
    return tuple(e if e.number == n else replace(e, number=n) for n, e in enumerate(exchanges, 1))


def _host_and_target(url: str) -> tuple[str, str]:
    try:
        parts = urlsplit(url)
    except ValueError:  # a server's own document can name such an endpoint
        return "", url
    return parts.netloc.rpartition("@")[2], parts.path + (f"?{parts.query}" if parts.query else "")
