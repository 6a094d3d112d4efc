"""Pushed authorization requests at the reference."""

from dataclasses import replace
from typing import Any

import pytest
from code_flow import WEB, Browser, code_flow_configuration
from server_in_process import SECRET

from reference_impl.authorization_server.config import PushedAuthorizationOptions

WEB_APP = ("web app", SECRET)


@pytest.fixture
def browser() -> Browser:
    return Browser()


def push(browser: Browser, auth: tuple[str, str] | None = None, **changes: str | None) -> Any:
    return browser.http.post("/oauth/par", data=browser.request(**changes), auth=auth)  # type: ignore[arg-type]


def refer(browser: Browser, request_uri: str, client_id: str = "native", **more: str) -> Any:
    parameters = {"client_id": client_id, "request_uri": request_uri, **more}
    return browser.http.get("/oauth/authorize", params=parameters)


def test_a_pushed_request_gives_a_code(browser: Browser) -> None:
    answer = push(browser)
    assert (answer.status_code, answer.json()["expires_in"]) == (201, 60)
    assert answer.headers["cache-control"] == "no-store"
    asked = browser.decide(browser.log_in(refer(browser, answer.json()["request_uri"])))
    assert browser.redeem(browser.answer_of(asked)["code"]).status_code == 200


def test_the_query_adds_nothing_to_what_was_pushed(browser: Browser) -> None:
    answer = refer(browser, push(browser, scope="mcp:echo").json()["request_uri"], scope="mcp:add", state="other")
    members = browser.answer_of(browser.decide(browser.log_in(answer)))
    assert members["state"] == "s t&ä=1"
    assert browser.redeem(members["code"]).json()["scope"] == "mcp:echo"


def test_a_request_uri_counts_once_and_for_its_client(browser: Browser) -> None:
    request_uri = push(browser).json()["request_uri"]
    assert refer(browser, request_uri, "web app").status_code == 400
    assert refer(browser, request_uri).status_code == 302
    assert "invalid_request_uri" in refer(browser, request_uri).text


@pytest.mark.parametrize(
    ("changes", "error"),
    [
        ({"request_uri": "urn:x"}, "invalid_request"),
        ({"redirect_uri": "https://elsewhere.test/cb"}, "invalid_request"),
        ({"code_challenge": None}, "invalid_request"),
        ({"scope": "nothing:known"}, "invalid_scope"),
        ({"client_id": "nobody"}, "invalid_client"),
    ],
)
def test_bad_pushes_are_refused(browser: Browser, changes: dict[str, str | None], error: str) -> None:
    answer = push(browser, **changes)
    assert answer.status_code in (400, 401)
    assert answer.json()["error"] == error


def test_a_client_with_a_secret_has_to_prove_it(browser: Browser) -> None:
    changes: dict[str, Any] = {"client_id": "web app", "redirect_uri": WEB}
    assert push(browser, WEB_APP, **changes).status_code == 201
    assert push(browser, None, **changes).status_code == 401


def test_where_pushing_is_required_the_query_is_refused() -> None:
    options = PushedAuthorizationOptions(required=True)
    browser = Browser(replace(code_flow_configuration(), pushed_authorization=options))
    document = browser.http.get("/.well-known/oauth-authorization-server").json()
    assert document["require_pushed_authorization_requests"] is True
    refused = browser.log_in(browser.authorize())
    assert browser.answer_of(refused)["error"] == "invalid_request"
    assert refer(browser, push(browser).json()["request_uri"]).status_code == 302


def test_without_the_feature_there_is_no_endpoint() -> None:
    options = PushedAuthorizationOptions(enabled=False)
    browser = Browser(replace(code_flow_configuration(), pushed_authorization=options))
    assert push(browser).status_code == 404
    document = browser.http.get("/.well-known/oauth-authorization-server").json()
    assert "pushed_authorization_request_endpoint" not in document
