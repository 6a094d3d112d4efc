"""What generated requests do to a resource server: a server error, no answer, markup, or a result for nobody."""

import json
from collections.abc import Callable
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import Any

from conformance.client.facts import DeepFacts
from conformance.client.refusal import REFUSING
from conformance.client.resource_server import ResourceServer
from conformance.deep.cases import GeneratedRequest
from conformance.deep.fuzzing import HTML, Fault, Fuzzed
from conformance.deep.openapi import TAG
from conformance.deep.resource_requests import MCP, McpRequests, plain_requests
from conformance.vocabulary import Inconclusive
from conformance.wire import HttpRequest, Response, Wire

_NOT_IMPLEMENTED = (501, 505)


class ResourceFault(StrEnum):
    """What is looked for beside the faults of any server."""

    SERVED = "a refusal, since the request has no good token"


@dataclass(frozen=True)
class ResourceFuzzing(Fuzzed):
    """Requests to the MCP endpoint, and to `plain_url` of the target file."""

    server: ResourceServer

    def judge_server_errors(self) -> None:
        """No generated request is a server error. Raises Violation, Inconclusive."""
        self.judge(Fault.SERVER_ERROR)

    def judge_silence(self) -> None:
        """No generated request stays without an answer. Raises Violation, Inconclusive."""
        self.judge(Fault.SILENCE)

    def judge_markup(self) -> None:
        """No POST is answered with a page, and no page holds markup of a request. Raises Violation, Inconclusive."""
        self.judge(Fault.REFLECTED_MARKUP)

    def judge_served(self) -> None:
        """No generated request without a good token is served. Raises Violation, Inconclusive."""
        self.judge(ResourceFault.SERVED)

    def control(self, wire: Wire) -> None:
        """A good request is served. Raises Inconclusive."""
        replace(self.server, wire=wire).control()

    def requests(self, facts: DeepFacts) -> list[GeneratedRequest]:
        """Three for each example to the MCP endpoint, one to the plain resource."""
        plain = self._plain_endpoint()
        return [
            *McpRequests(self.server.mcp, self.server.token(), facts).all(),
            *(plain_requests(plain, facts) if plain else ()),
        ]

    def faults_of(self, response: Response, request: GeneratedRequest) -> frozenset[StrEnum]:
        """A server error, a page or markup, or a result for a request without the good token."""
        is_page = response.media_type in HTML
        signs: dict[StrEnum, Callable[[], bool]] = {
            Fault.SERVER_ERROR: lambda: response.status >= 500 and response.status not in _NOT_IMPLEMENTED,
            Fault.REFLECTED_MARKUP: lambda: is_page and (request.method == "POST" or TAG in response.text),
            ResourceFault.SERVED: lambda: not self._is_authorized(request) and _is_served(response, request),
        }
        return frozenset(fault for fault, shows in signs.items() if shows())

    def _is_authorized(self, request: GeneratedRequest) -> bool:
        token = self.server.token()
        return any(name == "Authorization" and token in value for name, value in request.headers)

    def _plain_endpoint(self) -> str | None:
        """The plain resource of the target file, if it refuses a request without a token at all."""
        url = self.server.context.facts.plain_url
        if url is None:
            return None
        answer = self.server.context.wire().send(HttpRequest("GET", url, label="plain resource without a token"))
        if answer.status not in REFUSING:
            raise Inconclusive(
                f"{url} answers {answer.status} without a token, which is no refusal",
                remedy="see mcp_server.plain_url in the target file; is it protected at all?",
            )
        return url


def _is_served(response: Response, request: GeneratedRequest) -> bool:
    """Whether the answer is a success for a plain request, or holds a JSON-RPC result, in a batch or a stream too."""
    if response.status // 100 != 2:
        return False
    return request.endpoint != MCP or any(_holds_result(text) for text in (response.text, *_events(response.text)))


def _events(text: str) -> list[str]:
    return [line[5:] for line in text.splitlines() if line.startswith("data:")]


def _holds_result(text: str) -> bool:
    try:
        value: Any = json.loads(text)
    except (ValueError, RecursionError):
        return False
    return any(isinstance(message, dict) and "result" in message for message in _listed(value))


def _listed(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [value]
