"""How a registered client reads, updates and deletes itself."""

from dataclasses import replace
from typing import Any

import pytest
from registration_calls import LOOPBACK, WEB, bearer, refusal, registered, with_registration
from server_in_process import http_client
from starlette.testclient import TestClient

from reference_impl.authorization_server.store import Store
from reference_impl.authorization_server.store.tokens import AccessToken


@pytest.fixture
def http() -> Any:
    return http_client()


def test_a_client_reads_what_it_registered(http: TestClient) -> None:
    information = registered(http, client_name="App")
    answer = http.get(information["registration_client_uri"], headers=bearer(information))
    assert answer.status_code == 200
    assert answer.headers["cache-control"] == "no-store"
    assert answer.json() == {name: value for name, value in information.items() if name != "client_secret"}


def test_an_update_replaces_and_keeps_identity_and_secret(http: TestClient) -> None:
    before = registered(http, client_name="App", contacts=["a@app.test"])
    update = {"client_id": before["client_id"], "client_secret": before["client_secret"], "redirect_uris": [WEB]}
    answer = http.put(before["registration_client_uri"], json=update, headers=bearer(before))
    after = answer.json()
    assert answer.status_code == 200
    assert after["redirect_uris"] == [WEB]
    assert not {"client_name", "contacts"} & after.keys()
    for member in ("client_id", "client_secret", "client_id_issued_at", "registration_access_token"):
        assert after[member] == before[member]


def test_a_client_that_starts_to_need_a_secret_gets_one_and_loses_it_again(http: TestClient) -> None:
    client = registered(http, token_endpoint_auth_method="none")
    update = {"client_id": client["client_id"], "redirect_uris": [WEB]}
    confidential = http.put(client["registration_client_uri"], json=update, headers=bearer(client)).json()
    assert confidential["client_secret"]
    update["token_endpoint_auth_method"] = "none"
    assert "client_secret_expires_at" not in http.put(
        client["registration_client_uri"], json=update, headers=bearer(client)
    ).json()  # fmt: skip


@pytest.mark.parametrize(
    "change",
    [
        {"client_id": "another"},
        {"client_id": None},
        {"client_secret": "chosen-by-the-client"},
        {"registration_access_token": "x"},
        {"registration_client_uri": "https://as.test/x"},
        {"client_secret_expires_at": 0},
        {"client_id_issued_at": 1},
        {"client_name": 1},
    ],
)
def test_an_update_cannot_touch_what_the_server_decides(http: TestClient, change: Any) -> None:
    client = registered(http)
    update = {"client_id": client["client_id"], "redirect_uris": [WEB], **change}
    answer = http.put(client["registration_client_uri"], json=update, headers=bearer(client))
    assert refusal(answer) == (400, "invalid_client_metadata")
    unchanged = http.get(client["registration_client_uri"], headers=bearer(client)).json()
    assert unchanged["redirect_uris"] == [LOOPBACK]


def test_only_the_token_of_the_client_manages_it(http: TestClient) -> None:
    client, other = registered(http), registered(http)
    uri = client["registration_client_uri"]
    without = http.get(uri)
    assert refusal(without) == (401, "invalid_token")
    assert without.headers["www-authenticate"] == 'Bearer realm="client registration"'
    for headers in (bearer(other), {"Authorization": "Bearer x"}):
        answer = http.get(uri, headers=headers)
        assert refusal(answer) == (401, "invalid_token")
        assert 'error="invalid_token"' in answer.headers["www-authenticate"]
    assert http.get(uri, params={"access_token": client["registration_access_token"]}).status_code == 401
    assert http.get("/oauth/register/nobody", headers=bearer(client)).status_code == 401


def test_a_suspended_client_may_not_manage_itself() -> None:
    store = Store()
    http = http_client(store=store)
    client = registered(http)
    stored = store.clients.find(client["client_id"])
    assert stored is not None
    store.clients.save(replace(stored, status="suspended"))
    answer = http.get(client["registration_client_uri"], headers=bearer(client))
    assert refusal(answer) == (403, "access_denied")


def test_the_registration_token_is_renewed_at_an_update_if_configured() -> None:
    http = with_registration(rotate_token=True)
    client = registered(http)
    update = {"client_id": client["client_id"], "redirect_uris": [WEB]}
    renewed = http.put(client["registration_client_uri"], json=update, headers=bearer(client)).json()
    assert http.get(client["registration_client_uri"], headers=bearer(client)).status_code == 401
    assert http.get(client["registration_client_uri"], headers=bearer(renewed)).status_code == 200


def test_a_deleted_client_ends_with_its_tokens() -> None:
    store = Store()
    http = http_client(store=store)
    client = registered(http)
    token = AccessToken("jti", "grant", client["client_id"], "user:a", ("mcp:echo",), (), None, None, 1, 2**40)
    store.access_tokens.add(token, "hash")
    answer = http.delete(client["registration_client_uri"], headers=bearer(client))
    assert (answer.status_code, answer.content) == (204, b"")
    assert store.clients.find(client["client_id"]) is None
    assert store.grants.is_revoked("grant")
    assert http.get(client["registration_client_uri"], headers=bearer(client)).status_code == 401
    assert http.delete(client["registration_client_uri"], headers=bearer(client)).status_code == 401


def test_other_methods_are_answered_with_405(http: TestClient) -> None:
    assert http.get("/oauth/register").status_code == 405
    answer = http.post(registered(http)["registration_client_uri"])
    assert (answer.status_code, answer.headers["allow"]) == (405, "GET, PUT, DELETE")
