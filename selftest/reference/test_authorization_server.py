"""The reference's authorization endpoint, its pages and its documents."""

from typing import Any

import pytest
from code_flow import CODE_CLIENT, LOOPBACK, WEB, Browser, code_flow_configuration
from server_in_process import ISSUER, RESOURCE

METADATA = "/.well-known/oauth-authorization-server"
OPENID = "/.well-known/openid-configuration"


@pytest.fixture
def browser() -> Browser:
    return Browser()


# Documents


def test_metadata_says_who_the_server_is_and_what_it_enforces(browser: Browser) -> None:
    document = browser.http.get(METADATA).json()
    assert document["issuer"] == ISSUER
    assert document["code_challenge_methods_supported"] == ["S256"]
    assert document["authorization_response_iss_parameter_supported"] is True
    endpoints = [url for name, url in document.items() if name.endswith(("_endpoint", "_uri"))]
    assert len(endpoints) == 7
    assert all(browser.http.get(url).status_code != 404 for url in endpoints)


def test_both_documents_agree_on_what_they_share(browser: Browser) -> None:
    document, openid = browser.http.get(METADATA).json(), browser.http.get(OPENID).json()
    assert {name: openid[name] for name in document} == document
    assert openid["subject_types_supported"] == ["public"]


def test_an_issuer_with_a_path_has_its_documents_where_the_two_rules_put_them() -> None:
    http = Browser(code_flow_configuration(issuer=ISSUER + "/t1")).http
    found = {path: http.get(path).status_code for path in (METADATA, METADATA + "/t1", OPENID + "/t1", "/t1" + OPENID)}
    assert found == {METADATA: 404, METADATA + "/t1": 200, OPENID + "/t1": 200, "/t1" + OPENID: 200}
    assert http.get(METADATA + "/t1").json()["token_endpoint"] == ISSUER + "/t1/oauth/token"
    assert http.get("/health").status_code == http.get("/ready").status_code == 200


def test_the_published_keys_are_public(browser: Browser) -> None:
    (key,) = browser.http.get("/.well-known/jwks.json").json()["keys"]
    assert (key["kty"], key["crv"], key["use"], key["alg"]) == ("EC", "P-256", "sig", "ES256")
    assert "d" not in key
    assert key["kid"]


def test_clients_get_cross_origin_access_and_pages_do_not(browser: Browser) -> None:
    assert browser.http.get(METADATA).headers["access-control-allow-origin"] == "*"
    assert browser.http.options("/oauth/token").headers["access-control-allow-methods"] == "POST"
    for answer in (browser.authorize(), browser.http.options("/oauth/authorize")):
        assert "access-control-allow-origin" not in answer.headers


# The whole way


def test_login_and_consent_lead_to_a_code_with_state_and_issuer(browser: Browser) -> None:
    to_login = browser.authorize()
    assert to_login.status_code == 302
    to_consent = browser.log_in(to_login)
    assert to_consent.status_code == 303
    page = browser.http.get(to_consent.headers["location"])
    for shown in ("Native &lt;b&gt;app&lt;/b&gt;", "127.0.0.1", "mcp:echo", RESOURCE, "program on this device"):
        assert shown in page.text
    answer = browser.submit(page, decision="approve")
    assert answer.status_code == 303
    parameters = browser.answer_of(answer)
    assert set(parameters) == {"code", "state", "iss"}
    assert (parameters["state"], parameters["iss"]) == ("s t&ä=1", ISSUER)


def test_an_authorization_request_may_be_posted(browser: Browser) -> None:
    answer = browser.http.post("/oauth/authorize", data=browser.request())
    assert answer.status_code == 303
    assert "/login?" in answer.headers["location"]


