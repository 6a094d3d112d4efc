"""Who may end a token and who learns what about it."""

import time
from dataclasses import replace
from typing import Any

import pytest
from server_in_process import MACHINE, OTHER_RESOURCE, RESOURCE, SECRET, configuration, http_client
from starlette.testclient import TestClient

from reference_impl.authorization_server.config import hash_secret
from reference_impl.authorization_server.store import Store
from reference_impl.authorization_server.store.tokens import AccessToken, RefreshToken

NOW = int(time.time())
ACCESS = AccessToken(
    jti="jti-1",
    grant_id="grant-1",
    client_id="machine",
    subject="user:alice",
    scope=("mcp:echo",),
    resources=(RESOURCE,),
    auth_time=None,
    jkt=None,
    issued_at=NOW,
    expires_at=NOW + 600,
)
REFRESH = RefreshToken(
    token_hash=hash_secret("refresh-token"),
    grant_id="grant-1",
    client_id="machine",
    subject="user:alice",
    scope=("mcp:echo",),
    resources=(RESOURCE,),
    auth_time=None,
    jkt=None,
    issued_at=NOW,
    expires_at=NOW + 6000,
)
CLIENT = ("machine", SECRET)
RESOURCE_SERVER = ("resource-server", SECRET)
STRANGER = ("stranger", SECRET)


class Server:
    """A server that has issued `access-token` and `refresh-token` under one grant."""

    def __init__(self, access: AccessToken = ACCESS, refresh: RefreshToken = REFRESH, **config: Any) -> None:
        self.store = Store()
        self.http: TestClient = http_client(configuration(**config), self.store)
        self.store.access_tokens.add(access, hash_secret("access-token"))
        self.store.refresh_tokens.add(refresh)

    def post(self, path: str, auth: tuple[str, str] | None, **form: str) -> Any:
        return self.http.post(path, data=form, auth=auth)

    def introspect(self, token: str, auth: tuple[str, str] = CLIENT, **form: str) -> dict[str, Any]:
        answer = self.post("/oauth/introspect", auth, token=token, **form)
        assert answer.status_code == 200
        assert answer.headers["content-type"] == "application/json"
        assert answer.headers["cache-control"] == "no-store"
        content: dict[str, Any] = answer.json()
        return content

    def revoke(self, token: str, auth: tuple[str, str] | None = CLIENT, **form: str) -> Any:
        return self.post("/oauth/revoke", auth, token=token, **form)

    def is_active(self, token: str) -> bool:
        return self.introspect(token)["active"] is True


@pytest.fixture
def server() -> Server:
    return Server()


INACTIVE = {"active": False}


# Introspection


@pytest.mark.parametrize("caller", [CLIENT, RESOURCE_SERVER])
def test_the_client_and_the_resource_server_learn_all_about_an_access_token(
    server: Server, caller: tuple[str, str]
) -> None:
    assert server.introspect("access-token", caller) == {
        "active": True,
        "iss": "https://as.test",
        "client_id": "machine",
        "sub": "user:alice",
        "scope": "mcp:echo",
        "aud": [RESOURCE],
        "jti": "jti-1",
        "iat": NOW,
        "exp": NOW + 600,
        "token_type": "Bearer",
    }


def test_a_bound_token_shows_its_key() -> None:
    content = Server(replace(ACCESS, jkt="thumbprint")).introspect("access-token")
    assert (content["token_type"], content["cnf"]) == ("DPoP", {"jkt": "thumbprint"})


def test_everybody_else_learns_nothing(server: Server) -> None:
    assert server.introspect("access-token", STRANGER) == INACTIVE
    assert Server(replace(ACCESS, resources=(OTHER_RESOURCE,))).introspect("access-token", RESOURCE_SERVER) == INACTIVE
    assert Server(replace(ACCESS, resources=("https://gone.test",))).introspect("access-token", STRANGER) == INACTIVE


def test_a_refresh_token_is_shown_to_its_client_only(server: Server) -> None:
    content = server.introspect("refresh-token")
    assert (content["active"], content["client_id"]) == (True, "machine")
    assert "token_type" not in content
    assert server.introspect("refresh-token", RESOURCE_SERVER) == INACTIVE


@pytest.mark.parametrize("hint", ["access_token", "refresh_token", "unheard_of", ""])
def test_a_hint_never_hides_a_token(server: Server, hint: str) -> None:
    for token in ("access-token", "refresh-token"):
        assert server.introspect(token, token_type_hint=hint)["active"] is True


@pytest.mark.parametrize("token", ["garbage", "a.b.c", "access-token ", "x" * 10_000, "ü"])
def test_an_unknown_token_is_inactive(server: Server, token: str) -> None:
    assert server.introspect(token) == INACTIVE


