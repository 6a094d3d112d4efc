"""The JWT bearer grant, token exchange and authorization_details at the reference."""

import json
import secrets
import time
from base64 import urlsafe_b64decode
from dataclasses import replace
from typing import Any

import pytest
from code_flow import VERIFIER, WEB, WEB_CLIENT, Browser, code_flow_configuration
from joserfc import jwt
from joserfc.jwk import ECKey
from server_in_process import ISSUER, MACHINE, OTHER_RESOURCE, RESOURCE, SECRET

from reference_impl.authorization_server.config import AuthorizationDetailsType, IdentityProvider, Workload
from reference_impl.authorization_server.rules.jwt_bearer_grant import JWT_BEARER
from reference_impl.authorization_server.rules.token_exchange import ACCESS_TOKEN, TOKEN_EXCHANGE

KEY = ECKey.generate_key("P-256", auto_kid=True)
PROVIDER = IdentityProvider(
    "https://idp.test", {"keys": [dict(KEY.as_dict(private=False))]}, workloads=(Workload("job", "worker"),)
)
AGENT = replace(MACHINE, client_id="agent", grant_types=(JWT_BEARER,), scope=("mcp:echo", "mcp:add"))
WORKER = replace(AGENT, client_id="worker", token_endpoint_auth_method="none", secret_hash=None)
EXCHANGER = replace(
    WEB_CLIENT, client_id="exchanger", grant_types=("authorization_code", "refresh_token", TOKEN_EXCHANGE)
)
DETAIL = {"type": "tool_call", "actions": ["echo"]}


@pytest.fixture
def browser() -> Browser:
    base = code_flow_configuration()
    return Browser(
        replace(
            base,
            clients=(*base.clients, AGENT, WORKER, EXCHANGER),
            identity_providers=(PROVIDER,),
            grant_types=(*base.grant_types, JWT_BEARER, TOKEN_EXCHANGE),
            authorization_details_types=(AuthorizationDetailsType("tool_call", ("echo", "add")),),
        )
    )


def assertion(typ: str = "oauth-id-jag+jwt", **changes: Any) -> str:
    now = int(time.time())
    members = {
        "iss": PROVIDER.issuer,
        "sub": "carol",
        "aud": ISSUER,
        "client_id": "agent",
        "resource": RESOURCE,
        "scope": "mcp:echo",
        "iat": now,
        "exp": now + 60,
        "jti": secrets.token_hex(8),
        **changes,
    }
    claims = {name: value for name, value in members.items() if value is not None}
    return jwt.encode({"alg": "ES256", "typ": typ, "kid": KEY.kid}, claims, KEY)


def ask(browser: Browser, text: str, auth: tuple[str, str] | None = ("agent", SECRET), **form: str) -> Any:
    return browser.token(auth, grant_type=JWT_BEARER, assertion=text, **form)


def test_an_id_jag_gives_a_token_for_its_resource_and_scope(browser: Browser) -> None:
    answer = ask(browser, assertion(), scope="mcp:echo mcp:add").json()
    assert answer["scope"] == "mcp:echo"
    assert "refresh_token" not in answer
    claims = claims_of(answer["access_token"])
    assert (claims["aud"], claims["sub"], claims["client_id"]) == (RESOURCE, "https://idp.test|carol", "agent")


def claims_of(token: str) -> Any:
    part = token.split(".")[1]
    return json.loads(urlsafe_b64decode(part + "=" * (-len(part) % 4)))


@pytest.mark.parametrize(
    "changes",
    [
        {"iss": "https://other.test"}, {"sub": None}, {"aud": "https://other.test"}, {"aud": [ISSUER, "https://o.test"]},
        {"exp": 1}, {"exp": None}, {"iat": None}, {"nbf": 2**40}, {"jti": None}, {"client_id": "worker"},
        {"resource": "https://unknown.test/mcp"}, {"resource": None}, {"typ": "JWT"},
    ],
)  # fmt: skip
def test_what_is_wrong_with_an_id_jag_is_an_invalid_grant(browser: Browser, changes: dict[str, Any]) -> None:
    answer = ask(browser, assertion(**changes))
    assert (answer.status_code, answer.json()["error"]) == (400, "invalid_grant")


def test_an_id_jag_counts_once(browser: Browser) -> None:
    text = assertion()
    assert ask(browser, text).status_code == 200
    assert ask(browser, text).json()["error"] == "invalid_grant"


def test_an_id_jag_needs_the_authentication_of_its_client(browser: Browser) -> None:
    assert ask(browser, assertion(), None).json()["error"] == "invalid_client"
    assert ask(browser, assertion(), ("agent", "wrong")).json()["error"] == "invalid_client"


