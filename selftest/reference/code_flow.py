"""A browser and a client in one, to drive the reference's code flow without sockets."""

import re
from base64 import urlsafe_b64encode
from dataclasses import replace
from hashlib import sha256
from html import unescape
from typing import Any
from urllib.parse import parse_qsl, urlsplit

from server_in_process import ISSUER, RESOURCE, SECRET, configuration
from starlette.testclient import TestClient

from reference_impl.authorization_server.app import create_app
from reference_impl.authorization_server.config import Client, ServerConfig, User, hash_secret
from reference_impl.authorization_server.rules import Rules
from reference_impl.authorization_server.store import Store

LOOPBACK = "http://127.0.0.1/cb"
WEB = "https://app.test/cb?own=1"
PASSWORD = "correct horse battery staple"
VERIFIER = "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk"
CODE_CLIENT = Client(
    client_id="native",
    client_name="Native <b>app</b>",
    redirect_uris=(LOOPBACK,),
    grant_types=("authorization_code", "refresh_token"),
    token_endpoint_auth_method="none",
    scope=("mcp:echo", "mcp:add", "other:read"),
)
WEB_CLIENT = replace(
    CODE_CLIENT,
    client_id="web app",
    redirect_uris=(WEB, "https://app.test/other"),
    token_endpoint_auth_method="client_secret_basic",
    secret_hash=hash_secret(SECRET),
)


def challenge(verifier: str = VERIFIER) -> str:
    return urlsafe_b64encode(sha256(verifier.encode()).digest()).rstrip(b"=").decode()


def code_flow_configuration(**changes: Any) -> ServerConfig:
    base = configuration()
    alice = User.with_password("alice", PASSWORD, cost=2)
    return replace(base, clients=(*base.clients, CODE_CLIENT, WEB_CLIENT), users=(alice,), **changes)


class Browser:
    """One browser at one server. Answers come back as they are, redirects are not followed by themselves."""

    def __init__(self, config: ServerConfig | None = None, rules: type[Rules] = Rules) -> None:
        self.store = Store()
        app = create_app(config or code_flow_configuration(), rules, self.store)
        self.http = TestClient(app, base_url=ISSUER, follow_redirects=False)

    def request(self, **changes: str | None) -> dict[str, str]:
        parameters: dict[str, str | None] = {
            "response_type": "code",
            "client_id": "native",
            "redirect_uri": LOOPBACK,
            "state": "s t&ä=1",
            "scope": "mcp:echo",
            "resource": RESOURCE,
            "code_challenge": challenge(),
            "code_challenge_method": "S256",
            **changes,
        }
        return {name: value for name, value in parameters.items() if value is not None}

    def authorize(self, **changes: str | None) -> Any:
        return self.http.get("/oauth/authorize", params=self.request(**changes))

    def submit(self, page: Any, **values: str) -> Any:
        """Fill in and send the form of a page."""
        action = unescape(re.findall(r'<form method="post" action="([^"]+)"', page.text)[0])
        hidden = re.findall(r'<input type="hidden" name="([^"]+)" value="([^"]+)">', page.text)
        return self.http.post(action, data=dict(hidden) | values)

    def log_in(self, answer: Any, password: str = PASSWORD) -> Any:
        return self.submit(self.http.get(answer.headers["location"]), username="alice", password=password)

    def decide(self, answer: Any, decision: str = "approve") -> Any:
        return self.submit(self.http.get(answer.headers["location"]), decision=decision)

    def answer_of(self, response: Any) -> dict[str, str]:
        """Parameters that a redirect brings to the client."""
        assert response.status_code in (302, 303), response.text
        return dict(parse_qsl(urlsplit(response.headers["location"]).query))

    def code(self, **changes: str | None) -> str:
        """Log in if asked to, approve if asked to, and take the code."""
        answer = self.authorize(**changes)
        if "/login?" in answer.headers["location"]:
            answer = self.log_in(answer)
        if "/consent?" in answer.headers["location"]:
            answer = self.decide(answer)
        return self.answer_of(answer)["code"]

    def token(self, auth: tuple[str, str] | None = None, **form: str) -> Any:
        return self.http.post("/oauth/token", data=form, auth=auth)  # type: ignore[arg-type]

    def redeem(self, issued: str, **changes: Any) -> Any:
        form = {
            "grant_type": "authorization_code",
            "client_id": "native",
            "code": issued,
            "code_verifier": VERIFIER,
            "redirect_uri": LOOPBACK,
            **changes,
        }
        return self.http.post("/oauth/token", data={name: value for name, value in form.items() if value is not None})

    def refresh(self, token: str, **changes: str) -> Any:
        return self.token(grant_type="refresh_token", client_id="native", refresh_token=token, **changes)

    def is_active(self, token: str) -> bool:
        form = {"token": token}
        answer = self.http.post("/oauth/introspect", data=form, auth=("resource-server", SECRET))
        return bool(answer.json()["active"])
