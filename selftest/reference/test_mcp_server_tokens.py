"""The bundled MCP server: which access tokens are good, where keys come from, what scopes allow."""

import base64
import json
import time
from collections.abc import Iterator
from typing import Any

import pytest
from joserfc.jwk import ECKey
from mcp_server_in_process import (
    FOREIGN_KEY,
    ISSUER,
    METADATA_URL,
    RESOURCE,
    RSA_KEY,
    SIGNING_KEY,
    Server,
    bound,
    claims,
    mint,
    unsigned,
)

from reference_impl.mcp_server.config import IntrospectionEndpoint, ScopeDenial


@pytest.fixture(scope="module")
def server() -> Iterator[Server]:
    with Server() as running:
        yield running


NOW = int(time.time())
REFUSED_TOKENS = {
    "garbage": "garbage",
    "three segments of nothing": "..",
    "jwe": "a.b.c.d.e",
    "too long": "a" * 9000,
    "other key": mint(FOREIGN_KEY),
    "unknown kid": mint(header={"kid": "k2"}),
    "no kid, two keys of the type": mint(ECKey.generate_key("P-256"), header={"kid": None}),
    "alg none": unsigned({"alg": "none", "typ": "at+jwt", "kid": "k1"}),
    "alg None": unsigned({"alg": "None", "typ": "at+jwt", "kid": "k1"}),
    "alg missing": unsigned({"typ": "at+jwt", "kid": "k1"}),
    "alg of another key type": unsigned({"alg": "RS256", "typ": "at+jwt", "kid": "k1"}, "AA"),
    "typ JWT": mint(header={"typ": "JWT"}),
    "typ missing": mint(header={"typ": None}),
    "typ not text": unsigned({"alg": "ES256", "typ": ["at+jwt"], "kid": "k1"}),
    "crit": unsigned({"alg": "ES256", "typ": "at+jwt", "kid": "k1", "crit": ["x"], "x": 1}),
    "embedded jwk": mint(FOREIGN_KEY, header={"kid": None, "jwk": FOREIGN_KEY.as_dict(private=False)}),
    "iss of another": mint(iss="https://evil.example"),
    "iss with slash": mint(iss=ISSUER + "/"),
    "iss missing": mint(iss=None),
    "iss a list": mint(iss=[ISSUER]),
    "aud of another": mint(aud="https://other.example/mcp"),
    "aud with slash": mint(aud=RESOURCE + "/"),
    "aud prefix": mint(aud="https://rs.example"),
    "aud in upper case": mint(aud=RESOURCE.upper()),
    "aud list without us": mint(aud=["https://other.example", RESOURCE + "x"]),
    "aud nested": mint(aud=[[RESOURCE]]),
    "aud missing": mint(aud=None),
    "exp past": mint(exp=NOW - 120),
    "exp missing": mint(exp=None),
    "exp text": mint(exp=str(NOW + 300)),
    "exp true": mint(exp=True),
    "nbf ahead": mint(nbf=NOW + 120),
    "iat ahead": mint(iat=NOW + 120),
    "iat missing": mint(iat=None),
    "sub missing": mint(sub=None),
    "client_id missing": mint(client_id=None),
    "jti missing": mint(jti=None),
    "jti empty": mint(jti=""),
    "scope a list": mint(scope=["mcp:echo"]),
    "bound to a key": bound(),
}


@pytest.mark.parametrize("name", REFUSED_TOKENS)
def test_a_bad_token_is_an_invalid_token(server: Server, name: str) -> None:
    answer = server.call(REFUSED_TOKENS[name])
    assert answer.status_code == 401
    challenge = answer.headers["www-authenticate"]
    assert 'error="invalid_token"' in challenge
    assert f'resource_metadata="{METADATA_URL}"' in challenge
    assert "result" not in answer.json()


def test_a_changed_signature_or_payload_is_refused(server: Server) -> None:
    header, payload, signature = mint().split(".")
    other = mint(scope="mcp").split(".")[1]
    flipped = ("A" if signature[0] != "A" else "B") + signature[1:]
    assert server.call(f"{header}.{other}.{signature}").status_code == 401
    assert server.call(f"{header}.{payload}.{flipped}").status_code == 401
    assert server.call(f"{header}.{payload}.{signature[:20]}").status_code == 401


def test_a_repeated_claim_is_refused(server: Server) -> None:
    header = base64.urlsafe_b64encode(b'{"alg":"ES256","typ":"at+jwt","kid":"k1"}').rstrip(b"=").decode()
    twice = json.dumps(claims())[:-1] + ',"aud":"https://other.example"}'
    payload = base64.urlsafe_b64encode(twice.encode()).rstrip(b"=").decode()
    assert server.call(f"{header}.{payload}.AA").json()["error_description"] == "the access token is malformed"


ACCEPTED_TOKENS = {
    "aud list": mint(aud=["https://other.example", RESOURCE]),
    "typ long form": mint(header={"typ": "application/at+jwt"}),
    "typ upper case": mint(header={"typ": "AT+JWT"}),
    "no kid, one key of the type": mint(header={"kid": None}),
    "RS256": mint(RSA_KEY, header={"alg": "RS256", "kid": "r1"}),
    "broader scope": mint(scope="mcp"),
}


