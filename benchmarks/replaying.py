"""What the judge sends, recorded as it goes out, and sent again by a client that judges nothing."""

import contextlib
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from functools import partial
from http.cookiejar import CookieJar, DefaultCookiePolicy
from pathlib import Path
from typing import Any
from unittest.mock import patch

import httpx2

from conformance.client.document_host import DocumentHost
from conformance.issuer.server import RunningIssuer
from conformance.wire import HttpRequest
from conformance.wire.limits import RawResponse
from conformance.wire.transport import Transport


@contextlib.contextmanager
def hosts_kept() -> Iterator[None]:
    """Within this what the judge serves (client documents, issuer's keys) stays up after its run.

    Else the server's own fetches would fail at once while requests are replayed, and it would have less to do.
    """
    stops: list[Callable[[], None]] = []

    def later(stop: Callable[[Any], None]) -> Callable[[Any], None]:
        return lambda host: stops.append(partial(stop, host))

    with (
        patch.object(DocumentHost, "stop", later(DocumentHost.stop)),
        patch.object(RunningIssuer, "stop", later(RunningIssuer.stop)),
    ):
        try:
            yield
        finally:
            for stop in stops:
                stop()


@dataclass
class Recording:
    """Requests with all headers as they went out, the status of each answer, and seconds from sending to answers."""

    requests: list[tuple[HttpRequest, list[tuple[bytes, bytes]]]] = field(default_factory=list)
    statuses: list[int] = field(default_factory=list)
    seconds: float = 0.0


@contextlib.contextmanager
def recorded() -> Iterator[Recording]:
    """Collect every request that the judge sends meanwhile."""
    sent = Recording()
    send, headers_of = Transport.send, Transport._headers  # noqa: SLF001 - only there are all headers known

    def headers(self: Transport, request: HttpRequest, host: bytes) -> list[tuple[bytes, bytes]]:
        made = headers_of(self, request, host)
        sent.requests.append((request, made))
        sent.statuses.append(0)
        return made

    def timed(self: Transport, request: HttpRequest) -> RawResponse:
        begin, place = time.perf_counter(), len(sent.requests)
        try:
            answer = send(self, request)
            sent.statuses[place] = answer.status  # of two sent at once perhaps the other's
            return answer
        finally:
            sent.seconds += time.perf_counter() - begin

    with patch.object(Transport, "send", timed), patch.object(Transport, "_headers", headers):
        yield sent


def replay(recording: Recording, ca_file: Path) -> tuple[float, int]:
    """Send the same requests by a bare client on one warm connection a host; seconds, and how many answers differ."""
    import ssl

    context = ssl.create_default_context(cafile=str(ca_file))
    cookies = CookieJar(DefaultCookiePolicy(allowed_domains=()))  # those of the run are in its headers
    with httpx2.Client(verify=context, trust_env=False, follow_redirects=False, timeout=10, cookies=cookies) as client:
        client.headers.clear()  # those that were sent are all in the recording
        client.get(recording.requests[0][0].url)
        statuses, begin = [], time.perf_counter()
        for request, headers in recording.requests:
            status, body = 0, request.body or None
            with contextlib.suppress(httpx2.HTTPError):
                status = client.request(request.method, request.url, headers=headers, content=body).status_code
            statuses.append(status)
        seconds = time.perf_counter() - begin
    return seconds, sum(now != then for now, then in zip(statuses, recording.statuses, strict=True))
