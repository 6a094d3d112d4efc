"""Each step of judging a DPoP proof, and what a proven key is bound to."""

import time
from dataclasses import replace
from typing import Any

import pytest
from dpop_proof import KEY, TOKEN_ENDPOINT, proof, signed
from joserfc.jwk import ECKey, OctKey, OKPKey, RSAKey
from server_in_process import MACHINE, PUBLIC, configuration, rules_of

from reference_impl.authorization_server.config import DpopOptions
from reference_impl.authorization_server.errors import OAuthError
from reference_impl.authorization_server.rules import Rules
from reference_impl.authorization_server.store.codes import AuthorizationCode
from reference_impl.authorization_server.store.tokens import RefreshToken

PUBLIC_JWK = KEY.as_dict(private=False)


@pytest.fixture
def rules() -> Any:
    return rules_of()


def key_of(rules: Rules, *headers: Any, method: Any = "POST", uri: Any = TOKEN_ENDPOINT) -> Any:
    return rules.dpop_key_of_request(headers, method, uri)


def refused(rules: Rules, *headers: Any, **request: Any) -> Any:
    with pytest.raises(OAuthError) as caught:
        key_of(rules, *headers, **request)
    assert caught.value.status == 400
    return caught.value


@pytest.mark.parametrize(
    ("key", "alg"),
    [
        (KEY, "ES256"),
        (RSAKey.generate_key(2048), "RS256"),
        (RSAKey.generate_key(2048), "PS256"),
        (OKPKey.generate_key("Ed25519"), "EdDSA"),
    ],
    ids=["ES256", "RS256", "PS256", "EdDSA"],
)
def test_a_good_proof_gives_the_thumbprint_of_its_key(rules: Rules, key: Any, alg: Any) -> None:
    assert key_of(rules, proof(key, alg=alg)) == key.thumbprint()


def test_no_header_is_no_proof_and_a_switched_off_feature_ignores_them() -> None:
    assert key_of(rules_of()) is None
    assert key_of(rules_of(configuration(dpop=DpopOptions(enabled=False))), "garbage") is None


def test_more_than_one_header_is_refused(rules: Rules) -> None:
    assert refused(rules, proof(), proof()).error == "invalid_dpop_proof"
    assert refused(rules, f"{proof()}, {proof()}").error == "invalid_dpop_proof"


@pytest.mark.parametrize("text", ["", "x", "a.b.c", "e30.e30.", "ä.b.c", "." * 9000, "e30.W10.e30"])
def test_what_is_no_jwt_is_refused(rules: Rules, text: Any) -> None:
    assert refused(rules, text).error == "invalid_dpop_proof"


@pytest.mark.parametrize("typ", ["JWT", "at+jwt", "", None, "DPOP+JWT"])
def test_another_typ_is_refused(rules: Rules, typ: Any) -> None:
    assert refused(rules, proof(header={"typ": typ})).error == "invalid_dpop_proof"


def test_symmetric_and_absent_algorithms_are_refused(rules: Rules) -> None:
    mac_key = OctKey.generate_key(256)
    header = {"typ": "dpop+jwt", "alg": "HS256", "jwk": mac_key.as_dict(private=True)}
    assert refused(rules, signed(header, {}, mac_key, "HS256")).error == "invalid_dpop_proof"
    head, claims, _ = proof(alg="none").split(".")
    assert refused(rules, f"{head}.{claims}.").error == "invalid_dpop_proof"


def test_an_algorithm_outside_the_configuration_is_refused() -> None:
    rules = rules_of(configuration(dpop=DpopOptions(algorithms=("RS256",))))
    assert refused(rules, proof()).error == "invalid_dpop_proof"


@pytest.mark.parametrize(
    "jwk",
    [None, "key", {}, KEY.as_dict(private=True), {"kty": "oct", "k": "c2VjcmV0"}, {**PUBLIC_JWK, "x": "AA"}],
    ids=["none", "text", "empty", "private", "symmetric", "off-curve"],
)
def test_a_jwk_that_is_no_public_key_is_refused(rules: Rules, jwk: Any) -> None:
    assert refused(rules, proof(header={"jwk": jwk})).error == "invalid_dpop_proof"