def test_a_workload_is_its_client_without_further_credentials(browser: Browser) -> None:
    good = assertion("JWT", sub="job", aud=f"{ISSUER}/oauth/token")
    answer = ask(browser, good, None, resource=RESOURCE)
    assert claims_of(answer.json()["access_token"])["client_id"] == "worker"
    assert ask(browser, good, ("agent", SECRET)).json()["error"] == "invalid_grant"
    assert ask(browser, assertion("JWT", sub="stranger"), None).json()["error"] == "invalid_grant"


def subject_token(browser: Browser, **changes: str) -> Any:
    code = browser.code(client_id="exchanger", redirect_uri=WEB, **changes)
    form = {"client_id": None, "redirect_uri": WEB}
    answer = browser.http.post("/oauth/token", data=_redeeming(code, **form), auth=("exchanger", SECRET))
    return answer.json()


def _redeeming(code: str, **changes: str | None) -> dict[str, str]:
    form: dict[str, str | None] = {
        "grant_type": "authorization_code",
        "code": code,
        "code_verifier": VERIFIER,
        **changes,
    }
    return {name: value for name, value in form.items() if value is not None}


def exchange(browser: Browser, token: str, **changes: str) -> Any:
    form = {"grant_type": TOKEN_EXCHANGE, "subject_token": token, "subject_token_type": ACCESS_TOKEN, **changes}
    return browser.http.post("/oauth/token", data=form, auth=("exchanger", SECRET))


def test_a_token_is_exchanged_for_no_more_than_it_had(browser: Browser) -> None:
    token = subject_token(browser)["access_token"]
    answer = exchange(browser, token, resource=RESOURCE).json()
    assert answer["issued_token_type"] == ACCESS_TOKEN
    assert claims_of(answer["access_token"])["sub"] == claims_of(token)["sub"]
    assert exchange(browser, token, scope="mcp:add").json()["error"] == "invalid_scope"
    assert exchange(browser, token, resource=OTHER_RESOURCE).json()["error"] == "invalid_scope"
    assert exchange(browser, token, resource="https://unknown.test").json()["error"] == "invalid_target"
    assert exchange(browser, token, audience="unknown").json()["error"] == "invalid_target"


def test_only_live_access_tokens_of_the_client_are_exchanged(browser: Browser) -> None:
    answer = subject_token(browser)
    assert exchange(browser, answer["refresh_token"]).json()["error"] == "invalid_request"
    assert exchange(browser, "made up").json()["error"] == "invalid_request"
    foreign = browser.redeem(browser.code()).json()["access_token"]
    assert exchange(browser, foreign).json()["error"] == "invalid_request"
    revoked = {"token": answer["access_token"]}
    browser.http.post("/oauth/revoke", data=revoked, auth=("exchanger", SECRET))
    assert exchange(browser, answer["access_token"]).json()["error"] == "invalid_request"


def test_authorization_details_reach_client_and_resource_server(browser: Browser) -> None:
    answer = browser.redeem(browser.code(authorization_details=json.dumps([DETAIL]))).json()
    assert answer["authorization_details"] == [DETAIL]
    assert claims_of(answer["access_token"])["authorization_details"] == [DETAIL]
    seen = browser.http.post(
        "/oauth/introspect", data={"token": answer["access_token"]}, auth=("resource-server", SECRET)
    )
    assert seen.json()["authorization_details"] == [DETAIL]
    assert browser.refresh(answer["refresh_token"]).json()["authorization_details"] == [DETAIL]


def test_authorization_details_are_shown_and_asked_for_every_time(browser: Browser) -> None:
    asked = browser.log_in(browser.authorize(authorization_details=json.dumps([DETAIL])))
    assert "tool_call: echo" in browser.http.get(asked.headers["location"]).text


@pytest.mark.parametrize(
    "text",
    ["{}", "[]", "no JSON", '["text"]', '[{"actions": ["echo"]}]', '[{"type": "other", "actions": ["echo"]}]',
     '[{"type": "tool_call"}]', '[{"type": "tool_call", "actions": ["fly"]}]',
     '[{"type": "tool_call", "actions": ["echo"], "more": 1}]',
     '[{"type": "tool_call", "actions": ["echo"], "locations": ["https://unknown.test"]}]'],
)  # fmt: skip
def test_bad_authorization_details_are_refused(browser: Browser, text: str) -> None:
    refused = browser.log_in(browser.authorize(authorization_details=text))
    assert browser.answer_of(refused)["error"] == "invalid_authorization_details"


def test_a_token_request_may_narrow_authorization_details(browser: Browser) -> None:
    both = [DETAIL, {"type": "tool_call", "actions": ["add"]}]
    code = browser.code(authorization_details=json.dumps(both))
    wider = browser.redeem(code, authorization_details=json.dumps([{"type": "tool_call", "actions": ["echo", "add"]}]))
    assert wider.json()["error"] == "invalid_authorization_details"
    narrow = browser.redeem(code, authorization_details=json.dumps([DETAIL]))
    assert narrow.json()["authorization_details"] == [DETAIL]
