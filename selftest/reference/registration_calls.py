"""Calls to the registration endpoint and what comes back."""

from typing import Any

from server_in_process import configuration, http_client
from starlette.testclient import TestClient

from reference_impl.authorization_server.config import RegistrationOptions

LOOPBACK = "http://127.0.0.1:8123/callback"
WEB = "https://app.test/callback"


def register(http: TestClient, **metadata: Any) -> Any:
    return http.post("/oauth/register", json={"redirect_uris": [LOOPBACK], **metadata})


def registered(http: TestClient, **metadata: Any) -> Any:
    answer = register(http, **metadata)
    assert answer.status_code == 201, answer.text
    return answer.json()


def bearer(information: Any) -> Any:
    return {"Authorization": f"Bearer {information['registration_access_token']}"}


def refusal(answer: Any) -> Any:
    assert answer.headers["content-type"] == "application/json"
    assert answer.headers["cache-control"] == "no-store"
    return answer.status_code, answer.json()["error"]


def with_registration(**options: Any) -> Any:
    return http_client(configuration(registration=RegistrationOptions(**options)))
