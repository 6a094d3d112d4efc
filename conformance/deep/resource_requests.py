"""Generated requests to protected resources: headers, credentials, JSON-RPC messages and bodies that are none.

What is odd is listed here and dealt out like cards, so that a few dozen requests have all of it, in combinations that
depend on the seed. Hypothesis makes the JSON in between.
"""

import json
from base64 import urlsafe_b64encode
from collections.abc import Iterator, Sequence
from random import Random
from typing import Any

from hypothesis import strategies as st

from conformance.client.facts import DeepFacts
from conformance.client.mcp import McpDialect, header_value
from conformance.deep.cases import GeneratedRequest, Pairs, dealt, drawn
from conformance.deep.openapi import MARKUP

_NAMED_BY = {"tools/call": "name", "prompts/get": "name", "resources/read": "uri"}
MCP, PLAIN = "MCP endpoint", "plain endpoint"
_JSON = "application/json"
_METHODS = (
    "initialize", "ping", "tools/list", "tools/call", "resources/list", "resources/read", "prompts/list", "prompts/get",
    "completion/complete", "logging/setLevel", "server/discover", "notifications/initialized",
    "notifications/cancelled", "rpc.discover", "", MARKUP, "x" * 3000,
)  # fmt: skip
_ODD_BODIES = (
    b"", b"{", b"nul", b"\xff\xfe\x00", b"\x80abc", b"\xef\xbb\xbf{}", b'"\\ud800"', b"NaN", b"1" * 5000,
    b'{"jsonrpc": "2.0", "id": 1e999}',
    b'{"id": 1, "id": 2, "method": "ping", "method": "tools/list", "jsonrpc": "2.0"}',
    b"[" * 20000, b'{"a":' * 5000 + b"1" + b"}" * 5000, b"[]", b"[[]]", MARKUP.encode(), b"\x00" * 100,
)  # fmt: skip
_ODD_MEMBERS: tuple[Any, ...] = (None, 7, -1e308, True, [], {}, "", MARKUP, "\u00e9\x00", [[]], {"": {}})
_ACCEPT = "application/json, text/event-stream"
_HARMLESS_HEADERS = (
    *(("Mcp-Session-Id", value) for value in ("x", MARKUP, "../..", "0" * 3000)),
    *(("Last-Event-ID", value) for value in ("1", MARKUP)),
    *(("X-Forwarded-Host", value) for value in ("elsewhere.example", MARKUP)),
    *(("Accept", value) for value in ("application/json", "*/*")),
)
_REFUSED_HEADERS = (
    *(("Accept", value) for value in ("text/html", ";q=x", ",", "a" * 3000)),
    *(("Origin", value) for value in ("null", "https://elsewhere.example", MARKUP)),
    *(("MCP-Protocol-Version", value) for value in ("2025-03-26", "9999-99-99", MARKUP, "x" * 3000)),
    *(("Mcp-Method", value) for value in ("tools/call", MARKUP)),
    *(("Mcp-Name", value) for value in ("x", "=?base64?%%%?=", "=?base64?AA?=", "=?base64?" + "A" * 3000, MARKUP)),
    *(("Content-Type", v) for v in ("application/json; charset=utf-16", "text/plain", "text/html", ";", "a/b;" * 200)),
)


def _part(value: Any) -> str:
    return urlsafe_b64encode(json.dumps(value).encode()).rstrip(b"=").decode()


_HEADS: tuple[Any, ...] = (
    {"alg": "none"},
    {"alg": None},
    {"alg": ["RS256"]},
    {"alg": "RS256", "kid": {}},
    {"alg": "RS256", "kid": MARKUP},
    {"alg": "RS256", "crit": "b64", "b64": False},
    {"alg": "RS256", "zip": "DEF"},
    {"alg": "HS256", "jwk": {"kty": "oct", "k": 7}},
    [],
    7,
    "x",
)
_ODD_TOKENS = (
    *(f"{_part(head)}.{_part({})}.AA" for head in _HEADS),
    "a.b.c",
    ".",
    "..",
    "....",
    "a" * 6000,
    "=",
    "%00",
)
_ODD_CREDENTIALS = (
    "Bearer", "Bearer =", "Bearer a b", "Bearer a, Bearer b", "Basic ====", "Basic Og==",
    "DPoP x", "DPoP", "Digest a=b", ", ,", f'Bearer "{MARKUP}"', "Negotiate " + "A" * 3000,
)  # fmt: skip


def _values() -> st.SearchStrategy[Any]:
    scalars = st.one_of(
        st.none(), st.booleans(), st.integers(), st.floats(allow_nan=False), st.text(max_size=20), st.just(MARKUP)
    )
    return st.recursive(
        scalars,
        lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=10), inner, max_size=4),
        max_leaves=8,
    )


def _odd_credentials() -> tuple[str, ...]:
    return (*_ODD_CREDENTIALS, *(f"Bearer {each}" for each in _ODD_TOKENS))


