"""Registration: what is refused, what is completed, what is told."""

from typing import Any

import pytest
from joserfc.jwk import ECKey
from registration_calls import LOOPBACK, WEB, refusal, register, registered, with_registration
from server_in_process import http_client
from starlette.testclient import TestClient

from reference_impl.authorization_server.config import hash_secret


@pytest.fixture
def http() -> Any:
    return http_client()


def test_a_minimal_registration_is_completed_with_the_defaults_of_the_rfc(http: TestClient) -> None:
    answer = register(http)
    information = answer.json()
    assert answer.status_code == 201
    assert answer.headers["cache-control"] == "no-store"
    assert information["redirect_uris"] == [LOOPBACK]
    assert information["grant_types"] == ["authorization_code"]
    assert information["response_types"] == ["code"]
    assert information["token_endpoint_auth_method"] == "client_secret_basic"
    assert information["client_secret_expires_at"] == 0
    assert len(information["client_secret"]) >= 43
    assert information["application_type"] == "native"


def test_two_registrations_share_neither_identifier_nor_secret(http: TestClient) -> None:
    first, second = registered(http), registered(http)
    for member in ("client_id", "client_secret", "registration_access_token"):
        assert first[member] != second[member]
    assert not first["client_id"].startswith("https://")


def test_a_public_client_gets_no_secret_and_no_expiry(http: TestClient) -> None:
    information = registered(http, token_endpoint_auth_method="none")
    assert not {"client_secret", "client_secret_expires_at"} & information.keys()


def test_the_end_of_a_secret_is_told() -> None:
    information = registered(with_registration(secret_lifetime=60))
    assert information["client_secret_expires_at"] == information["client_id_issued_at"] + 60


def test_unknown_members_are_ignored_and_a_sent_scope_is_replaced(http: TestClient) -> None:
    information = registered(http, favourite_colour="blue", scope="made:up", client_name="App")
    assert "favourite_colour" not in information
    assert information["scope"] == "mcp:echo mcp:add other:read"
    assert information["client_name"] == "App"


def test_a_client_without_a_user_registers_without_any_scope(http: TestClient) -> None:
    machine = {"redirect_uris": [], "grant_types": ["client_credentials"]}
    information = registered(http, **machine)
    assert "scope" not in information
    assert "response_types" not in information
    assert refusal(register(http, **machine, token_endpoint_auth_method="none")) == (400, "invalid_client_metadata")


@pytest.mark.parametrize(
    "redirect_uri",
    [
        "javascript:alert(1)", "JavaScript:alert(1)", "data:text/html,x", "file:///etc/passwd", "vbscript:x",
        "http://app.test/cb", "http://localhost.app.test/cb", "http://127.0.0.1.app.test/cb",
        "https://app.test/cb#part", "https://app.test/cb#", "https://user@app.test/cb", "https://*.app.test/cb",
        "https:///cb", "https:/cb", "//app.test/cb", "/cb", "", "app", "myapp:/cb", "com.example.app:/cb",
        "https://app.test/\ncb", "https://app.test\\@evil.test/cb", "https://app.test:99999/cb", "https://ä.test/cb",
        " https://app.test/cb", "https://app.test/%zz", "https://" + "a" * 2100 + ".test/cb",
    ],
)  # fmt: skip
def test_a_redirect_uri_that_could_leak_a_code_is_refused(http: TestClient, redirect_uri: Any) -> None:
    assert refusal(register(http, redirect_uris=[WEB, redirect_uri])) == (400, "invalid_redirect_uri")


@pytest.mark.parametrize(
    "redirect_uri", [WEB, "https://app.test:8443/cb?x=1", LOOPBACK, "http://localhost/cb", "http://[::1]:9/cb"]
)
def test_an_honest_redirect_uri_is_registered_as_it_is(http: TestClient, redirect_uri: Any) -> None:
    assert registered(http, redirect_uris=[redirect_uri])["redirect_uris"] == [redirect_uri]


def test_private_use_schemes_are_a_decision_of_the_operator() -> None:
    http = with_registration(allow_private_use_schemes=True)
    assert registered(http, redirect_uris=["com.example.app:/cb"])["application_type"] == "native"
    assert refusal(register(http, redirect_uris=["myapp:/cb"])) == (400, "invalid_redirect_uri")
    assert refusal(register(http, redirect_uris=["javascript:x.y"])) == (400, "invalid_redirect_uri")


@pytest.mark.parametrize(
    "missing", [{"redirect_uris": []}, {"redirect_uris": None}, {"redirect_uris": "https://a.test/"}]
)
def test_redirect_uris_must_be_there(http: TestClient, missing: Any) -> None:
    assert refusal(register(http, **missing)) == (400, "invalid_redirect_uri")


PUBLIC_JWK = ECKey.generate_key("P-256").as_dict(private=False)
PRIVATE_JWK = ECKey.generate_key("P-256").as_dict(private=True)


