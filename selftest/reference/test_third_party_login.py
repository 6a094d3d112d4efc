"""The way over a third party that refuses, is out of reach, or takes too long; what the judge doesn't wait for."""

from typing import Any
from urllib.parse import parse_qsl, urlsplit

import pytest
from code_flow import LOOPBACK, Browser, code_flow_configuration
from server_in_process import ISSUER, OTHER_RESOURCE

from reference_impl.authorization_server.config import ThirdParty
from reference_impl.authorization_server.rules import Rules
from reference_impl.authorization_server.rules import third_party as rules_of_third_party

THERE = "https://there.test"
KNOWN = ThirdParty("There", f"{THERE}/authorize", f"{THERE}/token", "us", "secret", ("events",), OTHER_RESOURCE)
ASKED = {"resource": OTHER_RESOURCE, "scope": "other:read"}


class Later(Rules):
    """The same server some time later."""

    seconds = 0

    def now(self) -> int:
        return super().now() + Later.seconds


@pytest.fixture
def browser(monkeypatch: pytest.MonkeyPatch) -> Browser:
    async def redeemed(third_party: ThirdParty, code: str, redirect_uri: str, code_verifier: str) -> str:
        assert (third_party.client_id, redirect_uri) == ("us", f"{ISSUER}/callback")
        return f"token for {code}"

    monkeypatch.setattr(rules_of_third_party, "redeem_code", redeemed)
    monkeypatch.setattr(Later, "seconds", 0)
    return Browser(code_flow_configuration(third_party=KNOWN), Later)


def departed(browser: Browser) -> dict[str, str]:
    """Log in, approve, and take the request for the third party."""
    answer = browser.decide(browser.log_in(browser.authorize(**ASKED)))
    location = answer.headers["location"]
    assert location.startswith(f"{THERE}/authorize?")
    return dict(parse_qsl(urlsplit(location).query))


def returned(browser: Browser, **values: str) -> Any:
    return browser.http.get("/callback", params=values)


def test_a_callback_ends_with_a_code_of_ours(browser: Browser) -> None:
    asked = departed(browser)
    assert (asked["client_id"], asked["scope"], asked["code_challenge_method"]) == ("us", "events", "S256")
    answer = browser.answer_of(returned(browser, code="theirs", state=asked["state"]))
    assert answer["state"] == "s t&ä=1"
    tokens = browser.redeem(answer["code"]).json()
    assert tokens["scope"] == "other:read"


def test_a_refusal_of_the_third_party_reaches_the_client(browser: Browser) -> None:
    answer = browser.answer_of(returned(browser, error="access_denied", state=departed(browser)["state"]))
    assert (answer["error"], answer["state"]) == ("access_denied", "s t&ä=1")


def test_a_login_that_took_too_long_is_refused(browser: Browser, monkeypatch: pytest.MonkeyPatch) -> None:
    asked = departed(browser)
    monkeypatch.setattr(Later, "seconds", 600)
    assert returned(browser, code="theirs", state=asked["state"]).status_code == 400


def test_an_unreachable_third_party_is_a_refusal(browser: Browser, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.undo()
    gone = ThirdParty("Gone", f"{THERE}/authorize", "https://127.0.0.1:1/token", "us", "s", ("e",), OTHER_RESOURCE)
    elsewhere = Browser(code_flow_configuration(third_party=gone))
    answer = elsewhere.answer_of(returned(elsewhere, code="theirs", state=departed(elsewhere)["state"]))
    assert answer["error"] == "access_denied"


@pytest.mark.parametrize("values", [{}, {"code": "theirs"}, {"code": "theirs", "state": "made-up"}])
def test_a_callback_without_its_state_is_an_error_page(browser: Browser, values: dict[str, str]) -> None:
    departed(browser)
    answer = returned(browser, **values)
    assert (answer.status_code, answer.headers["content-type"]) == (403, "text/html; charset=utf-8")
    assert LOOPBACK not in answer.text


def test_a_used_state_is_refused(browser: Browser) -> None:
    state = departed(browser)["state"]
    assert "code" in browser.answer_of(returned(browser, code="theirs", state=state))
    assert returned(browser, code="another", state=state).status_code == 403


def test_other_resources_need_no_third_party(browser: Browser) -> None:
    assert browser.code()


def test_without_a_third_party_there_is_no_callback() -> None:
    assert Browser().http.get("/callback").status_code == 404