class McpRequests:
    """Requests to an MCP endpoint with and without that good token, the same for one seed."""

    def __init__(self, dialect: McpDialect, token: str, facts: DeepFacts) -> None:
        self._dialect, self._token = dialect, token
        self._good: dict[str, Any] = json.loads(dialect.request("tools/list").body)
        self._count = facts.examples
        random = Random(facts.seed)  # noqa: S311 - repeatable, not secret
        kinds = (self._altered, self._other_method, self._batch, self._generated)
        self._kinds = dealt(random, (self._altered, self._altered, *kinds))
        self._kinds_of_strangers = dealt(random, (self._other_method, self._other_method, *kinds))
        self._odd_bodies, self._methods = dealt(random, _ODD_BODIES), dealt(random, _METHODS)
        members = ("jsonrpc", "id", "method", "method", "params", "params")
        alterations = [(member, odd) for member in members for odd in _ODD_MEMBERS]
        self._alterations = dealt(random, alterations)
        self._values = dealt(random, drawn(_values(), facts))
        self._names = dealt(random, (*_ODD_MEMBERS, "nothing", "x" * 3000, "file:///nothing", "../nothing"))
        self._strangers = dealt(random, (*_odd_credentials(), *(None,) * len(_odd_credentials())))
        self._harmless = dealt(random, (*_HARMLESS_HEADERS, *(None,) * len(_HARMLESS_HEADERS)))
        self._refused = dealt(random, _REFUSED_HEADERS)

    def all(self) -> Iterator[GeneratedRequest]:
        """For each example one with the good token, one without, and one with something else that is refused."""
        for number in range(self._count):
            odd = next(self._kinds)() if number % 3 else next(self._odd_bodies)
            yield self._post(f"Bearer {self._token}", (next(self._harmless),), odd)
            stranger = next(self._strangers)
            yield self._post(stranger, (next(self._harmless),), next(self._kinds_of_strangers)())
            refused = (next(self._refused), next(self._harmless))
            if number % 3:
                yield self._post(f"Bearer {self._token}", refused, next(self._kinds)())
            else:  # with a token these may open a stream, or end a session
                yield self._request("GET" if number % 2 else "DELETE", next(self._strangers), refused)

    def _altered(self) -> Any:
        member, odd = next(self._alterations)
        return {**self._good, member: odd}

    def _other_method(self) -> Any:
        method = next(self._methods)
        name = next(self._names)
        arguments = {"name": name, "arguments": next(self._values), "uri": name}
        return {**self._good, "method": method, "params": {**self._good["params"], **arguments}}

    def _batch(self) -> Any:
        return [{**self._good, "method": next(self._methods)}, {**self._good, "params": next(self._values)}]

    def _generated(self) -> Any:
        return next(self._values)

    def _post(self, credentials: str | None, headers: Sequence[tuple[str, str] | None], body: Any) -> GeneratedRequest:
        method = body.get("method") if isinstance(body, dict) else None
        fitting = {"Accept": _ACCEPT, "Content-Type": _JSON, "MCP-Protocol-Version": self._dialect.version}
        if isinstance(method, str) and method.isascii() and method.isprintable() and method:
            fitting["Mcp-Method"] = method  # else few requests get far
            named = body["params"].get(_NAMED_BY.get(method, "")) if isinstance(body.get("params"), dict) else None
            if isinstance(named, str) and named:
                fitting["Mcp-Name"] = header_value(named)
        there = {header[0] for header in headers if header}
        return self._request(
            "POST", credentials, (*headers, *((n, v) for n, v in fitting.items() if n not in there)), body
        )

    def _request(
        self, method: str, credentials: str | None, headers: Sequence[tuple[str, str] | None], body: Any = None
    ) -> GeneratedRequest:
        sent = _with(credentials, headers)
        media_type = next((value for name, value in sent if name == "Content-Type"), "")
        kept = tuple(pair for pair in sent if pair[0] != "Content-Type")
        return GeneratedRequest(MCP, method, self._dialect.endpoint, (), kept, media_type, body)


def plain_requests(url: str, facts: DeepFacts) -> Iterator[GeneratedRequest]:
    """Requests without a good token to a protected resource that is no MCP endpoint."""
    random = Random(facts.seed)  # noqa: S311 - repeatable, not secret
    names = dealt(random, ("text", "access_token", "format", "callback", MARKUP, "", "\u00e9"))
    values = dealt(random, (MARKUP, "x" * 3000, "\u00e9\x00", "", "json", "1"))
    odd = _odd_credentials()
    credentials = dealt(random, (*odd, *(None,) * len(odd)))
    headers = dealt(random, (*_HARMLESS_HEADERS, *(None,) * len(_HARMLESS_HEADERS), ("Origin", MARKUP)))
    methods = dealt(random, ("GET", "GET", "POST", "DELETE", "HEAD", "PUT"))
    for number in range(facts.examples):
        query = tuple((next(names), next(values)) for _ in range(number % 4))
        yield GeneratedRequest(PLAIN, next(methods), url, query, _with(next(credentials), (next(headers),)))


def _with(credentials: str | None, headers: Sequence[tuple[str, str] | None]) -> Pairs:
    given = () if credentials is None else (("Authorization", credentials),)
    return (*given, *(header for header in headers if header is not None))