@pytest.mark.parametrize("name", ACCEPTED_TOKENS)
def test_a_good_token_is_served(server: Server, name: str) -> None:
    assert server.call(ACCEPTED_TOKENS[name]).status_code == 200


def test_expiry_has_the_configured_skew() -> None:
    now = int(time.time())
    with Server(clock_skew_seconds=10) as running:
        assert running.call(mint(exp=now - 5)).status_code == 200
        assert running.call(mint(exp=now - 11)).status_code == 401


def test_keys_are_fetched_once_and_a_rotated_key_is_found_by_one_refetch() -> None:
    with Server() as running:
        assert running.issuer.requests == []
        for _ in range(3):
            assert running.call(mint()).status_code == 200
        assert running.issuer.requests.count(f"{ISSUER}/jwks") == 1
        rotated = ECKey.generate_key("P-256", {"kid": "k9"})
        running.issuer.keys = [rotated]
        assert running.call(mint(rotated, header={"kid": "k9"})).status_code == 200
        for number in range(20):
            assert running.call(mint(header={"kid": f"unknown-{number}"})).status_code == 401
        assert running.issuer.requests.count(f"{ISSUER}/jwks") == 2


def test_a_dead_issuer_means_503_and_never_access() -> None:
    with Server() as running:
        running.issuer.is_dead = True
        answer = running.call(mint())
        assert (answer.status_code, "www-authenticate" in answer.headers) == (503, False)


@pytest.mark.parametrize("wrong", [{"use": "enc"}, {"alg": "ES384"}, {"use": "sig", "key_ops": ["sign"]}])
def test_a_key_that_is_for_something_else_is_not_used(wrong: dict[str, Any]) -> None:
    with Server() as running:
        published = {**SIGNING_KEY.as_dict(private=False), **wrong}
        running.issuer.keys = [type("Published", (), {"as_dict": lambda self, private: published})()]  # type: ignore[list-item]
        assert running.call(mint()).status_code == 401


INTROSPECTION = IntrospectionEndpoint(f"{ISSUER}/introspect", "rs", "secret")


@pytest.mark.parametrize(
    ("response", "status"),
    [
        ({"active": True, **claims()}, 200),
        ({"active": True, "aud": RESOURCE, "scope": "mcp:echo", "client_id": "c"}, 200),
        ({"active": True, "aud": RESOURCE, "scope": "mcp:echo"}, 401),
        ({"active": True, **claims(aud="https://other.example")}, 401),
        ({"active": True, **claims(aud=None)}, 401),
        ({"active": True, **claims(exp=NOW - 60)}, 401),
        ({"active": "true", **claims()}, 401),
        ({"active": False}, 401),
        ({}, 401),
        (None, 503),
    ],
)
def test_opaque_tokens_are_judged_by_introspection(response: dict[str, Any] | None, status: int) -> None:
    with Server(introspection=INTROSPECTION) as running:
        running.issuer.introspection = response
        assert running.call("opaque-token").status_code == status


def test_a_revoked_jwt_is_refused_where_introspection_is_on() -> None:
    with Server(introspection=INTROSPECTION) as running:
        running.issuer.introspection = {"active": False}
        assert running.call(mint()).status_code == 401


def test_a_missing_scope_is_a_403_that_says_which(server: Server) -> None:
    answer = server.call(mint(scope="mcp:echo"), "add_numbers", {"a": 2, "b": 3})
    assert answer.status_code == 403
    challenge = answer.headers["www-authenticate"]
    assert 'error="insufficient_scope"' in challenge
    assert 'scope="mcp:add"' in challenge
    assert f'resource_metadata="{METADATA_URL}"' in challenge


def test_all_scopes_of_an_operation_are_asked_for_at_once() -> None:
    with Server(required_scopes=("mcp:use",)) as running:
        answer = running.call(mint(scope="mcp:echo"))
        assert 'scope="mcp:use mcp:echo"' in answer.headers["www-authenticate"]


def test_result_mode_answers_with_an_error_result() -> None:
    with Server(scope_denial=ScopeDenial.RESULT) as running:
        answer = running.call(mint(scope="mcp:echo"), "add_numbers", {"a": 2, "b": 3})
        assert answer.status_code == 200
        assert answer.json()["result"]["isError"] is True
        assert "mcp:add" in answer.json()["result"]["content"][0]["text"]


def test_hide_mode_lists_only_what_the_token_may_call() -> None:
    with Server(scope_denial=ScopeDenial.HIDE) as running:
        meta = {
            "io.modelcontextprotocol/protocolVersion": "2026-07-28",
            "io.modelcontextprotocol/clientCapabilities": {},
        }
        message = {"jsonrpc": "2.0", "id": 1, "method": "tools/list", "params": {"_meta": meta}}
        listed = running.post(message, mint(scope="mcp:echo")).json()["result"]["tools"]
        assert [tool["name"] for tool in listed] == ["echo"]
        hidden = running.call(mint(scope="mcp:echo"), "add_numbers", {"a": 2, "b": 3})
        assert hidden.json()["error"]["message"] == "Unknown tool: add_numbers"