def test_pages_can_not_be_framed_stored_or_left_with_a_referrer(browser: Browser) -> None:
    login = browser.http.get(browser.authorize().headers["location"])
    consent = browser.http.get(browser.log_in(browser.authorize()).headers["location"])
    error = browser.authorize(client_id="nobody")
    for page in (login, consent, error):
        assert page.headers["x-frame-options"] == "DENY"
        assert "frame-ancestors 'none'" in page.headers["content-security-policy"]
        assert page.headers["cache-control"] == "no-store"
        assert page.headers["referrer-policy"] == "no-referrer"
        assert page.headers["x-content-type-options"] == "nosniff"


def test_the_session_cookie_is_renewed_at_login_and_guarded(browser: Browser) -> None:
    before = browser.authorize()
    after = browser.log_in(before)
    for answer in (before, after):
        cookie = answer.headers["set-cookie"]
        assert cookie.startswith("__Host-as_session=")
        assert {"HttpOnly", "Path=/", "SameSite=lax", "Secure"} == {part.strip() for part in cookie.split(";")[1:]}
    assert before.headers["set-cookie"] != after.headers["set-cookie"]


def test_the_users_refusal_goes_to_the_client(browser: Browser) -> None:
    parameters = browser.answer_of(browser.decide(browser.log_in(browser.authorize()), "deny"))
    assert (parameters["error"], parameters["state"], parameters["iss"]) == ("access_denied", "s t&ä=1", ISSUER)
    assert "code" not in parameters


def test_a_wrong_password_shows_the_form_again(browser: Browser) -> None:
    answer = browser.log_in(browser.authorize(), password="wrong")
    assert answer.status_code == 422
    assert "User name or password is wrong" in answer.text
    assert browser.submit(answer, username="alice", password="also wrong").status_code == 422


# Remembered consent


def test_consent_is_remembered_for_an_assured_client_and_the_granted_scope(browser: Browser) -> None:
    web = {"client_id": "web app", "redirect_uri": WEB}
    browser.code(**web)
    again = browser.authorize(**web)
    assert again.headers["location"].startswith(WEB + "&code=")
    assert "/consent?" in browser.authorize(**web, scope="mcp:echo mcp:add").headers["location"]


@pytest.mark.parametrize(("memory", "asked"), [("assured_clients", True), ("all_clients", False), ("never", True)])
def test_whether_a_native_public_client_is_asked_again_is_configurable(memory: Any, asked: bool) -> None:
    browser = Browser(code_flow_configuration(remembered_consent=memory))
    browser.code()
    assert ("/consent?" in browser.authorize().headers["location"]) is asked


# Forged and stale pages


def test_a_form_without_its_csrf_token_is_refused(browser: Browser) -> None:
    location = browser.log_in(browser.authorize()).headers["location"]
    interaction = location.partition("interaction=")[2]
    answer = browser.http.post("/consent", data={"interaction": interaction, "decision": "approve"})
    assert answer.status_code == 403
    assert "location" not in answer.headers


def test_a_page_of_another_browser_is_refused(browser: Browser) -> None:
    location = browser.authorize().headers["location"]
    browser.http.cookies.clear()
    assert browser.http.get(location).status_code == 403


def test_a_decision_counts_once(browser: Browser) -> None:
    page = browser.http.get(browser.log_in(browser.authorize()).headers["location"])
    assert browser.submit(page, decision="approve").status_code == 303
    assert browser.submit(page, decision="approve").status_code == 400


def test_consent_before_login_is_refused(browser: Browser) -> None:
    location = browser.authorize().headers["location"].replace("/login", "/consent")
    assert browser.http.get(location).status_code == 403


# Refusals that must not redirect


