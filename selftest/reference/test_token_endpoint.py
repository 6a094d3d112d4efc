"""The reference's token endpoint: codes, refresh tokens, machine tokens, and what is in them."""

import asyncio
from dataclasses import replace
from typing import Any

import httpx2
import pytest
from code_flow import CODE_CLIENT, VERIFIER, WEB, Browser, code_flow_configuration
from joserfc import jwt
from joserfc.jwk import KeySet
from server_in_process import ISSUER, OTHER_RESOURCE, RESOURCE, SECRET

from reference_impl.authorization_server.config import Lifetimes, Resource
from reference_impl.authorization_server.rules import Rules

MACHINE = ("machine", SECRET)


@pytest.fixture
def browser() -> Browser:
    return Browser()


def refusal(answer: Any) -> str:
    """The error code of a well-framed refusal."""
    assert answer.headers["content-type"] == "application/json"
    assert answer.headers["cache-control"] == "no-store"
    assert answer.headers["pragma"] == "no-cache"
    assert set(answer.json()) == {"error", "error_description"}
    return f"{answer.status_code} {answer.json()['error']}"


def granted(answer: Any) -> Any:
    assert answer.status_code == 200, answer.text
    assert answer.headers["cache-control"] == "no-store"
    assert answer.headers["pragma"] == "no-cache"
    return answer.json()


def decoded(browser: Browser, token: str) -> Any:
    keys = KeySet.import_key_set(browser.http.get("/.well-known/jwks.json").json())
    return jwt.decode(token, keys, algorithms=["ES256", "RS256", "Ed25519", "EdDSA"])


# Codes


@pytest.mark.parametrize("nonce", ["a-nonce", None])
def test_openid_adds_an_id_token_for_the_client_alone(browser: Browser, nonce: str | None) -> None:
    tokens = granted(browser.redeem(browser.code(scope="openid mcp:echo", nonce=nonce)))
    assert (tokens["scope"], decoded(browser, tokens["access_token"]).claims["scope"]) == ("mcp:echo", "mcp:echo")
    token = decoded(browser, tokens["id_token"])
    assert token.header["typ"] == "JWT"
    claims = token.claims
    assert set(claims) == {"iss", "sub", "aud", "iat", "exp", "auth_time", *(["nonce"] if nonce else [])}
    assert (claims["iss"], claims["aud"], claims["sub"], claims.get("nonce")) == (ISSUER, "native", "user:alice", nonce)
    assert "id_token" not in granted(browser.refresh(tokens["refresh_token"]))


def test_a_code_gives_a_token_for_what_was_granted(browser: Browser) -> None:
    tokens = granted(browser.redeem(browser.code(scope="mcp:echo offline_access")))
    assert set(tokens) == {"access_token", "token_type", "expires_in", "scope", "refresh_token"}
    assert (tokens["token_type"], tokens["expires_in"], tokens["scope"]) == ("Bearer", 900, "mcp:echo")
    token = decoded(browser, tokens["access_token"])
    assert (token.header["typ"], token.header["alg"]) == ("at+jwt", "ES256")
    claims = token.claims
    assert set(claims) == {"iss", "sub", "aud", "exp", "iat", "jti", "client_id", "scope", "auth_time"}
    assert (claims["iss"], claims["aud"], claims["sub"]) == (ISSUER, RESOURCE, "user:alice")
    assert (claims["client_id"], claims["scope"], claims["exp"] - claims["iat"]) == ("native", "mcp:echo", 900)


def test_a_confidential_client_redeems_its_code_with_encoded_basic_credentials(browser: Browser) -> None:
    form = {"grant_type": "authorization_code", "code_verifier": VERIFIER, "redirect_uri": WEB}
    for encoded in ("web%20app", "web+app"):
        code = browser.code(client_id="web app", redirect_uri=WEB)
        assert granted(browser.token((encoded, SECRET), code=code, **form))["token_type"] == "Bearer"


@pytest.mark.parametrize(
    ("changes", "error"),
    [
        ({"code_verifier": VERIFIER[::-1]}, "400 invalid_grant"),
        ({"code_verifier": "short"}, "400 invalid_grant"),
        ({"code_verifier": None}, "400 invalid_request"),
        ({"client_id": "public"}, "400 invalid_grant"),
        ({"client_id": "web app"}, "401 invalid_client"),
        ({"client_id": "nobody"}, "401 invalid_client"),
        ({"client_id": None}, "401 invalid_client"),
        ({"redirect_uri": "http://127.0.0.1:1/cb"}, "400 invalid_grant"),
        ({"code": "unknown"}, "400 invalid_grant"),
        ({"code": None}, "400 invalid_request"),
        ({"resource": OTHER_RESOURCE}, "400 invalid_target"),
        ({"resource": "relative"}, "400 invalid_target"),
        ({"scope": "mcp:add"}, "400 invalid_scope"),
        ({"grant_type": "password"}, "400 unsupported_grant_type"),
        ({"grant_type": None}, "400 invalid_request"),
        ({"grant_type": "client_credentials"}, "400 unauthorized_client"),
    ],
)
def test_a_code_is_worth_nothing_with_one_thing_wrong(browser: Browser, changes: Any, error: str) -> None:
    assert refusal(browser.redeem(browser.code(), **changes)) == error


