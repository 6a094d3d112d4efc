"""Departures by which input breaks out of headers and pages (OAuth 2.1, 7.12; RFC 7591, 5)."""

from typing import Any
from urllib.parse import unquote

from markupsafe import Markup
from starlette.responses import Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from reference_impl.authorization_server.config import Client
from reference_impl.authorization_server.errors import OAuthError
from reference_impl.authorization_server.parameters import Parameters
from reference_impl.authorization_server.rules import Rules
from reference_impl.authorization_server.rules.authorization_request import AuthorizationRequest
from reference_impl.authorization_server.rules.redirect_uri_policy import SCRIPT_SCHEMES
from reference_impl.mutants.registry import mutant


@mutant(
    kills={"OAUTH21-7.12-a"},
    story="state is written into Location as it came, line breaks included.",
    wraps="authorization_server",
)
def line_breaks_get_into_headers(app: ASGIApp) -> ASGIApp:
    async def wrapped(scope: Scope, receive: Receive, send: Send) -> None:
        async def write(message: Message) -> None:
            if message["type"] == "http.response.start":
                message = {
                    **message,
                    "headers": [each for header in message["headers"] for each in _as_written(*header)],
                }
            await send(message)

        await app(scope, receive, write)

    return wrapped


@mutant(
    kills={"OAUTH21-7.12-a"},
    story="The error page helps by quoting the redirect_uri that is not registered, as markup.",
)
class ErrorPagesQuoteTheRedirectUri(Rules):
    def redirect_uri_of(self, parameters: Parameters, client: Client) -> str:
        try:
            return super().redirect_uri_of(parameters, client)
        except OAuthError as error:
            sent = parameters.get("redirect_uri")
            raise OAuthError(error.error, f"{error.description}: {sent}", error.status) from None

    def error_page(self, error: OAuthError) -> Response:
        description = Markup(error.description)  # noqa: S704 - this is the bug
        return self.page("error.html", error.status, error=error.error, description=description)


@mutant(
    kills={"OAUTH21-7.12-a"},
    story="The consent page lets clients put their name in bold, so it is not escaped.",
)
class NamesMayHaveMarkup(Rules):
    def client_facts(self, client: Client, request: AuthorizationRequest) -> dict[str, Any]:
        facts = super().client_facts(client, request)
        return {**facts, "client_name": Markup(facts["client_name"])}  # noqa: S704 - this is the bug


@mutant(
    kills={"RFC7591-5-a"},
    story="Schemes that a browser runs are looked for in lower case only.",
)
class ScriptsInCapitalsAreRegistered(Rules):
    def check_redirect_uri(self, redirect_uri: str) -> None:
        scheme = redirect_uri.partition(":")[0]
        if scheme.islower() or scheme.lower() not in SCRIPT_SCHEMES:
            super().check_redirect_uri(redirect_uri)


def _as_written(name: bytes, value: bytes) -> list[tuple[bytes, bytes]]:
    """One header, or the headers that a browser reads where the line breaks of a Location are not encoded."""
    if name.lower() != b"location" or b"%0D%0A" not in value:
        return [(name, value)]
    first, *others = unquote(value.decode("latin-1")).partition("\r\n\r\n")[0].split("\r\n")
    lines = [line.partition(":") for line in others]
    return [(name, first.encode("latin-1")), *((n.encode(), v.strip().encode()) for n, _, v in lines)]
