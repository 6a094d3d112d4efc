"""What generated requests do to a server: a server error, no answer, HTML for a client, or markup in a page."""

from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, replace
from enum import StrEnum

from conformance.client.authorization_server import AuthorizationServer
from conformance.deep.cases import GeneratedRequest, generated_requests
from conformance.deep.openapi import TAG, Known, document, endpoints_of
from conformance.vocabulary import Inconclusive, Violation
from conformance.wire import NoAnswer, Response, Wire

_MOST_SMALLER = 60
"""So many smaller requests at most are tried once one has broken something."""
_MOST_SILENCES = 2
"""An endpoint that gave so many requests no answer is left alone: each costs a whole deadline."""
_HTML = ("text/html", "application/xhtml+xml")


class Fault(StrEnum):
    """What a check looks for; the words say what has to hold."""

    SERVER_ERROR = "a status below 500"
    SILENCE = "a complete answer within the deadline"
    HTML_FOR_CLIENTS = "an answer for programs, such as JSON, and no HTML"
    REFLECTED_MARKUP = "markup of the request escaped in the page, or left out"


@dataclass(frozen=True)
class Fuzzing:
    """Generated requests against one authorization server; sent once for all checks, again for a finding."""

    server: AuthorizationServer

    def judge_server_errors(self) -> None:
        """No generated request is a server error. Raises Violation, Inconclusive."""
        self._judge(Fault.SERVER_ERROR)

    def judge_silence(self) -> None:
        """No generated request stays without an answer. Raises Violation, Inconclusive."""
        self._judge(Fault.SILENCE)

    def judge_html(self) -> None:
        """No endpoint for clients answers a generated request with a page. Raises Violation, Inconclusive."""
        self._judge(Fault.HTML_FOR_CLIENTS)

    def judge_markup(self) -> None:
        """No page holds markup of a generated request. Raises Violation, Inconclusive."""
        self._judge(Fault.REFLECTED_MARKUP)

    def _judge(self, fault: Fault) -> None:
        """No generated request shows that fault. Raises Violation for the smallest one, Inconclusive."""
        self.server.flow().grant()
        found = self.server.context.once("generated requests", self._first_faults).get(fault)
        if found is None:
            return
        if not self._shows(found, fault):
            return  # once and not again: a server that was restarted, say, and not what this request does
        smallest = self._smallest(found, fault)
        self._still_alive()
        observed = self._observed(smallest, fault)
        if observed is None:
            raise Inconclusive("a generated request was answered wrongly twice, and rightly the third time")
        self.server.wire.transcript.changed = (smallest.described(),)
        raise Violation(f"{smallest.described()}: {observed}", expected=str(fault), observed=observed)

    def _first_faults(self) -> dict[Fault, GeneratedRequest]:
        """The first request that shows each fault; nothing of the answers is kept."""
        found: dict[Fault, GeneratedRequest] = {}
        silences: Counter[str] = Counter()
        for request in self._requests():
            if silences[request.endpoint] >= _MOST_SILENCES:
                continue
            faults = _faults(self.server.context.wire(), request)
            silences[request.endpoint] += Fault.SILENCE in faults
            for fault in faults:
                found.setdefault(fault, request)
        return found

    def _requests(self) -> list[GeneratedRequest]:
        facts, metadata, flow = self.server.context.facts, self.server.metadata().value, self.server.flow()
        known = Known(flow.client.client_id, flow.client.redirect_uri, flow.scope, flow.resource)
        endpoints = endpoints_of(metadata, registration=facts.dynamic_registration)
        explored = facts.deep
        if explored is None:
            raise Inconclusive("deep checks need a seed and a number of examples", remedy="add --deep")
        return generated_requests(document(endpoints, metadata, known), endpoints, explored)

    def _shows(self, request: GeneratedRequest, fault: Fault) -> bool:
        return fault in _faults(self.server.context.wire(), request)

    def _smallest(self, request: GeneratedRequest, fault: Fault) -> GeneratedRequest:
        tried = 0
        while tried < _MOST_SMALLER and fault is not Fault.SILENCE:  # each silence costs a whole deadline
            candidates = list(request.smaller())
            tried += len(candidates)
            smaller = next((each for each in candidates if self._shows(each, fault)), None)
            if smaller is None:
                break
            request = smaller
        return request

    def _observed(self, request: GeneratedRequest, fault: Fault) -> str | None:
        """The same once more as the evidence of the check."""
        try:
            response = self.server.wire.send(request.as_http())
        except NoAnswer as silence:
            return str(silence.message) if fault is Fault.SILENCE else None
        described = f"{response.status} ({response.media_type or 'no media type'})"
        return described if fault in _faults_of(response, request) else None

    def _still_alive(self) -> None:
        """A whole grant works. Raises Inconclusive: a server that is down for all isn't broken by one request."""
        replace(self.server, wire=self.server.context.wire()).flow().grant()


def _faults(wire: Wire, request: GeneratedRequest) -> frozenset[Fault]:
    try:
        return _faults_of(wire.send(request.as_http()), request)
    except NoAnswer:
        if wire.transcript.exchanges[-1].status == 429:
            raise  # the server asks for peace, which is no fault
        return frozenset({Fault.SILENCE})


def _faults_of(response: Response, request: GeneratedRequest) -> frozenset[Fault]:
    is_page = response.media_type in _HTML
    signs: dict[Fault, Callable[[], bool]] = {
        Fault.SERVER_ERROR: lambda: response.status >= 500,
        Fault.HTML_FOR_CLIENTS: lambda: is_page and request.endpoint != "authorization_endpoint",
        Fault.REFLECTED_MARKUP: lambda: is_page and TAG in response.text,
    }
    return frozenset(fault for fault, shows in signs.items() if shows())
