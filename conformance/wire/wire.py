"""Sends requests and keeps the evidence. One a check."""

import time
from dataclasses import dataclass, replace
from email.utils import parsedate_to_datetime

from conformance.vocabulary import Inconclusive
from conformance.wire.breaking_off import waiting
from conformance.wire.limits import TransportError
from conformance.wire.message import HttpRequest, Response
from conformance.wire.transcript import Transcript
from conformance.wire.transport import Transport

_MOST_PATIENCE_SECONDS = 30.0
_RETRIES = 3


class NoAnswer(Inconclusive):
    """The target gave no usable answer, so it can't be judged by one."""


@dataclass(frozen=True, slots=True)
class Wire:
    """A transport and the transcript that its exchanges go to."""

    transport: Transport
    transcript: Transcript

    def send(self, request: HttpRequest) -> Response:
        """Send and record one request; waits and repeats on 429. Raises NoAnswer."""
        for attempt in range(_RETRIES + 1):
            response = self._send_once(request)
            if response.status != 429:
                return response
            if attempt < _RETRIES:
                with waiting():
                    time.sleep(_patience(response))
        raise NoAnswer(
            f"the target keeps answering 429 (too many requests) at {self.transcript.redact(request.url)}",
            remedy="raise its rate limit for the harness, or run with fewer workers",
        )

    def get(self, url: str, *headers: tuple[str, str], label: str = "") -> Response:
        """GET a URL. Raises NoAnswer."""
        return self.send(HttpRequest("GET", url, headers, label=label))

    def browser(self) -> "Wire":
        """The same transcript over a transport with a cookie jar of its own."""
        return replace(self, transport=self.transport.browser())

    def _send_once(self, request: HttpRequest) -> Response:
        started = time.monotonic()
        try:
            raw = self.transport.send(request)
        except TransportError as error:
            reason = self.transcript.redact(str(error))
            self.transcript.record(request, None, started, error=reason)
            raise NoAnswer(reason, remedy="see whether the target is up and answers this request at all") from None
        response = Response(raw.status, raw.headers, raw.body, request.url)
        return replace(response, exchange=self.transcript.record(request, response, started))


def _patience(response: Response) -> float:
    """Seconds to wait before asking again: Retry-After as seconds or date (RFC 9110, 10.2.3), at most 30."""
    value = (response.header("retry-after") or "1").strip()
    if value.isdecimal() and len(value) < 10:
        return min(float(value), _MOST_PATIENCE_SECONDS)
    try:
        return max(0.0, min(parsedate_to_datetime(value).timestamp() - time.time(), _MOST_PATIENCE_SECONDS))
    except (ValueError, TypeError):
        return 1.0
