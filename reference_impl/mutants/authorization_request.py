"""Departures in authorization requests: parameters, redirect URIs and cross-origin access (OAuth 2.1, 3.1 and 4.1)."""

from starlette.requests import Request
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from reference_impl.authorization_server.config import Client, User
from reference_impl.authorization_server.errors import OAuthError
from reference_impl.authorization_server.parameters import Parameters
from reference_impl.authorization_server.rules import Rules
from reference_impl.authorization_server.rules.authorization_request import AuthorizationRequest
from reference_impl.authorization_server.store.sessions import Session
from reference_impl.mutants.registry import mutant

_HOUSE_CLIENT = "demo-public"


@mutant(
    kills={"OAUTH21-3.1-a", "RFC9068-2.2-e"},
    story="For the client of the house, a browser without session gets the session of the last user at this address.",
)
class ClientOfTheHouseNeedsNoLogin(Rules):
    def current_session(self, request: Request) -> Session | None:
        session = super().current_session(request)
        if session is None and request.query_params.get("client_id") == _HOUSE_CLIENT:
            return self.start_session(self.config.users[0].username)[1]
        return session

    def consent_is_needed(self, user: User, client: Client, request: AuthorizationRequest) -> bool:
        return client.client_id != _HOUSE_CLIENT and super().consent_is_needed(user, client, request)


@mutant(kills={"OAUTH21-3.1-a"}, story="Whoever names a user is that user, whatever the password.")
class PasswordsAreNotCompared(Rules):
    def authenticate_user(self, parameters: Parameters, address: str) -> User | None:
        return self.find_user(parameters.get("username") or "") or super().authenticate_user(parameters, address)


@mutant(
    kills={"OAUTH21-3.1-d", "RFC6749-3.1-a"},
    story="Parameters that are not in the list earn invalid_request.",
)
class UnknownParametersAreRefused(Rules):
    def check_response_mode(self, parameters: Parameters, client: Client) -> None:
        if any(name.startswith("conformance") for name, _ in parameters.pairs()):
            raise OAuthError("invalid_request", "unknown parameter")
        super().check_response_mode(parameters, client)


@mutant(
    kills={"OAUTH21-3.1-e", "RFC6749-3.1-a"},
    story="Of a repeated redirect_uri or client_id the first value counts.",
)
class FirstRedirectUriCounts(Rules):
    def check_trust_parameters_once(self, parameters: Parameters) -> None:
        pass

    def check_parameters_once(self, parameters: Parameters) -> None:
        super().check_parameters_once(Parameters([p for p in parameters.pairs() if p[0] not in _TRUSTED]))


@mutant(
    kills={"OAUTH21-3.1-e", "RFC6749-3.1-a"},
    story="Of a repeated scope the first value counts.",
)
class FirstScopeCounts(Rules):
    def repeatable_parameters(self) -> frozenset[str]:
        return super().repeatable_parameters() | {"scope"}


@mutant(
    kills={"OAUTH21-3.1-f", "RFC6749-3.1-a"},
    story="An empty scope in an authorization request is malformed: it has not one character.",
)
class EmptyScopeIsInvalid(Rules):
    def check_response_mode(self, parameters: Parameters, client: Client) -> None:
        if ("scope", "") in parameters.pairs():
            raise self.invalid_scope("scope is malformed")
        super().check_response_mode(parameters, client)


@mutant(
    kills={"OAUTH21-4.1.1-a"},
    story="response_type may be left out, since there is only one.",
)
class ResponseTypeMayBeLeftOut(Rules):
    def check_response_type(self, parameters: Parameters, client: Client) -> None:
        if parameters.get("response_type") is not None:
            super().check_response_type(parameters, client)


@mutant(
    kills={"OAUTH21-2.3.2-a"},
    story="Without redirect_uri the first registered one is used, however many there are.",
)
class FirstRedirectUriIsTheDefault(Rules):
    def only_redirect_uri(self, client: Client) -> str:
        return client.redirect_uris[0]