@pytest.mark.parametrize(
    "metadata",
    [
        {"grant_types": ["implicit"], "response_types": ["token"]},
        {"grant_types": ["authorization_code", "password"]},
        {"grant_types": ["refresh_token"]},
        {"response_types": ["token"]},
        {"response_types": ["code", "token"]},
        {"response_types": []},
        {"grant_types": ["client_credentials"], "response_types": ["code"]},
        {"grant_types": "authorization_code"},
        {"token_endpoint_auth_method": "client_secret_jwt"},
        {"token_endpoint_auth_method": "private_key_jwt"},
        {"token_endpoint_auth_method": "private_key_jwt", "jwks": {"keys": []}},
        {"token_endpoint_auth_method": "private_key_jwt", "jwks": {"keys": [1]}},
        {"token_endpoint_auth_method": "private_key_jwt", "jwks": {"keys": [PRIVATE_JWK]}},
        {"token_endpoint_auth_method": "private_key_jwt", "jwks": {"keys": [{"kty": "oct", "k": "c2VjcmV0"}]}},
        {"token_endpoint_auth_method": "private_key_jwt", "jwks_uri": "http://app.test/jwks"},
        {"jwks": {"keys": [PUBLIC_JWK]}, "jwks_uri": "https://app.test/jwks"},
        {"token_endpoint_auth_signing_alg": "HS256"},
        {"application_type": "desktop"},
        {"logo_uri": "javascript:alert(1)"},
        {"client_uri": "data:text/html,x"},
        {"client_name": 7},
        {"client_name": "Bank\u202eknaB"},
        {"client_name": "x" * 2049},
        {"contacts": ["a@app.test"] * 21},
        {"contacts": [1]},
        {"dpop_bound_access_tokens": "yes"},
    ],
)
def test_metadata_that_cannot_work_is_refused(http: TestClient, metadata: Any) -> None:
    assert refusal(register(http, **metadata)) == (400, "invalid_client_metadata")


def test_application_type_and_redirect_uris_must_agree(http: TestClient) -> None:
    assert refusal(register(http, application_type="web")) == (400, "invalid_redirect_uri")
    assert refusal(register(http, application_type="web", redirect_uris=["https://localhost/cb"]))[0] == 400
    assert registered(http, application_type="web", redirect_uris=[WEB])["application_type"] == "web"
    assert registered(http, application_type="native", redirect_uris=[WEB])["application_type"] == "native"


def test_a_link_to_another_host_is_not_registered(http: TestClient) -> None:
    links = {
        "client_uri": "https://app.test/about",
        "logo_uri": "https://evil.test/logo",
        "tos_uri": "http://app.test/",
    }
    information = registered(http, redirect_uris=[WEB], **links)
    assert information["client_uri"] == "https://app.test/about"
    assert not {"logo_uri", "tos_uri"} & information.keys()


def test_all_accepted_metadata_comes_back(http: TestClient) -> None:
    sent = {
        "redirect_uris": [WEB],
        "grant_types": ["authorization_code", "refresh_token"],
        "token_endpoint_auth_method": "private_key_jwt",
        "token_endpoint_auth_signing_alg": "ES256",
        "jwks": {"keys": [PUBLIC_JWK]},
        "contacts": ["admin@app.test"],
        "software_id": "app",
        "software_version": "1",
        "dpop_bound_access_tokens": True,
    }
    information = registered(http, **sent)
    assert {name: information[name] for name in sent} == sent


@pytest.mark.parametrize(
    ("body", "media_type"),
    [
        (b"{", "application/json"),
        (b"[]", "application/json"),
        (b"\xff", "application/json"),
        (b'{"client_name": "\\ud800"}', "application/json"),
        (b'{"x": NaN}', "application/json"),
        (b"[" * 60_000, "application/json"),
        (b'{"redirect_uris": ["https://app.test/cb"]}', "text/plain"),
        (b"redirect_uris=https%3A%2F%2Fapp.test%2Fcb", "application/x-www-form-urlencoded"),
    ],
)
def test_a_body_that_is_no_json_object_is_refused(http: TestClient, body: Any, media_type: Any) -> None:
    answer = http.post("/oauth/register", content=body, headers={"Content-Type": media_type})
    assert refusal(answer) == (400, "invalid_client_metadata")


def test_a_body_beyond_the_limit_is_refused(http: TestClient) -> None:
    answer = http.post("/oauth/register", content=b" " * 70_000, headers={"Content-Type": "application/json"})
    assert answer.status_code == 413


def test_the_operator_can_close_registration_or_approve_redirect_uris() -> None:
    assert refusal(register(with_registration(mode="admin_only"))) == (403, "access_denied")
    http = with_registration(mode="approved_redirects", approved_redirect_uris=(WEB,))
    assert refusal(register(http)) == (400, "invalid_redirect_uri")
    assert registered(http, redirect_uris=[WEB])["redirect_uris"] == [WEB]


def test_an_initial_access_token_is_demanded_if_configured() -> None:
    http = with_registration(initial_access_token_hash=hash_secret("initial"))
    assert refusal(register(http)) == (401, "invalid_token")
    answer = http.post("/oauth/register", json={"redirect_uris": [WEB]}, headers={"Authorization": "Bearer initial"})
    assert answer.status_code == 201
