"""The issuer's HTTP interface. Whatever comes in is answered; everything but the control interface is recorded."""

import hmac
import json
from base64 import b64decode
from http.server import BaseHTTPRequestHandler
from typing import Any, ClassVar
from urllib.parse import parse_qs, urlsplit

from conformance.issuer.introspection import introspect
from conformance.issuer.state import IntrospectionAnswer, IssuerState, PlantedDocument
from conformance.issuer.third_party import AUTHORIZE, TOKEN, ThirdParty

_LARGEST_BODY = 256 * 1024
_WELL_KNOWN = ("oauth-authorization-server", "openid-configuration")
CONTROL = "/control/"
UPSTREAM = "/upstream/"
"""Below this path the issuer plays an API behind the resource server."""


class IssuerHandler(BaseHTTPRequestHandler):
    """Answers one connection. The class attributes are set by the server for its own subclass."""

    protocol_version = "HTTP/1.1"
    timeout = 10
    wbufsize = -1
    disable_nagle_algorithm = True
    state: ClassVar[IssuerState]
    base_path: ClassVar[str]
    control_token: ClassVar[str]
    introspection_secret: ClassVar[str]
    third_party: ClassVar[ThirdParty | None] = None

    def do_GET(self) -> None:
        """Documents: metadata, keys, planted ones."""
        self._answer(b"")

    def do_POST(self) -> None:
        """Introspection and control; the endpoints of a grant refuse unless this is a third party to somebody."""
        length = self.headers.get("Content-Length", "0")
        if not length.isdecimal() or int(length) > _LARGEST_BODY:
            self.close_connection = True
            self._send(413, {"error": "invalid_request"})
            return
        self._answer(self.rfile.read(int(length)))

    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002 - the name is the base class's
        """Nothing is printed: requests are in the state."""

    def _answer(self, body: bytes) -> None:
        path = urlsplit(self.path).path
        inner = path.removeprefix(self.base_path)
        if inner.startswith(CONTROL):
            self._control(inner.removeprefix(CONTROL), body)
            return
        if inner.startswith(UPSTREAM):
            self.state.remember_upstream(f"{self.requestline}\n{self.headers}\n{body.decode('utf-8', 'replace')}")
            self._send(200, {"upstream": "conformance"})
            return
        user, password = self._basic_credentials()
        self.state.remember(self.command, path, user)
        planted = self.state.documents.get(inner)
        if planted is not None:
            self._send_text(200, planted.body, planted.content_type)
        elif self.command == "POST" and inner == "/introspect":
            self._introspect(body, password)
        elif self.third_party is not None and (self.command, inner) in (("GET", AUTHORIZE), ("POST", TOKEN)):
            self._grant(self.third_party, body, user, password)
        elif self.command == "GET":
            self._send_document(path, inner)
        else:
            self._send(400, {"error": "invalid_request", "error_description": "this issuer grants nothing to anybody"})

    def _send_document(self, path: str, inner: str) -> None:
        places = {f"/.well-known/{name}{self.base_path}" for name in _WELL_KNOWN}
        if path in places or inner == "/.well-known/openid-configuration":
            self._send(200, self.state.metadata())
        elif inner == "/jwks.json":
            self._send(200, self.state.key_set())
        else:
            self._send(404, {"error": "not_found"})

    def _introspect(self, body: bytes, password: str) -> None:
        if not hmac.compare_digest(password.encode(), self.introspection_secret.encode()):
            self._send(401, {"error": "invalid_client"}, ("WWW-Authenticate", 'Basic realm="introspection"'))
            return
        token = parse_qs(body.decode("utf-8", "replace")).get("token", [""])[0]
        status, answer = introspect(self.state, token)
        self._send(status, answer, ("Cache-Control", "no-store"))

    def _grant(self, third_party: ThirdParty, body: bytes, user: str | None, password: str) -> None:
        if self.command == "POST":
            status, answer = third_party.token(body.decode("utf-8", "replace"), user, password)
            self._send(status, answer, ("Cache-Control", "no-store"))
            return
        location = third_party.location(urlsplit(self.path).query)
        if location is None:
            self._send(400, {"error": "invalid_request", "error_description": "client_id or redirect_uri is unknown"})
        else:
            self._send(302, {}, ("Location", location))

    def _control(self, action: str, body: bytes) -> None:
        expected = f"Bearer {self.control_token}"
        if not hmac.compare_digest(self.headers.get("Authorization", "").encode(), expected.encode()):
            self._send(401, {"error": "invalid_token"})
            return
        try:
            self._send(200, self._controlled(action, json.loads(body) if body else {}))
        except (ValueError, KeyError, TypeError) as problem:
            self._send(400, {"error": "invalid_request", "error_description": f"{type(problem).__name__}: {problem}"})

    def _controlled(self, action: str, wanted: Any) -> dict[str, Any]:
        if action == "requests":
            return {"requests": [seen.as_json() for seen in self.state.seen()]}
        if action == "upstream":
            return {"requests": self.state.seen_upstream()}
        if action == "keys":
            return self.state.rotate(str(wanted.get("alg", "ES256")), keep_old=bool(wanted.get("keep_old", True)))
        if action == "documents":
            document = PlantedDocument(str(wanted["body"]), str(wanted.get("content_type", "application/json")))
            self.state.documents[str(wanted["path"])] = document
            return {"url": self.state.issuer + str(wanted["path"])}
        if action == "tokens":
            answer = IntrospectionAnswer(
                dict(wanted["members"]), bool(wanted.get("verbatim")), int(wanted.get("status", 200))
            )
            self.state.opaque_tokens[str(wanted["token"])] = answer
            return {"known": True}
        if action == "withdrawals":
            self.state.withdraw(str(wanted["kid"]))
            return {"withdrawn": True}
        raise ValueError(f"no such action: {action[:40]!r}")

    def _basic_credentials(self) -> tuple[str | None, str]:
        scheme, _, credentials = self.headers.get("Authorization", "").partition(" ")
        if scheme.lower() != "basic":
            return None, ""
        try:
            user, _, password = b64decode(credentials).decode().partition(":")
        except ValueError:
            return None, ""
        return user, password

    def _send(self, status: int, document: Any, *headers: tuple[str, str]) -> None:
        self._send_text(status, json.dumps(document), "application/json", *headers)

    def _send_text(self, status: int, text: str, content_type: str, *headers: tuple[str, str]) -> None:
        body = text.encode()
        self.send_response(status)
        for name, value in (("Content-Type", content_type), ("Content-Length", str(len(body))), *headers):
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(body)
        self.wfile.flush()
