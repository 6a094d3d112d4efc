"""Requests that schemathesis generates from an OpenAPI document, as values that the judge's own wire can send.

Nothing here opens a connection: schemathesis makes cases, good by the schema and bad ones, and the wire sends them.
"""

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from random import Random
from typing import Any, TypeVar
from urllib.parse import quote, urlencode

from hypothesis import HealthCheck, Phase, given, seed, settings
from hypothesis import strategies as st
from schemathesis import Case, GenerationMode, openapi
from schemathesis.core import NotSet
from schemathesis.core.result import Ok

from conformance.client.facts import DeepFacts
from conformance.deep.openapi import FORM, MARKUP, ODD, ODD_CREDENTIALS
from conformance.deep.rounds import rounds
from conformance.wire import HttpRequest

T = TypeVar("T")
Pairs = tuple[tuple[str, str], ...]


@dataclass(frozen=True)
class GeneratedRequest:
    """One request in parts, so that parts can be left out. `body` is a JSON value, pairs of a form, or bytes."""

    endpoint: str
    method: str
    url: str
    query: Pairs = ()
    headers: Pairs = ()
    media_type: str = ""
    body: Any = None

    def as_http(self) -> HttpRequest:
        """The request as bytes."""
        query = urlencode(self.query, quote_via=quote)
        url = self.url + (("&" if "?" in self.url else "?") + query if query else "")
        accepts = any(name == "Accept" for name, _ in self.headers)
        headers = (*(() if accepts else (("Accept", "application/json, text/html"),)), *self.headers)
        if not self.media_type:
            return HttpRequest(self.method, url, headers, label=f"generated for {self.endpoint}")
        typed = (*headers, ("Content-Type", self.media_type))
        return HttpRequest(self.method, url, typed, self._encoded(), label=f"generated for {self.endpoint}")

    def _encoded(self) -> bytes:
        if isinstance(self.body, bytes):
            return self.body
        body = urlencode(self.body) if self.media_type == FORM else json.dumps(self.body, default=str)
        return body.encode()

    def smaller(self) -> Iterator["GeneratedRequest"]:
        """The same request with one part left out, each part in turn."""
        yield from (replace(self, query=rest) for rest in _one_less(self.query))
        yield from (replace(self, headers=rest) for rest in _one_less(self.headers))
        if isinstance(self.body, tuple | list):
            yield from (replace(self, body=rest) for rest in _one_less(tuple(self.body)))
        if isinstance(self.body, dict):
            for name in self.body:
                yield replace(self, body={k: v for k, v in self.body.items() if k != name})

    def described(self) -> str:
        """What is in it, by names."""
        names = [name for name, _ in (*self.query, *self.headers)]
        names += [str(n) for n in self.body] if isinstance(self.body, dict) else []
        names += [pair[0] for pair in self.body] if self.media_type == FORM else []
        told = (name if name.isascii() and name.isprintable() else ascii(name) for name in names)
        return f"{self.method} {self.endpoint} with {', '.join(told) or 'nothing'}"


def generated_requests(
    document: Mapping[str, Any], endpoints: Mapping[str, str], facts: DeepFacts
) -> list[GeneratedRequest]:
    """As many requests for each endpoint as there are examples, good and bad by the schema, the same for one seed."""
    found: list[GeneratedRequest] = []
    random = Random(facts.seed)  # noqa: S311 - repeatable, not secret
    for result in openapi.from_dict(dict(document)).get_all_operations():
        assert isinstance(result, Ok)  # the document is ours
        operation = result.ok()
        name = operation.path.removeprefix("/")
        modes = (GenerationMode.POSITIVE, GenerationMode.NEGATIVE)
        cases = st.one_of(*(operation.as_strategy(generation_mode=mode) for mode in modes))
        requests = [_request(case, name, endpoints[name]) for case in drawn(cases, facts)]
        named = {parameter for request in requests for parameter in _names(request)} - {"client_id"}
        cards = [(parameter, value) for parameter in sorted(named) for value in (MARKUP, ODD)]
        odd = dealt(random, (*cards, *(None,) * (len(cards) + 1)))
        credentials = dealt(random, (*ODD_CREDENTIALS, *(None,) * len(ODD_CREDENTIALS)))
        for request in requests:
            takes_clients = _takes_clients(request) and isinstance(request.body, tuple)
            found.append(_with(next(credentials), next(odd), request) if takes_clients else request)
    return found


def dealt(random: Random, cards: Sequence[T]) -> Iterator[T]:
    """The cards in any order, all of them before one comes again.

    Hypothesis alone comes back to the same few of many values.
    """
    while True:
        yield from random.sample(cards, len(cards))


def drawn(strategy: st.SearchStrategy[T], facts: DeepFacts) -> list[T]:
    """As many values as there are examples, at most, the same for one seed."""
    values: list[T] = []

    def keep(value: T) -> None:
        values.append(value)

    for number, examples in rounds(facts):
        rules = settings(
            max_examples=examples,
            database=None,
            derandomize=False,
            deadline=None,
            phases=(Phase.generate,),
            suppress_health_check=list(HealthCheck),
        )
        seed(number)(rules(given(strategy)(keep)))()
    return values


def _request(case: Case[Any], endpoint: str, url: str) -> GeneratedRequest:
    body: Any = case.body
    media_type = "" if isinstance(body, NotSet) else case.media_type or ""
    if media_type == FORM:
        body = tuple(_pairs(body)) if isinstance(body, dict) else (("", _text(body)),)
    return GeneratedRequest(endpoint, case.method.upper(), url, tuple(_pairs(case.query or {})), (), media_type, body)


def _takes_clients(request: GeneratedRequest) -> bool:
    """Whether clients authenticate there."""
    return request.endpoint not in ("authorization_endpoint", "registration_endpoint")


def _names(request: GeneratedRequest) -> set[str]:
    return {name for name, _ in request.body if name.isidentifier()} if isinstance(request.body, tuple) else set()


def _with(credentials: str | None, odd: tuple[str, str] | None, request: GeneratedRequest) -> GeneratedRequest:
    """The request with these credentials, and with one parameter that is odd."""
    headers = (("Authorization", credentials),) if credentials else ()
    body = request.body if odd is None else (*(pair for pair in request.body if pair[0] != odd[0]), odd)
    return replace(request, headers=headers, body=body)


def _one_less(parts: tuple[Any, ...]) -> Iterator[tuple[Any, ...]]:
    for place in range(len(parts)):
        yield (*parts[:place], *parts[place + 1 :])


def _pairs(members: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    for name, value in members.items():
        values: Iterable[Any] = value if isinstance(value, list) else (value,)
        yield from ((name, _text(each)) for each in values)


def _text(value: Any) -> str:
    return value if isinstance(value, str) else json.dumps(value, default=str)