@pytest.mark.parametrize(
    "changes",
    [
        {"client_id": "nobody"},
        {"client_id": None},
        {"redirect_uri": LOOPBACK + "/"},
        {"redirect_uri": "http://127.0.0.1.evil.test/cb"},
        {"redirect_uri": "http://127.0.0.1:80@evil.test/cb"},
        {"redirect_uri": "http://127.0.0.1:99999/cb"},
        {"redirect_uri": "http://127.0.0.1:1/cb?x=1"},
        {"redirect_uri": "https://127.0.0.1/cb"},
        {"client_id": "web app", "redirect_uri": "https://app.test:8443/cb?own=1"},
        {"client_id": "web app", "redirect_uri": None},
    ],
)
def test_nothing_is_sent_where_client_or_redirect_uri_are_not_trusted(browser: Browser, changes: Any) -> None:
    answer = browser.authorize(**changes, scope="nonsense")
    assert answer.status_code == 400
    assert answer.headers["content-type"].startswith("text/html")
    assert "location" not in answer.headers


@pytest.mark.parametrize("name", ["client_id", "redirect_uri"])
def test_a_repeated_client_or_redirect_uri_is_not_redirected(browser: Browser, name: str) -> None:
    parameters = browser.request()
    answer = browser.http.get("/oauth/authorize", params=[*parameters.items(), (name, parameters[name])])
    assert answer.status_code == 400


@pytest.mark.parametrize("uri", ["http://127.0.0.1:4711/cb", LOOPBACK])
def test_the_port_of_a_loopback_redirect_uri_is_free(browser: Browser, uri: str) -> None:
    assert browser.log_in(browser.authorize(redirect_uri=uri)).status_code == 303


def test_a_single_registered_redirect_uri_may_be_left_out(browser: Browser) -> None:
    assert CODE_CLIENT.redirect_uris == (LOOPBACK,)
    code = browser.code(redirect_uri=None)
    assert browser.redeem(code, redirect_uri=None).status_code == 200


# Refusals that go to the client


@pytest.mark.parametrize(
    ("changes", "error"),
    [
        ({"response_type": None}, "invalid_request"),
        ({"response_type": "token"}, "unsupported_response_type"),
        ({"response_mode": "fragment"}, "invalid_request"),
        ({"code_challenge": None}, "invalid_request"),
        ({"code_challenge_method": "plain"}, "invalid_request"),
        ({"code_challenge_method": None}, "invalid_request"),
        ({"code_challenge": "too-short"}, "invalid_request"),
        ({"scope": "no:such"}, "invalid_scope"),
        ({"scope": "mcp:echo other:read"}, "invalid_scope"),
        ({"scope": 'mal"formed'}, "invalid_scope"),
        ({"scope": "mcp:echo other:read", "resource": None}, "invalid_scope"),
        ({"resource": "https://rs.test/mcp/"}, "invalid_target"),
        ({"resource": "https://unknown.test/"}, "invalid_target"),
        ({"resource": RESOURCE + "#f"}, "invalid_target"),
        ({"resource": "/mcp"}, "invalid_target"),
        ({"dpop_jkt": "short"}, "invalid_request"),
    ],
)
def test_other_faults_are_told_to_the_client(browser: Browser, changes: Any, error: str) -> None:
    parameters = browser.answer_of(browser.log_in(browser.authorize(**changes)))
    assert parameters["error"] == error
    assert parameters["error_description"]
    assert (parameters["state"], parameters["iss"]) == ("s t&ä=1", ISSUER)


def test_a_repeated_parameter_is_told_to_the_client(browser: Browser) -> None:
    pairs = [*browser.request().items(), ("scope", "mcp:add")]
    answer = browser.log_in(browser.http.get("/oauth/authorize", params=pairs))
    assert browser.answer_of(answer)["error"] == "invalid_request"


def test_a_fault_sends_nobody_to_the_client_before_login(browser: Browser) -> None:
    assert "/login?" in browser.authorize(response_type="token").headers["location"]
    browser.code()
    assert browser.answer_of(browser.authorize(response_type="token"))["error"] == "unsupported_response_type"


@pytest.mark.parametrize("query", ["client_id=%ff", "client_id=" + "a" * 60_000, "&".join(["a=1"] * 300)])
def test_hostile_queries_get_a_page(browser: Browser, query: str) -> None:
    assert 400 <= browser.http.get("/oauth/authorize?" + query).status_code < 500
