"""How clients prove to the reference who they are."""

import secrets
import time
from dataclasses import replace
from typing import Any

import pytest
from code_flow import Browser, code_flow_configuration
from joserfc import jwt
from joserfc.jwk import ECKey, OctKey
from server_in_process import ISSUER, MACHINE, SECRET

from reference_impl.authorization_server.config import ClientAssertionOptions, ThrottleOptions

KEY = ECKey.generate_key("P-256", auto_kid=True)
JWT_BEARER = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"
POSTING = replace(MACHINE, client_id="posting", token_endpoint_auth_method="client_secret_post")
SIGNING = replace(
    MACHINE,
    client_id="signing",
    token_endpoint_auth_method="private_key_jwt",
    secret_hash=None,
    jwks={"keys": [KEY.as_dict(private=False)]},
)


def server(**changes: Any) -> Browser:
    config = code_flow_configuration(**changes)
    return Browser(replace(config, clients=(*config.clients, POSTING, SIGNING)))


@pytest.fixture
def browser() -> Browser:
    return server()


def claims(**changes: Any) -> dict[str, Any]:
    now = int(time.time())
    members = {
        "iss": "signing",
        "sub": "signing",
        "aud": ISSUER,
        "iat": now,
        "exp": now + 60,
        "jti": secrets.token_hex(8),
        **changes,
    }
    return {name: value for name, value in members.items() if value is not None}


def signed(members: dict[str, Any], key: Any = KEY, algorithm: str = "ES256") -> str:
    return jwt.encode({"alg": algorithm}, members, key, algorithms=[algorithm])


def ask(browser: Browser, assertion: str, **form: str) -> Any:
    form = {"client_assertion": assertion, "client_assertion_type": JWT_BEARER, **form}
    return browser.token(grant_type="client_credentials", **form)


def is_invalid_client(answer: Any) -> bool:
    challenged = answer.headers.get("www-authenticate", "").startswith("Basic ")
    return (answer.status_code, answer.json()["error"], challenged) == (401, "invalid_client", True)


def test_each_method_works_for_its_client(browser: Browser) -> None:
    grant = {"grant_type": "client_credentials"}
    assert browser.token(("machine", SECRET), **grant).status_code == 200
    assert browser.token(client_id="posting", client_secret=SECRET, **grant).status_code == 200
    assert ask(browser, signed(claims())).status_code == 200


@pytest.mark.parametrize(
    ("auth", "form"),
    [
        (("machine", "wrong"), {}),
        (("posting", SECRET), {}),
        (("nobody", SECRET), {}),
        (None, {"client_id": "machine", "client_secret": SECRET}),
        (None, {"client_id": "posting", "client_secret": "wrong"}),
        (None, {"client_id": "posting"}),
        (None, {"client_secret": SECRET}),
        (None, {"client_id": "native", "client_secret": SECRET}),
        (None, {"client_id": "signing", "client_assertion": "garbage", "client_assertion_type": JWT_BEARER}),
    ],
)
def test_a_client_gets_in_by_its_registered_method_only(browser: Browser, auth: Any, form: Any) -> None:
    assert is_invalid_client(browser.token(auth, grant_type="client_credentials", **form))


@pytest.mark.parametrize("value", ["Basic", "Basic !!!", "Basic bm9jb2xvbg==", "Bearer abc", "Basic /w=="])
def test_a_malformed_authorization_header_is_refused(browser: Browser, value: str) -> None:
    form = {"grant_type": "client_credentials"}
    assert is_invalid_client(browser.http.post("/oauth/token", data=form, headers={"Authorization": value}))


def test_contradictory_credentials_are_refused(browser: Browser) -> None:
    grant = {"grant_type": "client_credentials"}
    both = browser.token(("machine", SECRET), client_id="machine", client_secret=SECRET, **grant)
    other = browser.token(("machine", SECRET), client_id="posting", **grant)
    url = browser.http.post("/oauth/token?client_id=posting&client_secret=" + SECRET, data=grant)
    assert [answer.json()["error"] for answer in (both, other, url)] == ["invalid_request"] * 3
    assert SECRET not in both.text + other.text + url.text


@pytest.mark.parametrize(
    "changes",
    [
        {"iss": "machine"},
        {"iss": None},
        {"sub": "machine"},
        {"sub": None},
        {"aud": ISSUER + "/"},
        {"aud": ISSUER + "/oauth/token"},
        {"aud": [ISSUER, "https://other.test"]},
        {"aud": []},
        {"aud": None},
        {"exp": None},
        {"exp": "soon"},
        {"exp": int(time.time()) - 60},
        {"exp": int(time.time()) + 86400},
        {"nbf": int(time.time()) + 7200},  # counted from the collection of the tests, which may be a while ago
        {"iat": int(time.time()) + 7200},
    ],
)
def test_an_assertion_with_one_claim_wrong_is_refused(browser: Browser, changes: Any) -> None:
    assert is_invalid_client(ask(browser, signed(claims(**changes))))


def test_an_assertion_with_another_signature_is_refused(browser: Browser) -> None:
    assert is_invalid_client(ask(browser, signed(claims(), ECKey.generate_key("P-256"))))
    public = OctKey.import_key(str(KEY.as_dict(private=False)["x"]))
    assert is_invalid_client(ask(browser, signed(claims(), public, "HS256")))
    header, payload, _ = signed(claims()).split(".")
    assert is_invalid_client(ask(browser, "eyJhbGciOiJub25lIn0." + payload + "."))
    assert is_invalid_client(ask(browser, f"{header}.{payload}."))


@pytest.mark.parametrize("changed", [{}, {"jti": None}])
def test_an_assertion_counts_once(browser: Browser, changed: dict[str, Any]) -> None:
    assertion = signed(claims(**changed))
    assert ask(browser, assertion).status_code == 200
    assert is_invalid_client(ask(browser, assertion))


def test_the_token_endpoint_as_audience_is_an_option_and_an_array_of_one_is_an_audience() -> None:
    browser = server(client_assertion=ClientAssertionOptions(accept_token_endpoint_audience=True))
    assert ask(browser, signed(claims(aud=ISSUER + "/oauth/token"))).status_code == 200
    assert ask(browser, signed(claims(aud=[ISSUER]))).status_code == 200


def test_guessing_is_slowed_down() -> None:
    browser = server(throttle=ThrottleOptions(max_failures=3))
    answers = [browser.token(("machine", "wrong"), grant_type="client_credentials") for _ in range(4)]
    assert [answer.status_code for answer in answers] == [401, 401, 401, 429]
    assert int(answers[-1].headers["retry-after"]) > 0
    assert browser.token(("stranger", SECRET), grant_type="client_credentials").status_code == 200