def test_a_signature_by_another_key_is_refused(rules: Rules) -> None:
    other = ECKey.generate_key("P-256")
    assert refused(rules, proof(header={"jwk": other.as_dict(private=False)})).error == "invalid_dpop_proof"


def test_an_altered_payload_is_refused(rules: Rules) -> None:
    head, _, signature = proof().split(".")
    _, claims, _ = proof(htu="https://evil.test/").split(".")
    assert refused(rules, f"{head}.{claims}.{signature}").error == "invalid_dpop_proof"


def test_a_critical_extension_that_is_not_understood_is_refused(rules: Rules) -> None:
    assert key_of(rules, proof(header={"note": "not critical"})) == KEY.thumbprint()
    assert refused(rules, proof(header={"note": 1, "crit": ["note"]})).error == "invalid_dpop_proof"


@pytest.mark.parametrize("name", ["jti", "htm", "htu", "iat"])
def test_each_claim_is_needed_with_its_type(rules: Rules, name: Any) -> None:
    assert refused(rules, proof(without=[name])).error == "invalid_dpop_proof"
    for value in (None, [], {}, True, "" if name != "iat" else "1"):
        assert refused(rules, proof(**{name: value})).error == "invalid_dpop_proof"


@pytest.mark.parametrize("htm", ["GET", "post", "POST "])
def test_another_method_is_refused(rules: Rules, htm: Any) -> None:
    assert refused(rules, proof(htm=htm)).error == "invalid_dpop_proof"


@pytest.mark.parametrize(
    "htu",
    [
        "https://as.test/oauth/tokens", "https://as.test/oauth/token/", "https://as.test/OAuth/token",
        "http://as.test/oauth/token", "https://as.test:444/oauth/token", "https://evil.test/oauth/token",
        "https://as.test.evil.test/oauth/token", "/oauth/token", "https://as.test:x/oauth/token", "token",
        "https://as.test/oauth%2Ftoken", "https://[", "https://as.test/",
    ],
)  # fmt: skip
def test_another_uri_is_refused(rules: Rules, htu: Any) -> None:
    assert refused(rules, proof(htu=htu)).error == "invalid_dpop_proof"


@pytest.mark.parametrize(
    "htu",
    [
        TOKEN_ENDPOINT + "?x=1", TOKEN_ENDPOINT + "#part", "HTTPS://AS.test/oauth/token",
        "https://as.test:443/oauth/token", "https://as.test/oauth/%74oken", "https://as.test/a/../oauth/./token",
    ],
)  # fmt: skip
def test_query_fragment_and_equivalent_spellings_of_the_uri_are_accepted(rules: Rules, htu: Any) -> None:
    assert key_of(rules, proof(htu=htu)) == KEY.thumbprint()


@pytest.mark.parametrize("offset", [-3600, -62, 62, 3600, float("nan"), float("inf"), 10**400])
def test_a_proof_outside_the_window_is_refused(rules: Rules, offset: Any) -> None:
    iat = offset if offset != offset or abs(offset) > 10**9 else int(time.time()) + offset
    assert refused(rules, proof(iat=iat)).error == "invalid_dpop_proof"


@pytest.mark.parametrize("offset", [-58, 0, 0.5, 58])
def test_a_proof_inside_the_window_is_accepted(rules: Rules, offset: Any) -> None:
    assert key_of(rules, proof(iat=int(time.time()) + offset)) == KEY.thumbprint()


def test_a_proof_counts_once_and_the_jti_of_one_key_does_not_block_another(rules: Rules) -> None:
    used = proof(jti="one")
    assert key_of(rules, used) == KEY.thumbprint()
    assert refused(rules, used).error == "invalid_dpop_proof"
    assert refused(rules, proof(jti="one")).error == "invalid_dpop_proof"
    assert key_of(rules, proof(ECKey.generate_key("P-256"), jti="one"))


