"""Dynamic client registration as something to be judged: good requests, altered ones, and what came of them."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from conformance.client.authorization_server import AuthorizationServer
from conformance.client.flow import AuthorizationFlow
from conformance.client.registration import registered_client, registration_metadata, registration_request
from conformance.expect import expect
from conformance.vocabulary import Inconclusive, NotApplicable, Violation
from conformance.wire import Response

WEB_REDIRECT = "https://client.example/callback"


@dataclass(frozen=True)
class Registration:
    """What was asked for and what was answered; nothing is judged yet."""

    wanted: Mapping[str, Any]
    response: Response

    @property
    def members(self) -> Mapping[str, Any]:
        """The members of the client information response; empty when the registration was refused."""
        return (self.response.json_object() or {}) if self.response.status in (200, 201) else {}

    @property
    def client_id(self) -> str | None:
        """The client_id that was issued, or None."""
        value = self.members.get("client_id")
        return value if isinstance(value, str) and value else None

    @property
    def redirect_uris(self) -> list[str]:
        """The redirect URIs that the client has now, as far as the answer says; those wanted if it doesn't say."""
        named = self.members.get("redirect_uris", self.wanted.get("redirect_uris"))
        return [str(uri) for uri in named] if self.client_id and isinstance(named, list) else []

    @property
    def is_refused(self) -> bool:
        """Whether the server said no, rather than broke."""
        return 400 <= self.response.status < 500

    def expect_accepted(self) -> Mapping[str, Any]:
        """The members of the answer; a Violation when there is no client."""
        if self.client_id is None:
            raise Violation("no client was registered", expected="201 with a client_id", observed=self.described())
        return self.members

    def expect_without_redirect_uri(self, redirect_uri: str) -> None:
        """The registration was refused, or made a client without that redirect URI; else a Violation."""
        expect(self.response).has_no_server_error()
        if redirect_uri in self.redirect_uris:
            raise Violation(
                "the redirect URI was registered",
                expected=f"a refusal, or a client without {redirect_uri}",
                observed=self.described(),
            )

    def described(self) -> str:
        """What came back in one line."""
        error = (self.response.json_object() or {}).get("error")
        said = f" with error={error!r}" if isinstance(error, str) else ""
        return f"{self.response.status} ({self.response.media_type or 'no media type'}){said}"


@dataclass(frozen=True)
class Registrar:
    """The registration endpoint of one server."""

    server: AuthorizationServer
    endpoint: str

    def metadata(self, **members: Any) -> dict[str, Any]:
        """Good metadata for the code flow with these members set, or left out where they are None."""
        facts = self.server.context.facts
        methods = self.server.metadata().value.get("token_endpoint_auth_methods_supported", ["client_secret_basic"])
        method = "none" if "none" in methods else "client_secret_basic"
        good = registration_metadata("authorization_code", method, (facts.redirect_uri,), facts.scope)
        return {name: value for name, value in {**good, **members}.items() if value is not None}

    def send(self, metadata: Mapping[str, Any], change: str = "") -> Registration:
        """Ask for a client with that metadata. Raises NoAnswer."""
        return Registration(metadata, self.server.wire.send(registration_request(self.endpoint, metadata, change)))

    def control(self, **members: Any) -> Registration:
        """Register with good metadata. Raises Inconclusive when that makes no client."""
        registration = self.send(self.metadata(**members))
        registered_client(registration.response, registration.wanted)
        return registration

    def altered(self, change: str, **members: Any) -> Registration:
        """Register with altered metadata, once unaltered metadata made a client."""
        self.control()
        return self.send(self.metadata(**members), change)

    def confidential(self) -> Registration:
        """A client that has a secret. Raises NotApplicable when the server gives none, Inconclusive."""
        methods = ("client_secret_basic", "client_secret_post")
        supported = self.server.metadata().value.get("token_endpoint_auth_methods_supported", [methods[0]])
        method = next((m for m in methods if m in supported), None)
        if method is None:
            raise NotApplicable("the server has no client authentication by a secret")
        registration = self.control(token_endpoint_auth_method=method)
        if not isinstance(registration.members.get("client_secret"), str):
            raise NotApplicable(f"registration for {method} gives no client_secret")
        return registration

    def flow(self, registration: Registration) -> AuthorizationFlow:
        """The code flow of the client that was registered. Raises Inconclusive when there is none."""
        return self.server.flow(registered_client(registration.response, registration.wanted))


def registrar(server: AuthorizationServer) -> Registrar:
    """Raises NotApplicable where clients don't register themselves, Inconclusive without metadata."""
    if not server.context.facts.dynamic_registration:
        raise NotApplicable("the target file says registration: given, so no client is registered")
    if server.context.facts.safe:
        raise NotApplicable("--safe registers no clients for the sake of judging registration")
    endpoint = server.metadata().value.get("registration_endpoint")
    if endpoint is None:
        raise NotApplicable("the metadata has no registration_endpoint")
    if not isinstance(endpoint, str):
        raise Inconclusive("the metadata's registration_endpoint is no string", root="metadata")
    return Registrar(server, endpoint)
