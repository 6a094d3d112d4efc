"""Departures in how a token is presented: RFC 6750, section 2; OAuth 2.1, section 5.1; MCP."""

from collections.abc import Callable
from typing import Any
from urllib.parse import parse_qs

from starlette.datastructures import MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from reference_impl.mcp_server.http_request import Credentials, HttpRequest
from reference_impl.mcp_server.refusal import RefusalError
from reference_impl.mcp_server.rules import McpServerRules
from reference_impl.mutants.registry import mutant


@mutant(
    kills={"RFC6750-2.1-b", "OAUTH21-5.1.1-a"},
    story="The token is looked for by a handler of requests, which notifications never reach.",
)
class NotificationsHaveNoToken(McpServerRules):
    def message_steps(self) -> tuple[Callable[[HttpRequest, Any], None], ...]:
        return (*super().message_steps(), self.check_message_is_no_notification)

    def check_message_is_no_notification(self, request: HttpRequest, message: Any) -> None:
        if isinstance(message, dict) and message.get("method") == "notifications/cancelled":
            raise self.unauthenticated()


@mutant(
    kills={"RFC6750-2.1-c"}, story="Scheme and token are split at one space, and a second one is part of the token."
)
class OneSpaceOnly(McpServerRules):
    def credentials_in_header(self, request: HttpRequest) -> Credentials | None:
        if "  " in request.headers.get("authorization", ""):
            raise self.invalid_token("the access token is malformed")
        return super().credentials_in_header(request)


@mutant(
    kills={"MCP-ERR-01", "RFC6750-2.1-c"},
    story="A token with illegal characters is refused as content that can't be processed.",
)
class MalformedTokenIsUnprocessable(McpServerRules):
    def check_token_syntax(self, token: str) -> None:
        try:
            super().check_token_syntax(token)
        except RefusalError as refusal:
            refusal.status = 422
            raise


class _QueryToken(McpServerRules):
    """The reference with tokens from the query, as RFC 6750, 2.3 once allowed."""

    def credentials_in_query(self, request: HttpRequest) -> Credentials | None:
        token = self.query_token(request)
        return None if token is None else Credentials("Bearer", token)


@mutant(
    kills={"MCP-TOK-04", "OAUTH21-5.1-b", "RFC6750-2.3-b", "RFC6750-2.3-d"},
    story="A token in the query is as good as one in the header.",
)
class QueryTokenIsAccepted(_QueryToken):
    pass


@mutant(
    kills={"MCP-TOK-04", "OAUTH21-5.1-b"},
    story="A token in the query earns a lecture instead of a challenge: 400.",
)
class QueryTokenIsABadRequest(McpServerRules):
    def credentials_in_query(self, request: HttpRequest) -> Credentials | None:
        if self.query_token(request) is not None:
            raise self.invalid_request("an access token in the query")
        return None


@mutant(
    kills={"MCP-TOK-04", "OAUTH21-5.1-b"},
    story="The query is looked at when the header has no good token: the one without a header is refused before.",
)
class QueryMendsABadHeader(McpServerRules):
    def check_one_token_method(self, request: HttpRequest) -> None:
        return

    def credentials_in_header(self, request: HttpRequest) -> Credentials | None:
        found, other = super().credentials_in_header(request), self.query_token(request)
        return Credentials("Bearer", other) if found and other and "." not in found.token else found


@mutant(
    kills={"RFC6750-3.1-a"},
    story="A token in header and query is taken for an attack, and refused in the name of the token.",
)
class TokenTwiceIsUnauthorized(McpServerRules):
    def check_one_token_method(self, request: HttpRequest) -> None:
        if "authorization" in request.headers and self.query_token(request) is not None:
            raise self.invalid_token("an access token in the header and one in the query")


@mutant(
    kills={"RFC6750-2.1-c"},
    story='The first six letters of the header are cut off where they are "Bearer", and the rest is the token.',
)
class SpaceAfterTheSchemeIsOptional(McpServerRules):
    def credentials_in_header(self, request: HttpRequest) -> Credentials | None:
        given = request.headers.get("authorization", "")
        glued = given.startswith("Bearer") and "." in given and " " not in given
        return Credentials("Bearer", given[6:]) if glued else super().credentials_in_header(request)


@mutant(
    kills={"RFC6750-2.2-c"},
    story="A form-encoded body may hold the token, and no metadata says so.",
    wraps="mcp_server",
)
def token_in_form_body(app: ASGIApp) -> ASGIApp:
    async def wrapped(scope: Scope, receive: Receive, send: Send) -> None:
        headers = MutableHeaders(scope=scope) if scope["type"] == "http" else MutableHeaders()
        if headers.get("content-type") != "application/x-www-form-urlencoded":
            await app(scope, receive, send)
            return
        message = await receive()
        found = parse_qs(message.get("body", b"").decode()).get("access_token")
        if found and "authorization" not in headers:
            headers["authorization"] = f"Bearer {found[0]}"
        await app({**scope, "headers": headers.raw}, _again(message, receive), send)

    return wrapped


def _again(first: Message, receive: Receive) -> Receive:
    pending = [first]

    async def receive_again() -> Message:
        return pending.pop() if pending else await receive()

    return receive_again


@mutant(kills={"RFC6750-3.1-a"}, story="Of two Authorization headers the first counts, as in most frameworks.")
class FirstAuthorizationHeaderCounts(McpServerRules):
    def check_one_authorization_header(self, request: HttpRequest) -> None:
        return


@mutant(
    kills={"MCP-ERR-01", "RFC6750-3.1-a"},
    story="Of two Authorization headers the last one counts, while the gateway in front looked at the first.",
)
class LastAuthorizationHeaderCounts(McpServerRules):
    def credentials(self, request: HttpRequest) -> Credentials:
        given = request.headers.getlist("authorization")
        if len(given) > 1:
            self.check_token_syntax(given[-1].partition(" ")[2])
            return Credentials("Bearer", given[-1].partition(" ")[2])
        return super().credentials(request)


@mutant(kills={"RFC6750-3.1-a"}, story="Two Authorization headers are refused in the name of the token.")
class TwoAuthorizationHeadersAreAnInvalidToken(McpServerRules):
    def check_one_authorization_header(self, request: HttpRequest) -> None:
        if len(request.headers.getlist("authorization")) > 1:
            raise RefusalError(400, "more than one token", error="invalid_token", challenges=True)


@mutant(
    kills={"RFC6750-5.2-h"}, story="The token is put into a cookie, for the pages of the server.", wraps="mcp_server"
)
def token_in_cookie(app: ASGIApp) -> ASGIApp:
    async def wrapped(scope: Scope, receive: Receive, send: Send) -> None:
        async def send_with_cookie(message: Message) -> None:
            scheme, _, token = MutableHeaders(scope=scope).get("authorization", "").partition(" ")
            if message["type"] == "http.response.start" and message["status"] == 200 and scheme == "Bearer":
                headers = MutableHeaders(raw=list(message["headers"]))
                headers.append("set-cookie", f"token={token}; HttpOnly; SameSite=Lax")
                message = {**message, "headers": headers.raw}
            await send(message)

        await app(scope, receive, send_with_cookie if scope["type"] == "http" else send)

    return wrapped