@pytest.mark.parametrize(
    "access", [replace(ACCESS, expires_at=NOW - 1), replace(ACCESS, revoked_at=NOW)], ids=["expired", "revoked"]
)
def test_a_token_that_ended_is_inactive(access: AccessToken) -> None:
    assert Server(access).introspect("access-token", RESOURCE_SERVER) == INACTIVE


def test_tokens_of_an_ended_grant_or_a_suspended_client_are_inactive(server: Server) -> None:
    server.store.clients.save(replace(MACHINE, status="suspended"))
    assert server.introspect("access-token", RESOURCE_SERVER) == INACTIVE
    server.store.clients.save(MACHINE)
    server.store.grants.revoke("grant-1", NOW)
    assert server.introspect("access-token", RESOURCE_SERVER) == INACTIVE


def test_a_used_refresh_token_is_inactive(server: Server) -> None:
    server.store.refresh_tokens.use(REFRESH.token_hash, NOW)
    assert server.introspect("refresh-token") == INACTIVE


@pytest.mark.parametrize(
    ("auth", "form"),
    [
        (None, {}),
        (("machine", "wrong"), {}),
        (("nobody", SECRET), {}),
        (None, {"client_id": "public"}),
        (None, {"client_id": "machine"}),
    ],
)
def test_a_caller_without_good_credentials_gets_401(
    server: Server, auth: tuple[str, str] | None, form: dict[str, str]
) -> None:
    answer = server.post("/oauth/introspect", auth, token="access-token", **form)
    assert (answer.status_code, answer.json()["error"]) == (401, "invalid_client")
    assert answer.headers["www-authenticate"].startswith("Basic ")
    assert "active" not in answer.json()


@pytest.mark.parametrize("path", ["/oauth/introspect", "/oauth/revoke"])
def test_token_is_required_and_only_posted(server: Server, path: str) -> None:
    answer = server.post(path, CLIENT)
    assert (answer.status_code, answer.json()["error"]) == (400, "invalid_request")
    assert server.http.get(path, params={"token": "access-token"}, auth=CLIENT).status_code == 405
    assert server.http.post(path, json={"token": "access-token"}, auth=CLIENT).status_code == 400


# Revocation


def test_a_revoked_access_token_is_inactive_and_its_grant_stays(server: Server) -> None:
    answer = server.revoke("access-token")
    assert (answer.status_code, answer.content) == (200, b"")
    assert not server.is_active("access-token")
    assert server.is_active("refresh-token")


def test_a_revoked_refresh_token_takes_its_family_and_access_tokens_along(server: Server) -> None:
    other = replace(REFRESH, token_hash=hash_secret("rotated"))
    server.store.refresh_tokens.add(other)
    assert server.revoke("refresh-token").status_code == 200
    assert not any(server.is_active(token) for token in ("refresh-token", "rotated", "access-token"))


def test_a_used_refresh_token_still_ends_its_family(server: Server) -> None:
    server.store.refresh_tokens.use(REFRESH.token_hash, NOW)
    assert server.revoke("refresh-token").status_code == 200
    assert not server.is_active("access-token")


@pytest.mark.parametrize("hint", ["access_token", "refresh_token", "unheard_of"])
def test_a_wrong_hint_does_not_stop_a_revocation(server: Server, hint: str) -> None:
    for token in ("access-token", "refresh-token"):
        assert server.revoke(token, token_type_hint=hint).status_code == 200
        assert not server.is_active(token)


def test_revoking_twice_or_something_unknown_is_no_error(server: Server) -> None:
    for token in ("access-token", "access-token", "garbage"):
        assert server.revoke(token).status_code == 200
    assert server.is_active("refresh-token")


@pytest.mark.parametrize("token", ["access-token", "refresh-token"])
def test_a_token_of_another_client_is_refused_and_survives(server: Server, token: str) -> None:
    answer = server.revoke(token, STRANGER)
    assert (answer.status_code, answer.json()["error"]) == (400, "invalid_grant")
    assert server.is_active(token)


def test_a_public_client_revokes_its_own_token() -> None:
    server = Server(replace(ACCESS, client_id="public"))
    assert server.revoke("access-token", None, client_id="public").status_code == 200
    assert server.introspect("access-token", RESOURCE_SERVER) == INACTIVE


def test_a_client_that_fails_to_authenticate_revokes_nothing(server: Server) -> None:
    answer = server.revoke("access-token", ("machine", "wrong"))
    assert (answer.status_code, answer.json()["error"]) == (401, "invalid_client")
    assert server.is_active("access-token")


def test_both_endpoints_can_be_switched_off() -> None:
    server = Server(introspection=False, revocation=False)
    for path in ("/oauth/introspect", "/oauth/revoke"):
        assert server.post(path, CLIENT, token="access-token").status_code == 404
    metadata = server.http.get("/.well-known/oauth-authorization-server").json()
    assert not {"introspection_endpoint", "revocation_endpoint"} & metadata.keys()
