"""The bundled MCP server, from the outside: locally minted tokens in, HTTP answers out."""

import base64
import hashlib
import json
import time
import uuid
from collections.abc import Iterator, Mapping
from typing import Any, Self

import pytest
from joserfc import jwt
from joserfc.jwk import ECKey, RSAKey
from starlette.testclient import TestClient

from reference_impl.mcp_server.app import create_app
from reference_impl.mcp_server.config import DpopMode, IntrospectionEndpoint, McpServerConfig, ScopeDenial
from reference_impl.mcp_server.documents import UnavailableError
from reference_impl.mcp_server.rules import McpServerRules

ISSUER = "https://as.example"
RESOURCE = "https://rs.example/mcp"
ECHO_RESOURCE = "https://rs.example/echo"
METADATA_URL = "https://rs.example/.well-known/oauth-protected-resource/mcp"
SIGNING_KEY = ECKey.generate_key("P-256", {"kid": "k1", "alg": "ES256", "use": "sig"})
RSA_KEY = RSAKey.generate_key(2048, {"kid": "r1", "alg": "RS256", "use": "sig"})
FOREIGN_KEY = ECKey.generate_key("P-256", {"kid": "k1"})
DPOP_KEY = ECKey.generate_key("P-256")


class CannedIssuer:
    """Stands in for the network: the documents of one issuer, and how often each was asked for."""

    def __init__(self) -> None:
        self.keys = [SIGNING_KEY, RSA_KEY]
        self.requests: list[str] = []
        self.introspection: dict[str, Any] | None = None
        self.is_dead = False

    async def get(self, url: str) -> Mapping[str, Any]:
        self.requests.append(url)
        if self.is_dead:
            raise UnavailableError(url)
        if url == f"{ISSUER}/.well-known/oauth-authorization-server":
            return {"issuer": ISSUER, "jwks_uri": f"{ISSUER}/jwks"}
        if url == f"{ISSUER}/jwks":
            return {"keys": [key.as_dict(private=False) for key in self.keys]}
        raise UnavailableError(url)

    async def post_form(self, url: str, form: Mapping[str, str], **_credentials: str) -> Mapping[str, Any]:
        self.requests.append(url)
        if self.introspection is None:
            raise UnavailableError(url)
        return self.introspection

    async def aclose(self) -> None:
        return None


class Server:
    """One running server, with an issuer of its own."""

    def __init__(self, rules: type[McpServerRules] = McpServerRules, **options: Any) -> None:
        self.issuer = issuer = CannedIssuer()

        class WithCannedIssuer(rules):  # type: ignore[misc,valid-type]
            def __init__(self, config: McpServerConfig) -> None:
                super().__init__(config)
                self.fetcher = issuer

        config = McpServerConfig(resource=RESOURCE, issuers=(ISSUER,), **options)
        self.client = TestClient(create_app(config, WithCannedIssuer), base_url="https://rs.example")

    def __enter__(self) -> Self:
        self.client.__enter__()
        return self

    def __exit__(self, *_: object) -> None:
        self.client.__exit__(None, None, None)

    def call(self, token: str | None, tool: str = "echo", arguments: Any = None, **changes: Any) -> Any:
        """A stateless-era tools/call; `changes` are headers to set, or to leave out when None."""
        params = {
            "name": tool,
            "arguments": {"text": "round-trip"} if arguments is None else arguments,
            "_meta": {
                "io.modelcontextprotocol/protocolVersion": "2026-07-28",
                "io.modelcontextprotocol/clientCapabilities": {},
            },
        }
        return self.post({"jsonrpc": "2.0", "id": 1, "method": "tools/call", "params": params}, token, **changes)

    def post(self, message: Any, token: str | None, **changes: Any) -> Any:
        headers: dict[str, str | None] = {
            "authorization": None if token is None else f"Bearer {token}",
            "accept": "application/json, text/event-stream",
            "mcp-protocol-version": "2026-07-28",
            "mcp-method": message.get("method") if isinstance(message, dict) else None,
            "mcp-name": message["params"].get("name") if isinstance(message, dict) and "params" in message else None,
        }
        headers |= {name.replace("_", "-"): value for name, value in changes.items()}
        present = {name: value for name, value in headers.items() if value is not None}
        return self.client.post("/mcp", json=message, headers=present)


