"""The bundled MCP server: metadata, challenge, credentials, configuration, overridable rules."""

from collections.abc import Iterator
from typing import Any

import pytest
from mcp_server_in_process import ECHO_RESOURCE, ISSUER, METADATA_URL, RESOURCE, Server, mint

from reference_impl.mcp_server.config import DpopMode, McpServerConfig
from reference_impl.mcp_server.rules import McpServerRules


@pytest.fixture(scope="module")
def server() -> Iterator[Server]:
    with Server() as running:
        yield running


def test_the_metadata_names_resource_issuer_scopes_and_method(server: Server) -> None:
    answer = server.client.get("/.well-known/oauth-protected-resource/mcp")
    assert answer.status_code == 200
    assert answer.headers["content-type"] == "application/json"
    assert answer.headers["cache-control"] == "public, max-age=300"
    assert answer.json() == {
        "resource": RESOURCE,
        "authorization_servers": [ISSUER],
        "scopes_supported": ["mcp:echo", "mcp:add"],
        "bearer_methods_supported": ["header"],
        "resource_name": "Demo MCP server",
    }
    assert server.client.get("/.well-known/oauth-protected-resource").status_code == 404


def test_dpop_members_and_root_location_appear_when_configured() -> None:
    running = Server(dpop=DpopMode.REQUIRED, metadata_at_root=True)
    document = running.client.get("/.well-known/oauth-protected-resource").json()
    assert document["dpop_signing_alg_values_supported"] == ["ES256", "RS256"]
    assert document["dpop_bound_access_tokens_required"] is True


def test_a_request_without_token_gets_a_challenge_without_error(server: Server) -> None:
    answer = server.call(None)
    assert answer.status_code == 401
    assert answer.headers["www-authenticate"] == f'Bearer scope="mcp:echo mcp:add", resource_metadata="{METADATA_URL}"'
    assert "result" not in answer.json()


@pytest.mark.parametrize("method", ["GET", "DELETE", "PUT", "OPTIONS"])
def test_every_method_asks_for_a_token(server: Server, method: str) -> None:
    assert server.client.request(method, "/mcp").status_code == 401


@pytest.mark.parametrize("scheme", ["Bearer", "bearer", "BEARER", "Bearer  "])
def test_the_scheme_is_compared_without_case(server: Server, scheme: str) -> None:
    assert server.call(None, authorization=f"{scheme} {mint()}").status_code == 200


def test_a_token_in_the_query_is_no_token(server: Server) -> None:
    answer = server.client.post("/mcp", params={"access_token": mint()}, json={})
    assert (answer.status_code, "error=" in answer.headers["www-authenticate"]) == (401, False)


@pytest.mark.parametrize("authorization", ["Bearer", "Bearer a b", "Bearer {}", 'Bearer "x"'])
def test_malformed_credentials_are_an_invalid_request(server: Server, authorization: str) -> None:
    answer = server.call(None, authorization=authorization)
    assert answer.status_code == 400
    assert 'error="invalid_request"' in answer.headers["www-authenticate"]


def test_two_ways_to_send_a_token_are_an_invalid_request(server: Server) -> None:
    token = mint()
    both = server.client.post("/mcp", params={"access_token": token}, headers={"authorization": f"Bearer {token}"})
    twice = server.client.post("/mcp", headers=[("authorization", f"Bearer {token}")] * 2)
    assert (both.status_code, twice.status_code) == (400, 400)


def test_plain_echo_is_a_protected_resource_of_its_own(server: Server) -> None:
    challenged = server.client.get("/echo", params={"text": "hello"})
    assert challenged.status_code == 401
    metadata_url = challenged.headers["www-authenticate"].partition('resource_metadata="')[2].rstrip('"')
    document = server.client.get(metadata_url).json()
    assert (document["resource"], document["scopes_supported"]) == (ECHO_RESOURCE, ["echo:read"])

    def get(token: str, method: str = "GET") -> Any:
        return server.client.request(
            method, "/echo", params={"text": "hello"}, headers={"authorization": f"Bearer {token}"}
        )

    good = mint(aud=ECHO_RESOURCE, scope="echo:read")
    assert get(good).json() == {"ok": True, "echo": "hello", "sub": "user-1"}
    assert get(mint(scope="echo:read")).status_code == 401
    assert get(mint(aud=ECHO_RESOURCE)).status_code == 403
    assert get(good, "POST").status_code == 405


def test_a_departure_is_one_overridden_method() -> None:
    class AnyAudience(McpServerRules):
        def audience_matches(self, audience: Any, resource: Any) -> bool:
            return True

    class NameHeaderIgnored(McpServerRules):
        def check_name_header(self, request: Any, message: Any) -> None:
            return None

    with Server(AnyAudience) as running:
        assert running.call(mint(aud="https://other.example")).status_code == 200
    with Server(NameHeaderIgnored) as running:
        assert running.call(mint(), mcp_name="add_numbers").status_code == 200


@pytest.mark.parametrize(
    "wrong",
    [
        {"resource": "http://rs.example/mcp"},
        {"resource": RESOURCE + "#x"},
        {"issuers": ()},
        {"signing_algorithms": ("HS256",)},
        {"dpop_algorithms": ("none",)},
    ],
)
def test_an_unsafe_configuration_is_refused(wrong: dict[str, Any]) -> None:
    with pytest.raises(ValueError, match=r"https|query|issuers|asymmetric"):
        McpServerConfig(**({"resource": RESOURCE, "issuers": (ISSUER,)} | wrong))
