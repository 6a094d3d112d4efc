"""Strategies for requests to a protected resource: headers, JSON-RPC messages and bodies that are none."""

import json
from base64 import urlsafe_b64encode
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from hypothesis import strategies as st

from conformance.client.mcp import McpDialect
from conformance.deep.cases import GeneratedRequest, Pairs
from conformance.deep.openapi import MARKUP

MCP, PLAIN = "MCP endpoint", "plain endpoint"
_JSON = "application/json"
_METHODS = (
    "initialize", "ping", "tools/list", "tools/call", "resources/list", "resources/read", "prompts/list", "prompts/get",
    "completion/complete", "logging/setLevel", "server/discover", "notifications/initialized",
    "notifications/cancelled", "rpc.discover", "", MARKUP, "x" * 3000,
)  # fmt: skip
_ODD_BODIES = (
    b"", b"{", b"nul", b"\xff\xfe\x00", b'"\\ud800"', b"NaN", b"1" * 5000, b'{"jsonrpc": "2.0", "id": 1e999}',
    b'{"id": 1, "id": 2, "method": "ping", "method": "tools/list", "jsonrpc": "2.0"}', b"\xef\xbb\xbf{}",
    b"[" * 20000, b'{"a":' * 5000 + b"1" + b"}" * 5000, b"[]", b"[[]]", MARKUP.encode(), b"\x00" * 100,
)  # fmt: skip
_MEDIA_TYPES = (_JSON, _JSON, _JSON, "application/json; charset=utf-16", "text/plain", "text/html", ";", "a/b;" * 200)
_ACCEPTS = ("application/json, text/event-stream",) * 3 + (_JSON, "*/*", "text/html", ";q=x", ",", "a" * 3000)


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


def _messages(good: Any) -> st.SearchStrategy[Any]:
    """JSON-RPC messages: a good one with members replaced or left out, or anything with the same members."""
    anything = _values()
    members = {
        "jsonrpc": st.sampled_from(("2.0", "2.0", "1.0", 2, None)),
        "id": st.one_of(st.integers(), st.text(max_size=10), anything),
        "method": st.one_of(st.sampled_from(_METHODS), st.sampled_from(_METHODS), anything),
        "params": st.one_of(st.just(good["params"]), anything),
    }
    replaced = st.fixed_dictionaries({}, optional=members).map(lambda some: {**good, **some})
    tool = st.builds(lambda name, arguments: {"name": name, "arguments": arguments}, anything, anything)
    called = tool.map(lambda given: {**good, "method": "tools/call", "params": {**good["params"], **given}})
    return st.one_of(replaced, replaced, called, st.fixed_dictionaries({}, optional=members))


def _headers(
    often: Mapping[str, Sequence[str]], rarely: Mapping[str, Sequence[str]], credentials: Iterable[str | None]
) -> st.SearchStrategy[Pairs]:
    """Some of these headers with one of their values each, and credentials; None stands for none."""

    def some(named: Mapping[str, Sequence[str]]) -> st.SearchStrategy[dict[str, str]]:
        return st.fixed_dictionaries({}, optional={name: st.sampled_from(values) for name, values in named.items()})

    return st.builds(
        lambda common, rare, sent: (
            *(() if sent is None else (("Authorization", sent),)),
            *{**common, **rare}.items(),
        ),
        some(often),
        st.one_of(st.just({}), st.just({}), some(rarely)),
        st.sampled_from(tuple(credentials)),
    )


def _credentials(token: str) -> tuple[str | None, ...]:
    odd = (*_ODD_CREDENTIALS, *(f"Bearer {each}" for each in _ODD_TOKENS))
    half = len(odd) // 2
    return (*(f"Bearer {token}",) * len(odd), *(None,) * half, *odd)


def mcp_requests(dialect: McpDialect, token: str) -> st.SearchStrategy[GeneratedRequest]:
    """POST requests to an MCP endpoint with and without that good token, and others without it."""
    probe = dialect.request("tools/list")
    good = json.loads(probe.body)
    message = _messages(good)
    odd = st.sampled_from(_ODD_BODIES)
    bodies = st.one_of(message, message, message, st.lists(message, max_size=3), _values(), odd)
    often = {"Accept": _ACCEPTS, "Mcp-Session-Id": ("x", MARKUP, "../..", "0" * 3000), "Last-Event-ID": ("1", MARKUP)}
    rarely = {
        "MCP-Protocol-Version": (dialect.version, dialect.version, "2025-03-26", "9999-99-99", "", MARKUP, "x" * 3000),
        "Mcp-Method": _METHODS[1:],
        "Mcp-Name": ("x", "=?base64?%%%?=", "=?base64?AA?=", "=?base64?" + "A" * 3000, MARKUP),
        "Origin": ("null", "https://elsewhere.example", MARKUP),
    }
    posts = st.builds(
        lambda sent, media_type, body: GeneratedRequest(
            MCP, "POST", dialect.endpoint, (), _fitting(sent, body, dialect.version), media_type, body
        ),
        _headers(often, rarely, _credentials(token)),
        st.sampled_from(_MEDIA_TYPES),
        bodies,
    )
    strangers = [each for each in _credentials(token) if each != f"Bearer {token}"]
    others = st.builds(
        lambda method, sent: GeneratedRequest(MCP, method, dialect.endpoint, (), sent),
        st.sampled_from(("GET", "DELETE")),  # with a token they may open a stream, or end a session
        _headers(often, rarely, strangers),
    )
    return st.one_of(posts, posts, posts, posts, others)


def plain_requests(url: str) -> st.SearchStrategy[GeneratedRequest]:
    """Requests without a good token to a protected resource that is no MCP endpoint."""
    texts = st.one_of(st.sampled_from((MARKUP, "x" * 3000, "\u00e9\x00", "")), st.text(max_size=20))
    names = st.one_of(st.sampled_from(("text", "access_token", "format", "callback", MARKUP)), st.text(max_size=10))
    queries = st.lists(st.tuples(names, texts), max_size=4).map(
        lambda pairs: tuple((n, _sendable(v)) for n, v in pairs)
    )
    often, rarely = (
        {"Accept": _ACCEPTS, "X-Forwarded-Host": ("elsewhere.example", MARKUP)},
        {"Origin": ("null", MARKUP)},
    )
    return st.builds(
        lambda method, query, sent: GeneratedRequest(
            PLAIN, method, url, tuple((_sendable(n), v) for n, v in query), sent
        ),
        st.sampled_from(("GET", "GET", "POST", "DELETE")),
        queries,
        _headers(often, rarely, [each for each in _credentials("") if each != "Bearer "]),
    )


def _fitting(headers: Pairs, body: Any, version: str) -> Pairs:
    """With the headers that repeat what is in the body, where they aren't generated; else few requests get far."""
    there = {name for name, _ in headers}
    method = body.get("method") if isinstance(body, dict) else None
    good = {"Accept": _ACCEPTS[0], "MCP-Protocol-Version": version}
    if isinstance(method, str) and method.isascii() and method.isprintable() and method:
        good["Mcp-Method"] = method
    return (*headers, *((name, value) for name, value in good.items() if name not in there))


def _sendable(text: str) -> str:
    """Without lone surrogates, which no URL can carry."""
    return text.encode("utf-8", "replace").decode()