def test_a_wrong_verifier_costs_the_code(browser: Browser) -> None:
    code = browser.code()
    browser.redeem(code, code_verifier=VERIFIER[::-1])
    assert refusal(browser.redeem(code)) == "400 invalid_grant"


@pytest.mark.parametrize("changes", [{"resource": OTHER_RESOURCE}, {"scope": "mcp:add"}, {"client_id": "public"}])
def test_another_fault_leaves_the_code_to_its_owner(browser: Browser, changes: Any) -> None:
    code = browser.code()
    refusal(browser.redeem(code, **changes))
    assert granted(browser.redeem(code))


def test_a_replayed_code_revokes_its_tokens(browser: Browser) -> None:
    code = browser.code()
    tokens = granted(browser.redeem(code))
    assert browser.is_active(tokens["access_token"])
    assert refusal(browser.redeem(code)) == "400 invalid_grant"
    assert not browser.is_active(tokens["access_token"])
    assert refusal(browser.refresh(tokens["refresh_token"])) == "400 invalid_grant"


@pytest.mark.parametrize("changes", [{"code_verifier": VERIFIER[::-1]}, {"redirect_uri": "http://127.0.0.1:1/cb"}])
def test_a_replay_that_fails_otherwise_revokes_nothing(browser: Browser, changes: Any) -> None:
    code = browser.code()
    tokens = granted(browser.redeem(code))
    assert refusal(browser.redeem(code, **changes)) == "400 invalid_grant"
    assert browser.is_active(tokens["access_token"])


def test_a_code_expires() -> None:
    class Later(Rules):
        def check_code_age(self, code: Any, request: Any) -> None:
            super().check_code_age(replace(code, expires_at=self.now()), request)

    browser = Browser(rules=Later)
    assert refusal(browser.redeem(browser.code())) == "400 invalid_grant"


# Refresh tokens


def test_refresh_tokens_rotate_and_a_replay_ends_the_family(browser: Browser) -> None:
    first = granted(browser.redeem(browser.code()))
    second = granted(browser.refresh(first["refresh_token"]))
    assert second["refresh_token"] != first["refresh_token"]
    before, after = (decoded(browser, tokens["access_token"]).claims for tokens in (first, second))
    assert before["auth_time"] == after["auth_time"]
    assert refusal(browser.refresh(first["refresh_token"])) == "400 invalid_grant"
    assert refusal(browser.refresh(second["refresh_token"])) == "400 invalid_grant"
    assert not browser.is_active(second["access_token"])


def test_a_narrowed_refresh_leaves_the_full_scope_to_the_next(browser: Browser) -> None:
    tokens = granted(browser.redeem(browser.code(scope="mcp:echo mcp:add")))
    narrowed = granted(browser.refresh(tokens["refresh_token"], scope="mcp:add"))
    assert narrowed["scope"] == "mcp:add"
    assert granted(browser.refresh(narrowed["refresh_token"]))["scope"] == "mcp:echo mcp:add"


@pytest.mark.parametrize(
    ("changes", "error"),
    [
        ({"scope": "mcp:echo mcp:add"}, "400 invalid_scope"),
        ({"resource": OTHER_RESOURCE}, "400 invalid_target"),
        ({"client_id": "public"}, "400 invalid_grant"),
    ],
)
def test_what_a_refresh_token_is_bound_to(browser: Browser, changes: Any, error: str) -> None:
    token = granted(browser.redeem(browser.code()))["refresh_token"]
    assert (
        refusal(browser.token(**{"grant_type": "refresh_token", "client_id": "native"} | changes, refresh_token=token))
        == error
    )
    assert granted(browser.refresh(token))


async def refresh_at_once(browser: Browser, token: str, times: int) -> list[int]:
    form = {"grant_type": "refresh_token", "client_id": "native", "refresh_token": token}
    transport = httpx2.ASGITransport(browser.http.app)
    async with httpx2.AsyncClient(transport=transport, base_url=ISSUER) as client:
        answers = await asyncio.gather(*(client.post("/oauth/token", data=form) for _ in range(times)))
    return sorted(answer.status_code for answer in answers)


def test_of_parallel_refreshes_one_wins(browser: Browser) -> None:
    token = granted(browser.redeem(browser.code()))["refresh_token"]
    assert asyncio.run(refresh_at_once(browser, token, 4)) == [200, 400, 400, 400]


def test_a_client_without_the_grant_type_gets_no_refresh_token() -> None:
    config = code_flow_configuration()
    clients = tuple(replace(client, grant_types=("authorization_code",)) for client in config.clients)
    browser = Browser(replace(config, clients=clients))
    assert "refresh_token" not in granted(browser.redeem(browser.code()))


