"""Sending requests at the same moment, to see whether what counts once counts once."""

from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import replace
from threading import Barrier

from conformance.client.requests import FormRequest
from conformance.expect import TokenAnswer
from conformance.vocabulary import Inconclusive, Violation
from conformance.wire import HttpRequest, NoAnswer, Response, Transcript, Wire

COPIES = 4
"""How many requests go out at once: enough to meet a race, few enough for any server."""
_PATIENCE_SECONDS = 5.0


def judge_single_use(wire: Wire, requests: Sequence[FormRequest], what: str) -> None:
    """Send token requests with the same `what` at once: at most one may be granted, and one has to be.

    Raises Violation when several are granted, Inconclusive when none is.
    """
    granted = sum(1 for answer in at_once(wire, requests) if answer.access_token)
    if granted == 0:
        raise Inconclusive(f"of {len(requests)} simultaneous requests with the same {what} not one was granted")
    if granted > 1:
        raise Violation(
            f"the same {what} was accepted {granted} times at once",
            expected=f"one of {len(requests)} simultaneous requests granted, the others refused",
            observed=f"{granted} of them got an access token",
        )


def at_once(wire: Wire, requests: Sequence[FormRequest]) -> list[TokenAnswer]:
    """The answers to token requests that are sent at the same moment, in the order of the requests.

    Connections are opened beforehand, so that handshakes don't pull the requests apart. In the transcript what was
    granted comes last. Raises NoAnswer when a request gets no answer.
    """
    own = [replace(wire, transcript=Transcript(wire.transcript.secrets)) for _ in requests]
    with ThreadPoolExecutor(len(requests)) as pool:
        start = Barrier(len(requests))
        list(pool.map(_open_connection, (_unrecorded(each) for each in own), requests, [start] * len(requests)))
        responses = list(pool.map(_send, own, requests, [start] * len(requests)))
    answers = [TokenAnswer(response) for response in responses]
    for each, _ in sorted(zip(own, answers, strict=True), key=lambda pair: pair[1].access_token is not None):
        for exchange in each.transcript.exchanges:
            wire.transcript.include(exchange)
    wire.transcript.changed = (f"sent {len(requests)} times at once",)
    return answers


def _open_connection(wire: Wire, request: FormRequest, start: Barrier) -> None:
    start.wait(_PATIENCE_SECONDS)
    with suppress(NoAnswer):
        wire.send(HttpRequest("GET", request.endpoint))


def _send(wire: Wire, request: FormRequest, start: Barrier) -> Response:
    start.wait(_PATIENCE_SECONDS)
    return wire.send(request.as_post())


def _unrecorded(wire: Wire) -> Wire:
    return replace(wire, transcript=Transcript(wire.transcript.secrets))
