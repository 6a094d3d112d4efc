"""The bundled MCP server: Origin, media types, mirror headers, both protocol eras, sessions."""

from collections.abc import Iterator
from typing import Any

import pytest
from mcp_server_in_process import Server, mint


@pytest.fixture(scope="module")
def server() -> Iterator[Server]:
    with Server() as running:
        yield running


@pytest.mark.parametrize("origin", ["https://evil.example", "null", "https://rs.example.evil.example", ""])
def test_a_foreign_origin_is_403_with_and_without_token(server: Server, origin: str) -> None:
    assert server.call(mint(), origin=origin).status_code == 403
    assert server.call(None, origin=origin).status_code == 403


def test_own_and_configured_origins_are_served_without_cors_headers() -> None:
    with Server(allowed_origins=("https://inspector.example",)) as running:
        for origin in ("https://rs.example", "https://inspector.example"):
            answer = running.call(mint(), origin=origin)
            assert answer.status_code == 200
            assert not [name for name in answer.headers if name.startswith("access-control")]


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"mcp_method": "tools/list"}, -32020),
        ({"mcp_method": None}, -32020),
        ({"mcp_name": "add_numbers"}, -32020),
        ({"mcp_name": None}, -32020),
        ({"mcp_name": "=?base64?!?="}, -32020),
        ({"mcp_protocol_version": None}, -32020),
        ({"mcp_protocol_version": "2025-11-25"}, -32020),
    ],
)
def test_headers_that_contradict_the_body_are_400(server: Server, changes: dict[str, Any], code: int) -> None:
    answer = server.call(mint(), **changes)
    assert (answer.status_code, answer.json()["error"]["code"], answer.json()["id"]) == (400, code, 1)


def test_an_encoded_name_header_is_decoded(server: Server) -> None:
    assert server.call(mint(), mcp_name="=?base64?ZWNobw==?=").status_code == 200


def test_an_unsupported_version_is_400_and_lists_the_supported_ones(server: Server) -> None:
    answer = server.post({"jsonrpc": "2.0", "id": 1, "method": "ping"}, mint(), mcp_protocol_version="1999-01-01")
    assert answer.status_code == 400
    assert "2026-07-28" in answer.json()["error"]["data"]["supported"]


def test_media_types_methods_and_bodies_are_judged(server: Server) -> None:
    token = {"authorization": f"Bearer {mint()}"}
    assert server.call(mint(), accept="text/html").status_code == 406
    assert server.client.post("/mcp", headers=token, content="{}").status_code == 415
    json_type = {**token, "content-type": "application/json"}
    for body in ("{", "null", "3", "[" * 100_000, '{"a":' + "9" * 5000 + "}"):
        assert server.client.post("/mcp", headers=json_type, content=body).status_code == 400
    assert server.client.post("/mcp", headers=json_type, content=b" " * (1024 * 1024 + 1)).status_code == 413
    for method in ("GET", "DELETE", "PUT", "OPTIONS"):
        answer = server.client.request(method, "/mcp", headers={**token, "mcp-protocol-version": "2026-07-28"})
        assert (answer.status_code, answer.headers["allow"]) == (405, "POST")


def test_the_stateless_era_serves_both_tools_and_404s_an_unknown_method(server: Server) -> None:
    answer = server.call(mint())
    assert (answer.status_code, answer.json()["result"]["content"][0]["text"]) == (200, "round-trip")
    assert "mcp-session-id" not in answer.headers
    added = server.call(mint(), "add_numbers", {"a": 2, "b": 3})
    assert added.json()["result"]["content"][0]["text"] == "5"
    meta = {"_meta": {"io.modelcontextprotocol/protocolVersion": "2026-07-28"}}
    meta["_meta"]["io.modelcontextprotocol/clientCapabilities"] = {}  # type: ignore[assignment]
    unknown = server.post({"jsonrpc": "2.0", "id": 1, "method": "no/such", "params": meta}, mint())
    assert (unknown.status_code, unknown.json()["error"]["code"]) == (404, -32601)


def initialize(running: Server, token: str, version: str = "2025-11-25") -> Any:
    info = {"protocolVersion": version, "capabilities": {}, "clientInfo": {"name": "t", "version": "1"}}
    message = {"jsonrpc": "2.0", "id": 0, "method": "initialize", "params": info}
    return running.post(message, token, mcp_protocol_version=None, mcp_method=None, mcp_name=None)


def in_session(running: Server, token: str | None, session: str, message: dict[str, Any], version: str) -> Any:
    changes = {"mcp_protocol_version": version, "mcp_method": None, "mcp_name": None, "mcp_session_id": session}
    return running.post(message, token, **changes)


@pytest.mark.parametrize("version", ["2025-03-26", "2025-06-18", "2025-11-25"])
@pytest.mark.parametrize("json_response", [True, False])
def test_the_session_era_from_initialize_to_the_end(version: str, json_response: bool) -> None:
    call = {"jsonrpc": "2.0", "id": 2, "method": "tools/call", "params": {"name": "echo", "arguments": {"text": "hi"}}}
    with Server(json_response=json_response) as running:
        opened = initialize(running, mint(), version)
        assert opened.status_code == 200
        assert '"demo-server"' in opened.text
        assert version in opened.text
        session = opened.headers["mcp-session-id"]
        assert len(session) >= 32
        ready = {"jsonrpc": "2.0", "method": "notifications/initialized"}
        assert in_session(running, mint(), session, ready, version).status_code == 202
        answer = in_session(running, mint(), session, call, version)
        assert (answer.status_code, answer.headers["mcp-session-id"]) == (200, session)
        assert '"text":"hi"' in answer.text
        assert in_session(running, None, session, call, version).status_code == 401
        assert in_session(running, mint(scope=None), session, call, version).status_code == 403
        for other in (mint(sub="user-2"), mint(client_id="client-2")):
            assert in_session(running, other, session, call, version).status_code == 404
        ended = running.client.delete("/mcp", headers={"authorization": f"Bearer {mint()}", "mcp-session-id": session})
        assert ended.status_code == 200
        assert in_session(running, mint(), session, call, version).status_code == 404


def test_an_unknown_session_is_404_and_no_session_is_400(server: Server) -> None:
    ping = {"jsonrpc": "2.0", "id": 2, "method": "ping"}
    assert in_session(server, mint(), "guessed", ping, "2025-11-25").status_code == 404
    unopened = server.post(ping, mint(), mcp_protocol_version="2025-11-25")
    assert (unopened.status_code, "mcp-session-id" in unopened.headers) == (400, False)
