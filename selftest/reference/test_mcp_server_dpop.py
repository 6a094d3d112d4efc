"""The bundled MCP server: sender-constrained tokens and their proofs."""

import time
from collections.abc import Iterator
from typing import Any

import pytest
from joserfc.jwk import ECKey
from mcp_server_in_process import DPOP_KEY, FOREIGN_KEY, RESOURCE, Server, bound, mint, proof, unsigned

from reference_impl.mcp_server.config import DpopMode


@pytest.fixture(scope="module")
def dpop_server() -> Iterator[Server]:
    with Server(dpop=DpopMode.SUPPORTED) as running:
        yield running


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


NOW = int(time.time())
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
