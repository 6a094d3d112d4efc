"""A client that manages its registration (RFC 7592): requests to its client configuration endpoint."""

import json
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

from conformance.client.flow import AuthorizationFlow
from conformance.client.registrar import Registrar, Registration
from conformance.vocabulary import Inconclusive, NotApplicable
from conformance.wire import HttpRequest, Response
from conformance.wire.message import Headers

_SERVER_MEMBERS = (
    "registration_access_token",
    "registration_client_uri",
    "client_secret_expires_at",
    "client_id_issued_at",
)
_NOT_OFFERED = (403, 404, 405, 501)


@dataclass
class ManagedClient:
    """A registered client with its registration access token and its secret, if it has one.

    Requests are values, sent by `send`, which takes over a token or secret that the server renews (RFC 7592, 2.1).
    """

    registrar: Registrar
    registration: Registration
    uri: str
    token: str
    secret: str | None

    @property
    def members(self) -> Mapping[str, Any]:
        """What registration answered."""
        return self.registration.members

    def request(self, method: str = "GET", body: Mapping[str, Any] | None = None, change: str = "") -> HttpRequest:
        """A good request of that method, or one altered as `change` says."""
        headers: Headers = (("Authorization", f"Bearer {self.token}"), ("Accept", "application/json"))
        if body is not None:
            headers = (*headers, ("Content-Type", "application/json"))
        encoded = json.dumps(body).encode() if body is not None else b""
        return HttpRequest(method, self.uri, headers, encoded, (change,) if change else ())

    def send(self, request: HttpRequest) -> Response:
        """Send it, and keep what the answer renews. Raises NoAnswer."""
        response = self.registrar.server.wire.send(request)
        members = (response.json_object() or {}) if response.status == 200 else {}
        if members.get("client_id") == self.members["client_id"]:
            self.token = str(members.get("registration_access_token") or self.token)
            self.secret = members.get("client_secret") or self.secret
        return response

    def read(self) -> Mapping[str, Any]:
        """The registration as it is now. Raises Inconclusive when it can't be read (the control of most checks)."""
        response = self.send(self.request())
        members = response.json_object()
        if response.status in _NOT_OFFERED:
            raise NotApplicable(f"the server does not let clients read their registration ({response.status})")
        if response.status != 200 or members is None:
            raise Inconclusive(
                f"a client that reads its registration is answered {response.status}", root="registration"
            )
        return members

    def update(self, **members: Any) -> dict[str, Any]:
        """The body of a good update: all metadata as registered, these members set (None: left out)."""
        registered = {name: value for name, value in self.members.items() if name not in _SERVER_MEMBERS}
        current = {"client_secret": self.secret} if "client_secret" in registered else {}
        return {name: value for name, value in {**registered, **current, **members}.items() if value is not None}

    def control_update(self, **members: Any) -> Mapping[str, Any]:
        """A good update that has to work. Raises NotApplicable where updates aren't offered, Inconclusive."""
        response = self.send(self.request("PUT", self.update(**members)))
        if response.status in _NOT_OFFERED:
            raise NotApplicable(f"the server does not let clients update their registration ({response.status})")
        answer = response.json_object()
        if response.status != 200 or answer is None:
            raise Inconclusive(f"a good update of a registration is answered {response.status}", root="registration")
        return answer

    def delete(self) -> Response:
        """Delete the client. Raises NotApplicable where that isn't offered."""
        response = self.send(self.request("DELETE"))
        if response.status in _NOT_OFFERED:
            raise NotApplicable(f"the server does not let clients delete their registration ({response.status})")
        return response

    def flow(self) -> AuthorizationFlow:
        """The code flow of this client."""
        flow = self.registrar.flow(self.registration)
        return flow.by(replace(flow.client, client_secret=self.secret))


def managed_client(registrar: Registrar, registration: Registration | None = None) -> ManagedClient:
    """A new client that may manage itself. Raises NotApplicable where the server gives no means to, Inconclusive."""
    registration = registration or registrar.control()
    uri = registration.members.get("registration_client_uri")
    token = registration.members.get("registration_access_token")
    if uri is None and token is None:
        raise NotApplicable("registration gives neither registration_client_uri nor registration_access_token")
    if not isinstance(uri, str) or not isinstance(token, str):
        raise Inconclusive("registration gives only half of what managing it needs", root="registration")
    registrar.server.wire.transcript.secrets.learn("registration_access_token", token)
    return ManagedClient(registrar, registration, uri, token, registration.members.get("client_secret"))
