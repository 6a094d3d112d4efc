"""The third party that the harness plays: whom it sends back with a code, and who gets a token for it."""

from urllib.parse import parse_qs, urlencode, urlsplit

import pytest

from conformance.issuer.third_party import StaticClient, ThirdParty

CALLBACK = "https://proxy.example/callback"
REQUEST = {"response_type": "code", "client_id": "proxy", "redirect_uri": CALLBACK, "scope": "read", "state": "s"}


@pytest.fixture
def third_party() -> ThirdParty:
    return ThirdParty(StaticClient("proxy", "secret", CALLBACK), lambda scope: f"token for {scope}")


def code_of(third_party: ThirdParty) -> str:
    location = third_party.location(urlencode(REQUEST))
    assert location is not None
    assert location.startswith(CALLBACK)
    answer = parse_qs(urlsplit(location).query)
    assert answer["state"] == ["s"]
    return answer["code"][0]


def redemption(code: str, **changes: str) -> str:
    return urlencode({"grant_type": "authorization_code", "code": code, "redirect_uri": CALLBACK} | changes)


def test_a_code_is_redeemed_once(third_party: ThirdParty) -> None:
    code = code_of(third_party)
    status, answer = third_party.token(redemption(code), "proxy", "secret")
    assert (status, answer["access_token"], answer["scope"]) == (200, "token for read", "read")
    assert third_party.token(redemption(code), "proxy", "secret")[0] == 400


def test_credentials_may_be_in_the_body(third_party: ThirdParty) -> None:
    body = redemption(code_of(third_party), client_id="proxy", client_secret="secret")
    assert third_party.token(body, None, "")[0] == 200


@pytest.mark.parametrize(("user", "password"), [("proxy", "guess"), ("stranger", "secret"), (None, "")])
def test_nobody_else_gets_a_token(third_party: ThirdParty, user: str | None, password: str) -> None:
    code = code_of(third_party)
    assert third_party.token(redemption(code), user, password) == (401, {"error": "invalid_client"})
    assert third_party.token(redemption(code), "proxy", "secret")[0] == 200


def test_the_redirect_uri_has_to_be_the_same(third_party: ThirdParty) -> None:
    body = redemption(code_of(third_party), redirect_uri="https://other.example/callback")
    assert third_party.token(body, "proxy", "secret")[0] == 400


@pytest.mark.parametrize(
    "change", [{"client_id": "stranger"}, {"redirect_uri": "https://other.example/callback"}, {"redirect_uri": ""}]
)
def test_browsers_of_others_are_not_sent_back(third_party: ThirdParty, change: dict[str, str]) -> None:
    assert third_party.location(urlencode(REQUEST | change)) is None


def test_without_a_known_callback_any_web_address_will_do() -> None:
    third_party = ThirdParty(StaticClient("proxy", "secret"), str)
    assert third_party.location(urlencode(REQUEST | {"redirect_uri": "https://other.example/cb?a=b"})) is not None
    assert third_party.location(urlencode(REQUEST | {"redirect_uri": "javascript:alert(1)"})) is None
