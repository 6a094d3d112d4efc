"""DPoP as a client meets it: at the token endpoint, in tokens, in introspection."""

import time
from dataclasses import replace
from typing import Any

import pytest
from dpop_proof import KEY, proof
from joserfc import jwt
from joserfc.jwk import ECKey, KeySet
from server_in_process import MACHINE, PUBLIC, RESOURCE, SECRET, configuration, http_client
from starlette.testclient import TestClient

from reference_impl.authorization_server.config import DpopOptions, hash_secret
from reference_impl.authorization_server.store import Store
from reference_impl.authorization_server.store.codes import AuthorizationCode

JKT = KEY.thumbprint()
# The example of RFC 7636, appendix B.
VERIFIER = "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk"
CHALLENGE = "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM"


def machine_token(http: TestClient, *proofs: str) -> Any:
    form = {"grant_type": "client_credentials", "scope": "mcp:echo", "resource": RESOURCE}
    headers = [("DPoP", text) for text in proofs]
    return http.post("/oauth/token", data=form, auth=("machine", SECRET), headers=headers)


def claims_of(http: TestClient, token: str) -> dict[str, Any]:
    keys = KeySet.import_key_set(http.get("/.well-known/jwks.json").json())
    return jwt.decode(token, keys, algorithms=["ES256"]).claims


def refusal(answer: Any) -> tuple[int, str]:
    assert answer.headers["cache-control"] == "no-store"
    return answer.status_code, answer.json()["error"]


def test_a_proof_makes_a_bound_token_of_type_dpop() -> None:
    http = http_client()
    answer = machine_token(http, proof()).json()
    assert answer["token_type"] == "DPoP"
    assert claims_of(http, answer["access_token"])["cnf"] == {"jkt": JKT}
    introspected = http.post(
        "/oauth/introspect", data={"token": answer["access_token"]}, auth=("machine", SECRET)
    ).json()  # fmt: skip
    assert (introspected["token_type"], introspected["cnf"]) == ("DPoP", {"jkt": JKT})


def test_without_a_proof_the_token_is_a_bearer_token() -> None:
    http = http_client()
    answer = machine_token(http).json()
    assert answer["token_type"] == "Bearer"
    assert "cnf" not in claims_of(http, answer["access_token"])


def test_a_bad_proof_earns_no_token() -> None:
    http, used = http_client(), proof()
    assert machine_token(http, used).status_code == 200
    for bad in ((used,), (proof(), proof()), (proof(htm="GET"),), ("garbage",)):
        answer = machine_token(http, *bad)
        assert refusal(answer) == (400, "invalid_dpop_proof")
        assert "access_token" not in answer.json()


def test_the_metadata_names_the_algorithms() -> None:
    metadata = http_client().get("/.well-known/oauth-authorization-server").json()
    assert "ES256" in metadata["dpop_signing_alg_values_supported"]
    assert not [alg for alg in metadata["dpop_signing_alg_values_supported"] if alg == "none" or alg.startswith("HS")]


def test_a_nonce_is_demanded_once_and_then_used() -> None:
    http = http_client(configuration(dpop=DpopOptions(require_nonce=True)))
    demand = machine_token(http, proof())
    assert refusal(demand) == (400, "use_dpop_nonce")
    (nonce,) = demand.headers.get_list("dpop-nonce")
    assert machine_token(http, proof(nonce=nonce)).json()["token_type"] == "DPoP"
    assert machine_token(http).json()["token_type"] == "Bearer"


def test_a_client_of_bound_tokens_gets_none_without_a_proof() -> None:
    http = http_client(configuration(clients=(replace(MACHINE, dpop_bound_access_tokens=True),)))
    assert refusal(machine_token(http)) == (400, "invalid_dpop_proof")
    assert machine_token(http, proof()).json()["token_type"] == "DPoP"


class PublicClient:
    """A public client with a code in its hands, bound to `dpop_jkt` if there is one."""

    def __init__(self, dpop_jkt: str | None) -> None:
        self.store = Store()
        self.http = http_client(configuration(clients=(PUBLIC,)), self.store)
        now = int(time.time())
        code = AuthorizationCode(
            hash_secret("code"), "grant", "public", "http://127.0.0.1/cb", True, CHALLENGE, "S256", ("mcp:echo",),
            (RESOURCE,), "user:alice", now, dpop_jkt, now, now + 60,
        )  # fmt: skip
        self.store.codes.add(code)

    def redeem(self, text: str | None) -> Any:
        form = {"grant_type": "authorization_code", "code": "code", "redirect_uri": "http://127.0.0.1/cb"}
        return self.post({**form, "code_verifier": VERIFIER}, text)

    def refresh(self, token: str, text: str | None) -> Any:
        return self.post({"grant_type": "refresh_token", "refresh_token": token}, text)

    def post(self, form: dict[str, str], text: str | None) -> Any:
        headers = {"DPoP": text} if text else {}
        return self.http.post("/oauth/token", data={"client_id": "public", **form}, headers=headers)


@pytest.mark.parametrize("with_proof", [True, False])
def test_a_code_bound_by_dpop_jkt_needs_a_proof_of_that_key(with_proof: bool) -> None:
    client = PublicClient(JKT)
    other = ECKey.generate_key("P-256")
    assert refusal(client.redeem(proof(other) if with_proof else None)) == (400, "invalid_grant")


def test_the_refresh_token_of_a_public_client_is_bound_to_its_key() -> None:
    client = PublicClient(JKT)
    first = client.redeem(proof()).json()
    assert first["token_type"] == "DPoP"
    for text in (None, proof(ECKey.generate_key("P-256"))):
        assert refusal(client.refresh(first["refresh_token"], text)) == (400, "invalid_grant")
    second = client.refresh(first["refresh_token"], proof()).json()
    assert second["token_type"] == "DPoP"
    assert refusal(client.refresh(second["refresh_token"], None)) == (400, "invalid_grant")


def test_an_unbound_code_gives_unbound_tokens() -> None:
    client = PublicClient(None)
    first = client.redeem(None).json()
    assert first["token_type"] == "Bearer"
    assert client.refresh(first["refresh_token"], None).json()["token_type"] == "Bearer"


def test_a_client_that_registered_itself_gets_no_token_of_its_own() -> None:
    http = http_client()
    grants = ["authorization_code", "client_credentials"]
    metadata = {"redirect_uris": ["https://app.test/cb"], "grant_types": grants}
    client = http.post("/oauth/register", json=metadata).json()
    auth = (client["client_id"], client["client_secret"])
    for scope in ({}, {"scope": "mcp:echo"}):
        answer = http.post("/oauth/token", data={"grant_type": "client_credentials", **scope}, auth=auth)
        assert refusal(answer) == (400, "invalid_scope")