def claims(**changes: Any) -> dict[str, Any]:
    """The claims of a good token; None leaves a claim out."""
    now = int(time.time())
    good = {
        "iss": ISSUER,
        "aud": RESOURCE,
        "sub": "user-1",
        "client_id": "client-1",
        "iat": now,
        "exp": now + 300,
        "jti": uuid.uuid4().hex,
        "scope": "mcp:echo mcp:add",
    }
    return {name: value for name, value in (good | changes).items() if value is not None}


def mint(key: Any = SIGNING_KEY, header: Mapping[str, Any] | None = None, **changes: Any) -> str:
    """A token that is good except for the changes."""
    full = {"alg": "ES256", "typ": "at+jwt", "kid": "k1"} | dict(header or {})
    full = {name: value for name, value in full.items() if value is not None}
    return jwt.encode(full, claims(**changes), key, algorithms=[full["alg"]])


def unsigned(header: Mapping[str, Any], signature: str = "") -> str:
    """A token with any header at all."""
    parts = (json.dumps(part).encode() for part in (header, claims()))
    return ".".join([*(base64.urlsafe_b64encode(part).rstrip(b"=").decode() for part in parts), signature])


def proof(token: str, *, key: Any = DPOP_KEY, header: Mapping[str, Any] | None = None, **changes: Any) -> str:
    """A DPoP proof for a call of /mcp that is good except for the changes."""
    good = {
        "jti": uuid.uuid4().hex,
        "htm": "POST",
        "htu": RESOURCE,
        "iat": int(time.time()),
        "ath": base64.urlsafe_b64encode(hashlib.sha256(token.encode()).digest()).rstrip(b"=").decode(),
    }
    full = {"alg": "ES256", "typ": "dpop+jwt", "jwk": key.as_dict(private=False)} | dict(header or {})
    full = {name: value for name, value in full.items() if value is not None}
    return jwt.encode(full, {n: v for n, v in (good | changes).items() if v is not None}, key, algorithms=["ES256"])


def bound(**changes: Any) -> str:
    return mint(cnf={"jkt": DPOP_KEY.thumbprint()}, **changes)


@pytest.fixture(scope="module")
def server() -> Iterator[Server]:
    with Server() as running:
        yield running


@pytest.fixture(scope="module")
def dpop_server() -> Iterator[Server]:
    with Server(dpop=DpopMode.SUPPORTED) as running:
        yield running


# --- the metadata and the challenge -----------------------------------------------------------------------------


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


# --- where the token is -----------------------------------------------------------------------------------------


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


# --- the token --------------------------------------------------------------------------------------------------

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


# --- keys -------------------------------------------------------------------------------------------------------


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


# --- introspection ----------------------------------------------------------------------------------------------

INTROSPECTION = IntrospectionEndpoint(f"{ISSUER}/introspect", "rs", "secret")