# Resources


def test_a_grant_for_two_resources_gives_tokens_for_each_and_for_both(browser: Browser) -> None:
    pairs = [*browser.request(scope="mcp:echo other:read").items(), ("resource", OTHER_RESOURCE)]
    to_login = browser.http.get("/oauth/authorize", params=pairs)
    code = browser.answer_of(browser.decide(browser.log_in(to_login)))["code"]
    tokens = granted(browser.redeem(code, resource=OTHER_RESOURCE))
    assert tokens["scope"] == "other:read"
    assert decoded(browser, tokens["access_token"]).claims["aud"] == OTHER_RESOURCE
    both = granted(browser.refresh(tokens["refresh_token"]))
    assert both["scope"] == "mcp:echo other:read"
    assert decoded(browser, both["access_token"]).claims["aud"] == [RESOURCE, OTHER_RESOURCE]


def test_no_token_is_ambiguous_between_resources_that_share_a_scope() -> None:
    resources = (Resource(RESOURCE, ("mcp:echo",), "one"), Resource(OTHER_RESOURCE, ("mcp:echo",), "other"))
    browser = Browser(code_flow_configuration(resources=resources))
    form = {"grant_type": "client_credentials", "resource": [RESOURCE, OTHER_RESOURCE]}
    answer = browser.http.post("/oauth/token", data=form, auth=MACHINE)
    assert refusal(answer) == "400 invalid_target"


def test_without_resource_the_scope_finds_it(browser: Browser) -> None:
    token = granted(browser.redeem(browser.code(resource=None, scope="other:read")))["access_token"]
    assert decoded(browser, token).claims["aud"] == OTHER_RESOURCE


def test_upper_case_in_scheme_and_host_of_a_resource_is_understood(browser: Browser) -> None:
    answer = browser.token(MACHINE, grant_type="client_credentials", resource="HTTPS://RS.test/mcp")
    assert decoded(browser, granted(answer)["access_token"]).claims["aud"] == RESOURCE


# Machines


def test_a_machine_gets_an_hour_and_no_refresh_token(browser: Browser) -> None:
    tokens = granted(browser.token(MACHINE, grant_type="client_credentials", scope="mcp:echo", resource=RESOURCE))
    assert set(tokens) == {"access_token", "token_type", "expires_in", "scope"}
    claims = decoded(browser, tokens["access_token"]).claims
    assert (claims["sub"], claims["client_id"], claims["aud"]) == ("machine", "machine", RESOURCE)
    assert claims["exp"] - claims["iat"] == tokens["expires_in"] == 3600
    assert "auth_time" not in claims


@pytest.mark.parametrize(
    ("changes", "error"),
    [
        ({"scope": "mcp:add"}, "400 invalid_scope"),
        ({"scope": "other:read"}, "400 invalid_scope"),
        ({"resource": "https://unknown.test/"}, "400 invalid_target"),
        ({"grant_type": "authorization_code"}, "400 unauthorized_client"),
    ],
)
def test_a_machine_stays_within_its_registration(browser: Browser, changes: Any, error: str) -> None:
    assert refusal(browser.token(MACHINE, **{"grant_type": "client_credentials"} | changes)) == error


# Framing


def test_the_form_of_a_token_request(browser: Browser) -> None:
    post, form = browser.http.post, "application/x-www-form-urlencoded"
    assert refusal(post("/oauth/token", json={"grant_type": "client_credentials"})) == "400 invalid_request"
    big = post("/oauth/token", content=b"a=" + b"a" * 70_000, headers={"content-type": form})
    assert refusal(big) == "413 invalid_request"
    twice = b"grant_type=client_credentials&scope=mcp:echo&scope=mcp:echo"
    assert refusal(post("/oauth/token", content=twice, headers={"content-type": form}, auth=MACHINE)).startswith("400")
    method = browser.http.get("/oauth/token")
    assert (method.status_code, method.headers["allow"]) == (405, "POST")


@pytest.mark.parametrize(("algorithm", "key_type"), [("RS256", "RSA"), ("EdDSA", "OKP")])
def test_other_signing_keys(algorithm: Any, key_type: str) -> None:
    browser = Browser(code_flow_configuration(signing_algorithm=algorithm))
    token = granted(browser.token(MACHINE, grant_type="client_credentials"))["access_token"]
    assert decoded(browser, token).header["alg"] == algorithm
    assert browser.http.get("/.well-known/jwks.json").json()["keys"][0]["kty"] == key_type


def test_opaque_tokens_and_short_lives() -> None:
    clients = (*code_flow_configuration().clients[:-2], replace(CODE_CLIENT, access_token_lifetime=2))
    config = code_flow_configuration(access_token_format="opaque", lifetimes=Lifetimes(user_access_token=300))
    browser = Browser(replace(config, clients=clients))
    tokens = granted(browser.redeem(browser.code()))
    assert tokens["expires_in"] == 2
    assert "." not in tokens["access_token"]
    assert browser.is_active(tokens["access_token"])