def test_a_refused_proof_does_not_use_up_its_jti(rules: Rules) -> None:
    assert refused(rules, proof(jti="two", htm="GET")).error == "invalid_dpop_proof"
    assert key_of(rules, proof(jti="two")) == KEY.thumbprint()


# Nonces


@pytest.fixture
def nonce_rules() -> Any:
    return rules_of(configuration(dpop=DpopOptions(require_nonce=True)))


def test_a_missing_or_wrong_nonce_is_answered_with_a_fresh_one(nonce_rules: Rules) -> None:
    for claims in ({}, {"nonce": "made-up"}, {"nonce": 7}):
        refusal = refused(nonce_rules, proof(**claims))
        assert refusal.error == "use_dpop_nonce"
        nonce = refusal.headers["DPoP-Nonce"]
        assert len(nonce) >= 32
        assert key_of(nonce_rules, proof(nonce=nonce)) == KEY.thumbprint()


def test_an_old_nonce_is_refused(nonce_rules: Rules) -> None:
    now = int(time.time())
    nonce = nonce_rules.store.dpop_nonces.current(now - 61, 60)
    refusal = refused(nonce_rules, proof(nonce=nonce))
    assert refusal.error == "use_dpop_nonce"
    assert refusal.headers["DPoP-Nonce"] != nonce


# Binding

CODE = AuthorizationCode(
    "hash", "grant", "public", "http://127.0.0.1/cb", True, None, None, (), (), "user:a", 1, "thumbprint", 1, 2
)  # fmt: skip
REFRESH = RefreshToken("hash", "grant", "public", "user:a", (), (), 1, "thumbprint", 1, 2)


def test_a_bound_code_and_a_bound_refresh_token_need_their_key(rules: Rules) -> None:
    for check, bound in (
        (rules.check_dpop_key_of_code, replace(CODE)),
        (rules.check_dpop_key_of_refresh_token, replace(REFRESH)),
    ):
        check(bound, "thumbprint")
        for jkt in (None, "another"):
            with pytest.raises(OAuthError, match="invalid_grant"):
                check(bound, jkt)
    rules.check_dpop_key_of_code(replace(CODE, dpop_jkt=None), "any")
    rules.check_dpop_key_of_refresh_token(replace(REFRESH, jkt=None), None)


def test_only_refresh_tokens_of_public_clients_are_bound(rules: Rules) -> None:
    assert rules.jkt_of_refresh_token(PUBLIC, "thumbprint") == "thumbprint"
    assert rules.jkt_of_refresh_token(MACHINE, "thumbprint") is None


def test_a_client_of_bound_tokens_must_send_a_proof(rules: Rules) -> None:
    bound = replace(PUBLIC, dpop_bound_access_tokens=True)
    with pytest.raises(OAuthError, match="invalid_dpop_proof"):
        rules.check_dpop_proof_sent_if_required(bound, None)
    rules.check_dpop_proof_sent_if_required(bound, "thumbprint")
    rules.check_dpop_proof_sent_if_required(PUBLIC, None)


def test_a_bound_token_says_so(rules: Rules) -> None:
    assert (rules.token_type_of("thumbprint"), rules.token_type_of(None)) == ("DPoP", "Bearer")
    assert rules.confirmation_of("thumbprint") == {"cnf": {"jkt": "thumbprint"}}
    assert rules.confirmation_of(None) == {}


@pytest.mark.parametrize("dpop_jkt", ["", "short", "x" * 44, "ü" * 43, "=" * 43])
def test_a_dpop_jkt_that_is_no_thumbprint_is_refused(rules: Rules, dpop_jkt: Any) -> None:
    with pytest.raises(OAuthError, match="invalid_request"):
        rules.check_dpop_jkt_parameter(dpop_jkt)
    rules.check_dpop_jkt_parameter(KEY.thumbprint())
    rules.check_dpop_jkt_parameter(None)