@pytest.mark.parametrize(
    ("response", "status"),
    [
        ({"active": True, **claims()}, 200),
        ({"active": True, "aud": RESOURCE, "scope": "mcp:echo"}, 200),
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


# --- scopes -----------------------------------------------------------------------------------------------------


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


# --- DPoP -------------------------------------------------------------------------------------------------------


def dpop_call(running: Server, token: str, proof_value: str | None, scheme: str = "DPoP") -> Any:
    return running.call(None, authorization=f"{scheme} {token}", dpop=proof_value)


def test_a_bound_token_with_its_proof_is_served_once(dpop_server: Server) -> None:
    token = bound()
    proof_value = proof(token)
    assert dpop_call(dpop_server, token, proof_value).status_code == 200
    assert dpop_call(dpop_server, token, proof_value).status_code == 401


def test_proof_targets_are_compared_normalised_and_times_within_five_minutes(dpop_server: Server) -> None:
    token = bound()
    for htu in ("HTTPS://RS.example:443/mcp", RESOURCE + "?a=b#c", "https://rs.example/%6dcp"):
        assert dpop_call(dpop_server, token, proof(token, htu=htu)).status_code == 200
    for seconds in (-240, 240):
        assert dpop_call(dpop_server, token, proof(token, iat=int(time.time()) + seconds)).status_code == 200


BAD_PROOFS: dict[str, dict[str, Any]] = {
    "htm": {"htm": "GET"},
    "htm case": {"htm": "post"},
    "htu path": {"htu": RESOURCE + "/"},
    "htu host": {"htu": "https://other.example/mcp"},
    "htu scheme": {"htu": "http://rs.example/mcp"},
    "htu port": {"htu": "https://rs.example:x/mcp"},
    "htu userinfo": {"htu": "https://a@rs.example/mcp"},
    "htu missing": {"htu": None},
    "htm missing": {"htm": None},
    "iat missing": {"iat": None},
    "iat text": {"iat": "now"},
    "iat old": {"iat": NOW - 3600},
    "iat ahead": {"iat": NOW + 3600},
    "ath missing": {"ath": None},
    "ath wrong": {"ath": "x"},
    "jti missing": {"jti": None},
    "jti number": {"jti": 7},
    "typ": {"header": {"typ": "JWT"}},
    "private jwk": {"header": {"jwk": DPOP_KEY.as_dict(private=True)}},
    "jwk of another": {"header": {"jwk": FOREIGN_KEY.as_dict(private=False)}},
    "no jwk": {"header": {"jwk": None}},
    "broken jwk": {"header": {"jwk": {"kty": "EC", "crv": "P-256", "x": "AA", "y": "AA"}}},
}


@pytest.mark.parametrize("name", BAD_PROOFS)
def test_a_bad_proof_is_an_invalid_dpop_proof(dpop_server: Server, name: str) -> None:
    token = bound()
    answer = dpop_call(dpop_server, token, proof(token, **BAD_PROOFS[name]))
    assert answer.status_code == 401
    bearer, dpop = answer.headers.get_list("www-authenticate")
    assert 'error="invalid_dpop_proof"' in dpop
    assert 'algs="ES256 RS256"' in dpop
    assert "error=" not in bearer


def test_missing_doubled_unsigned_and_foreign_proofs_are_refused(dpop_server: Server) -> None:
    token = bound()
    other = ECKey.generate_key("P-256")
    none = unsigned({"alg": "none", "typ": "dpop+jwt", "jwk": DPOP_KEY.as_dict(private=False)})
    for value in (None, f"{proof(token)}, {proof(token)}", none, "x.y", proof(token, key=other)):
        assert dpop_call(dpop_server, token, value).status_code == 401
    headers = [("authorization", f"DPoP {token}"), ("dpop", proof(token)), ("dpop", proof(token))]
    assert dpop_server.client.post("/mcp", headers=headers).status_code == 401


def test_a_bound_token_is_refused_under_bearer_and_an_unbound_one_under_dpop(dpop_server: Server) -> None:
    token = bound()
    downgraded = dpop_call(dpop_server, token, proof(token), scheme="Bearer")
    bearer, dpop = downgraded.headers.get_list("www-authenticate")
    assert (downgraded.status_code, 'error="invalid_token"' in bearer, "error=" in dpop) == (401, True, False)
    unbound = mint()
    assert dpop_call(dpop_server, unbound, proof(unbound)).status_code == 401
    assert dpop_server.call(unbound).status_code == 200


def test_required_mode_refuses_bearer_with_a_dpop_challenge_and_keeps_checking_the_audience() -> None:
    with Server(dpop=DpopMode.REQUIRED) as running:
        assert running.call(None).headers["www-authenticate"].startswith("DPoP ")
        answer = running.call(mint())
        assert answer.status_code == 401
        assert answer.headers["www-authenticate"].startswith('DPoP error="invalid_token"')
        elsewhere = bound(aud="https://other.example")
        assert dpop_call(running, elsewhere, proof(elsewhere)).status_code == 401


def test_a_nonce_is_asked_for_handed_out_and_checked() -> None:
    with Server(dpop=DpopMode.SUPPORTED, dpop_nonce=True) as running:
        token = bound()
        asked = dpop_call(running, token, proof(token))
        assert asked.status_code == 401
        assert 'error="use_dpop_nonce"' in asked.headers.get_list("www-authenticate")[1]
        nonce = asked.headers["dpop-nonce"]
        assert dpop_call(running, token, proof(token, nonce="stale")).status_code == 401
        served = dpop_call(running, token, proof(token, nonce=nonce))
        assert (served.status_code, served.headers["dpop-nonce"]) == (200, nonce)


# --- the transport ----------------------------------------------------------------------------------------------


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


# --- sessions ---------------------------------------------------------------------------------------------------


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


# --- the plain twin ---------------------------------------------------------------------------------------------


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


# --- rules are overridable --------------------------------------------------------------------------------------


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