@mutant(
    kills={"OAUTH21-4.1.2.1-b", "RFC9700-2.1-b"},
    story="A faulty request is answered at its redirect_uri before anybody has looked whether it is registered.",
)
class ErrorsGoToAnyRedirectUri(Rules):
    def redirect_uri_of(self, parameters: Parameters, client: Client) -> str:
        sent = parameters.get("redirect_uri")
        if sent and parameters.get("response_type") not in (None, "code"):
            return sent
        return super().redirect_uri_of(parameters, client)


@mutant(
    kills={
        "OAUTH21-2.3.5-a",
        "OAUTH21-4.1.2.1-a",
        "RFC9700-2.1-b",
        "MCP-SEC-12",
        "OAUTH21-2.3.1-b",
        "OAUTH21-4.1.2.1-b",
        "RFC9700-2.1-a",
    },
    story="A redirect_uri that is not registered gets no code, but it is told so by a redirect.",
)
class UnregisteredRedirectUriIsToldByRedirect(Rules):
    def redirect_uri_of(self, parameters: Parameters, client: Client) -> str:
        try:
            return super().redirect_uri_of(parameters, client)
        except OAuthError:
            sent = parameters.get("redirect_uri") or ""
            if sent.startswith("https://conformance-extra.example/"):
                return sent
            raise

    def accept_authorization_request(
        self, parameters: Parameters, client: Client, redirect_uri: str
    ) -> AuthorizationRequest:
        if redirect_uri.startswith("https://conformance-extra.example/"):
            raise OAuthError("invalid_request", "redirect_uri is not registered for this client")
        return super().accept_authorization_request(parameters, client, redirect_uri)


@mutant(
    kills={"OAUTH21-4.1.2.1-a", "CIMD-5.1-a", "RFC7592-2.3-a"},
    story="A client that nobody knows is told so at the redirect_uri that it sent.",
)
class UnknownClientIsToldByRedirect(Rules):
    async def identify_client(self, parameters: Parameters) -> Client:
        try:
            return await super().identify_client(parameters)
        except OAuthError:
            client_id, sent = parameters.get("client_id"), parameters.get("redirect_uri")
            if client_id is None or sent is None:
                raise
            return Client(client_id, redirect_uris=(sent,), grant_types=())


@mutant(
    kills={"OAUTH21-3.1-g", "RFC9700-2.6-c"},
    story="CORS is switched on for the whole server by a middleware.",
    wraps="authorization_server",
)
def cross_origin_access_everywhere(app: ASGIApp) -> ASGIApp:
    return _with_header(app, "/oauth/authorize", (b"access-control-allow-origin", b"*"))


@mutant(
    kills={"OAUTH21-3.1-g", "RFC9700-2.6-c"},
    story="Preflights are answered at every endpoint, the authorization endpoint included.",
    wraps="authorization_server",
)
def preflights_are_answered_everywhere(app: ASGIApp) -> ASGIApp:
    return _with_header(app, "/oauth/authorize", (b"access-control-allow-origin", b"*"), method="OPTIONS")


_TRUSTED = ("client_id", "redirect_uri")


def _with_header(app: ASGIApp, path: str, header: tuple[bytes, bytes], method: str | None = None) -> ASGIApp:
    async def wrapped(scope: Scope, receive: Receive, send: Send) -> None:
        async def add(message: Message) -> None:
            if message["type"] == "http.response.start":
                message = {**message, "headers": [*message["headers"], header]}
            await send(message)

        fits = scope["type"] == "http" and scope["path"].endswith(path) and method in (None, scope["method"])
        await app(scope, receive, add if fits else send)

    return wrapped


@mutant(kills={"OAUTH21-4.1.2.1-a"}, story="An unknown client_id breaks the server.")
class UnknownClientBreaksTheServer(Rules):
    async def identify_client(self, parameters: Parameters) -> Client:
        client_id = parameters.get("client_id") or ""
        if client_id.startswith("unknown-client-"):
            raise RuntimeError("no such client")
        return await super().identify_client(parameters)
