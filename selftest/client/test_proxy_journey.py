"""What the judge does with cookies and state on the way over a third party."""

import json
from base64 import urlsafe_b64encode
from types import SimpleNamespace
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest

from conformance.client.facts import TargetFacts, ThirdPartyFacts, UserAgentFacts
from conformance.client.mcp_proxy import McpProxy, cookies_of
from conformance.client.proxy_cookies import with_other_client
from conformance.client.proxy_state import with_state
from conformance.targets.user_agents import make_user_agent
from conformance.vocabulary import Inconclusive
from conformance.wire import HttpRequest, Limits, SecretBook, Transcript, Transport, Wire
from selftest.void_servers import MiniatureServer

MINE, OTHER = "client-1234", "client-5678"


def test_a_client_id_is_exchanged_in_the_clear() -> None:
    assert with_other_client(f"a.{MINE}.sig", MINE, OTHER) == f"a.{OTHER}.sig"


def test_a_client_id_is_exchanged_inside_base64() -> None:
    inner = urlsafe_b64encode(json.dumps([MINE, "more"]).encode()).decode().rstrip("=")
    changed = with_other_client(f'"{inner}.c2lnbmF0dXJlLW9mLWl0"', MINE, OTHER)
    expected = urlsafe_b64encode(json.dumps([OTHER, "more"]).encode()).decode().rstrip("=")
    assert changed == f'"{expected}.c2lnbmF0dXJlLW9mLWl0"'


def test_a_value_without_the_client_id_can_not_be_forged() -> None:
    assert with_other_client("ZGlmZmVyZW50LXRoaW5ncy1pbnNpZGU.opaque", MINE, OTHER) is None


def test_a_state_is_exchanged_or_removed() -> None:
    callback = "https://proxy.example/callback?a=b+c&code=1&state=old"
    assert parse_qs(urlsplit(with_state(callback, "n&w")).query) == {"a": ["b c"], "code": ["1"], "state": ["n&w"]}
    assert parse_qs(urlsplit(with_state(callback, None)).query) == {"a": ["b c"], "code": ["1"]}


def answer(connection: object, request: bytes, base: str) -> None:
    """Two cookies and a redirect, then a page that shows what the browser said of itself."""
    target = request.split(b" ")[1]
    body = b"" if target == b"/a" else b"\n".join(line for line in request.lower().split(b"\r\n") if b"sec-f" in line)
    head = b"HTTP/1.1 200 OK\r\n" if body else b"HTTP/1.1 302 Found\r\nLocation: /b\r\n"
    cookies = b"Set-Cookie: one=1; Path=/\r\nSet-Cookie: two=2; Path=/\r\n"
    length = f"Content-Length: {len(body)}\r\n\r\n".encode()
    connection.sendall(head + cookies + b"Content-Type: text/plain\r\n" + length + body)  # type: ignore[attr-defined]


def test_browsers_keep_what_they_are_told_to_keep_and_say_where_a_navigation_began() -> None:
    transport = Transport(Limits(deadline_seconds=2))
    browser = make_user_agent(UserAgentFacts("auto"), transport)
    with MiniatureServer(answer).running() as base:
        request = HttpRequest("GET", f"{base}/a", (("Sec-Fetch-Site", "none"),))
        wire = Wire(transport, Transcript(SecretBook()))
        arrival = browser.visit(wire, request, redirect_uri="https://client.example/callback")
    assert arrival.response.body == b"sec-fetch-site: none"
    assert cookies_of(browser) == {"one": "1", "two": "2"}
    changed = browser.with_cookies(lambda name, value: None if name == "one" else f"{value}2")
    assert cookies_of(changed) == {"two": "22"}
    assert cookies_of(browser) == {"one": "1", "two": "2"}
    assert cookies_of(browser.fresh()) == {}


def test_only_hosts_that_the_target_file_names_get_a_callback() -> None:
    users = (UserAgentFacts(origins=("https://login.example",)),)
    facts = TargetFacts("t", "url", "https://as.example/t1", "https://mcp.example:8443/mcp", users=users)
    there = ThirdPartyFacts("http://127.0.0.1:8798")
    server: Any = SimpleNamespace(context=SimpleNamespace(facts=facts))
    proxy = McpProxy(server, there)

    def sent_back_to(callback: str) -> str:
        arrival = SimpleNamespace(redirected_to=callback)
        flow: Any = SimpleNamespace(wire=None, user_agent=SimpleNamespace(visit=lambda *_, **__: arrival))
        return proxy.callback(flow, there.authorization_endpoint)

    for host in ("https://as.example", "https://mcp.example:8443", "https://login.example"):
        assert sent_back_to(f"{host}/callback?code=1") == f"{host}/callback?code=1"
    for host in ("https://as.example.evil.example", "http://as.example", "https://as.example@evil.example"):
        with pytest.raises(Inconclusive, match="which the target file doesn't name"):
            sent_back_to(f"{host}/callback?code=1")
