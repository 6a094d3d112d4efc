"""What generated requests do to a server: a server error, no answer, HTML for a client, or markup in a page."""

from abc import ABC, abstractmethod
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, replace
from enum import StrEnum

from conformance.client.authorization_server import AuthorizationServer
from conformance.client.facts import DeepFacts
from conformance.deep.cases import GeneratedRequest, generated_requests
from conformance.deep.exploring import Explored
from conformance.deep.openapi import TAG, Known, document, endpoints_of
from conformance.vocabulary import Inconclusive, Violation
from conformance.wire import NoAnswer, Response, Wire

_MOST_SMALLER = 60
"""So many smaller requests at most are tried once one has broken something."""
_MOST_SILENCES = 2
"""An endpoint that gave so many requests no answer is left alone: each costs a whole deadline."""
HTML = ("text/html", "application/xhtml+xml")
_SERVER_ERROR = 500


class Fault(StrEnum):
    """What a check looks for; the words say what has to hold."""

    SERVER_ERROR = "a status below 500"
    SILENCE = "a complete answer within the deadline"
    HTML_FOR_CLIENTS = "an answer for programs, such as JSON, and no HTML"
    REFLECTED_MARKUP = "markup of the request escaped in the page, or left out"


class Fuzzed(ABC):
    """Generated requests against one server; sent once for all checks, again for a finding."""

    server: Explored

    def judge(self, fault: StrEnum) -> None:
        """No generated request shows that fault. Raises Violation for the smallest one, Inconclusive."""
        self.control(self.server.wire)
        found = self.server.context.once(f"faults of {type(self).__name__}", self._first_faults).get(fault)
        if found is None:
            return
        if not self._shows(found, fault):
            return  # once and not again: a server that was restarted, say, and not what this request does
        smallest = self._smallest(found, fault)
        self.control(self.server.context.wire())  # a server that is down for all isn't broken by one request
        observed = self._observed(smallest, fault)
        if observed is None:
            raise Inconclusive("a generated request was answered wrongly twice, and rightly the third time")
        self.server.wire.transcript.changed = (smallest.described(),)
        raise Violation(f"{smallest.described()}: {observed}", expected=str(fault), observed=observed)

    @abstractmethod
    def control(self, wire: Wire) -> None:
        """What has to work before anything is generated, and after what was found. Raises Inconclusive."""

    @abstractmethod
    def requests(self, facts: DeepFacts) -> list[GeneratedRequest]:
        """Everything that is generated. Raises Inconclusive."""

    @abstractmethod
    def faults_of(self, response: Response, request: GeneratedRequest) -> frozenset[StrEnum]:
        """What is wrong with that answer."""

    def _first_faults(self) -> dict[StrEnum, GeneratedRequest]:
        """The first request that shows each fault; nothing of the answers is kept."""
        explored = self.server.context.facts.deep
        if explored is None:
            raise Inconclusive("deep checks need a seed and a number of examples", remedy="add --deep")
        found: dict[StrEnum, GeneratedRequest] = {}
        silences: Counter[str] = Counter()
        for request in self.requests(explored):
            if silences[request.endpoint] >= _MOST_SILENCES:
                continue
            faults = self._faults(request)
            silences[request.endpoint] += Fault.SILENCE in faults
            for fault in faults:
                found.setdefault(fault, request)
        return found

    def _shows(self, request: GeneratedRequest, fault: StrEnum) -> bool:
        return fault in self._faults(request)

    def _smallest(self, request: GeneratedRequest, fault: StrEnum) -> GeneratedRequest:
        tried = 0
        while tried < _MOST_SMALLER and fault is not Fault.SILENCE:  # each silence costs a whole deadline
            candidates = list(request.smaller())
            tried += len(candidates)
            smaller = next((each for each in candidates if self._shows(each, fault)), None)
            if smaller is None:
                break
            request = smaller
        return request

    def _observed(self, request: GeneratedRequest, fault: StrEnum) -> str | None:
        """The same once more as the evidence of the check."""
        try:
            response = self.server.wire.send(request.as_http())
        except NoAnswer as silence:
            return str(silence.message) if fault is Fault.SILENCE else None
        described = f"{response.status} ({response.media_type or 'no media type'})"
        return described if fault in self.faults_of(response, request) else None

    def _faults(self, request: GeneratedRequest) -> frozenset[StrEnum]:
        wire = self.server.context.wire()
        try:
            return self.faults_of(wire.send(request.as_http()), request)
        except NoAnswer:
            if wire.transcript.exchanges[-1].status == 429:
                raise  # the server asks for peace, which is no fault
            return frozenset({Fault.SILENCE})


@dataclass(frozen=True)
class Fuzzing(Fuzzed):
    """Requests to the endpoints of one authorization server."""

    server: AuthorizationServer

    def judge_server_errors(self) -> None:
        """No generated request is a server error. Raises Violation, Inconclusive."""
        self.judge(Fault.SERVER_ERROR)

    def judge_silence(self) -> None:
        """No generated request stays without an answer. Raises Violation, Inconclusive."""
        self.judge(Fault.SILENCE)

    def judge_html(self) -> None:
        """No endpoint for clients answers a generated request with a page. Raises Violation, Inconclusive."""
        self.judge(Fault.HTML_FOR_CLIENTS)

    def judge_markup(self) -> None:
        """No page holds markup of a generated request. Raises Violation, Inconclusive."""
        self.judge(Fault.REFLECTED_MARKUP)

    def control(self, wire: Wire) -> None:
        """A whole grant works. Raises Inconclusive."""
        replace(self.server, wire=wire).flow().grant()

    def requests(self, facts: DeepFacts) -> list[GeneratedRequest]:
        """By the OpenAPI document of the metadata. Raises Inconclusive."""
        metadata, flow = self.server.metadata().value, self.server.flow()
        known = Known(flow.client.client_id, flow.client.redirect_uri, flow.scope, flow.resource)
        endpoints = endpoints_of(metadata, registration=self.server.context.facts.dynamic_registration)
        return generated_requests(document(endpoints, metadata, known), endpoints, facts)

    def faults_of(self, response: Response, request: GeneratedRequest) -> frozenset[StrEnum]:
        """A server error, a page where there should be none, or markup in a page."""
        is_page = response.media_type in HTML
        signs: dict[StrEnum, Callable[[], bool]] = {
            Fault.SERVER_ERROR: lambda: response.status >= _SERVER_ERROR,
            Fault.HTML_FOR_CLIENTS: lambda: is_page and request.endpoint != "authorization_endpoint",
            Fault.REFLECTED_MARKUP: lambda: is_page and TAG in response.text,
        }
        return frozenset(fault for fault, shows in signs.items() if shows())
