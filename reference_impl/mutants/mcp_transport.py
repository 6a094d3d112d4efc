"""Departures of the MCP transport: Origin, methods, protocol version and the headers that mirror the message."""

from typing import Any

from starlette.responses import Response
from starlette.types import ASGIApp, Receive, Scope, Send

from reference_impl.mcp_server.http_request import HttpRequest
from reference_impl.mcp_server.refusal import RefusalError
from reference_impl.mcp_server.rules import McpServerRules
from reference_impl.mcp_server.rules.transport import (
    INVALID_REQUEST,
    STATELESS_VERSIONS,
    UNSUPPORTED_VERSION,
)
from reference_impl.mutants.registry import mutant


@mutant(kills={"MCP-TR-01", "MCP-TR-02"}, story="Origin is not looked at.")
class OriginIsNotChecked(McpServerRules):
    def origin_is_allowed(self, origin: str, request: HttpRequest) -> bool:
        return True


@mutant(kills={"MCP-TR-01"}, story="An origin is allowed when it begins like the server's own.")
class OriginIsComparedByPrefix(McpServerRules):
    def origin_is_allowed(self, origin: str, request: HttpRequest) -> bool:
        return origin.startswith(request.resource.origin)


@mutant(kills={"MCP-TR-02"}, story="A foreign Origin is called a bad request.")
class ForeignOriginIsBadRequest(McpServerRules):
    def check_origin(self, request: HttpRequest) -> None:
        try:
            super().check_origin(request)
        except RefusalError as refusal:
            raise RefusalError(400, refusal.description, jsonrpc_code=INVALID_REQUEST) from None


@mutant(
    kills={"MCP-TR-03"},
    story="The stream of server messages is opened by GET before anybody asks for a token.",
    wraps="mcp_server",
)
def stream_without_a_token(app: ASGIApp) -> ASGIApp:
    return _anonymous(app, "GET", Response(": welcome\n\n", media_type="text/event-stream"))


@mutant(kills={"MCP-TR-03"}, story="DELETE ends a session without a token.", wraps="mcp_server")
def session_ends_without_a_token(app: ASGIApp) -> ASGIApp:
    return _anonymous(app, "DELETE", Response(status_code=204))


@mutant(kills={"RFC9110-15.5.6-a"}, story="A method that isn't offered is refused without saying which are.")
class MethodNotAllowedWithoutAllow(McpServerRules):
    def check_http_method(self, request: HttpRequest) -> None:
        try:
            super().check_http_method(request)
        except RefusalError as refusal:
            raise RefusalError(refusal.status, refusal.description, jsonrpc_code=INVALID_REQUEST) from None


@mutant(kills={"MCP-TR-04"}, story="An unknown protocol version earns a JSON-RPC error with the status 200.")
class UnknownVersionIsAnswered200(McpServerRules):
    def refusal_status(self, refusal: RefusalError) -> int:
        return 200 if refusal.jsonrpc_code == UNSUPPORTED_VERSION else super().refusal_status(refusal)


@mutant(kills={"MCP-TR-04"}, story="The refusal of an unknown protocol version doesn't list the known ones.")
class SupportedVersionsAreKeptSecret(McpServerRules):
    def check_version_is_supported(self, request: HttpRequest, message: Any) -> None:
        try:
            super().check_version_is_supported(request, message)
        except RefusalError as refusal:
            raise RefusalError(400, refusal.description, jsonrpc_code=UNSUPPORTED_VERSION) from None


@mutant(kills={"MCP-TR-05"}, story="Mcp-Method is read by nobody.")
class MethodHeaderIsNotChecked(McpServerRules):
    def check_method_header(self, request: HttpRequest, message: Any) -> None:
        return


@mutant(kills={"MCP-TR-05"}, story="A missing Mcp-Method is forgiven, only another value is not.")
class MethodHeaderMayBeMissing(McpServerRules):
    def check_method_header(self, request: HttpRequest, message: Any) -> None:
        if "mcp-method" in request.headers:
            super().check_method_header(request, message)


@mutant(kills={"MCP-TR-05"}, story="Mcp-Name is read by nobody.")
class NameHeaderIsNotChecked(McpServerRules):
    def check_name_header(self, request: HttpRequest, message: Any) -> None:
        return


@mutant(kills={"MCP-TR-05"}, story="Mcp-Name is compared before it is decoded.")
class NameHeaderIsNotDecoded(McpServerRules):
    def decoded_name_header(self, request: HttpRequest) -> str | None:
        return request.headers.get("mcp-name")


@mutant(kills={"MCP-TR-05"}, story="The version of the header and the one of the body are never compared.")
class VersionHeaderIsNotCompared(McpServerRules):
    def check_version_header_matches(self, request: HttpRequest, message: Any) -> None:
        return


@mutant(kills={"MCP-TR-05"}, story="A header that doesn't fit the body is an ordinary invalid request.")
class HeaderMismatchHasNoCode(McpServerRules):
    def header_mismatch(self, header: str) -> RefusalError:
        refusal = super().header_mismatch(header)
        return RefusalError(refusal.status, refusal.description, jsonrpc_code=INVALID_REQUEST)


@mutant(
    kills={"MCP-TR-06"},
    story="A server that names the newest revision as its only one answers GET and DELETE with 404.",
)
class EarlierMethodsAreNotFound(McpServerRules):
    def check_version_is_supported(self, request: HttpRequest, message: Any) -> None:
        try:
            super().check_version_is_supported(request, message)
        except RefusalError as refusal:
            data = {"supported": list(STATELESS_VERSIONS)}
            code = UNSUPPORTED_VERSION
            raise RefusalError(400, refusal.description, jsonrpc_code=code, jsonrpc_data=data) from None

    def check_http_method(self, request: HttpRequest) -> None:
        try:
            super().check_http_method(request)
        except RefusalError:
            if request.method in ("GET", "DELETE"):
                raise RefusalError(404, "nothing here", jsonrpc_code=INVALID_REQUEST) from None
            raise


def _anonymous(app: ASGIApp, method: str, answer: Response) -> ASGIApp:
    """The application with an answer to that method on the endpoint where no token is sent."""

    async def serve(scope: Scope, receive: Receive, send: Send) -> None:
        meant = scope["type"] == "http" and scope["path"] == "/mcp" and scope["method"] == method
        if meant and b"authorization" not in dict(scope["headers"]):
            return await answer(scope, receive, send)
        return await app(scope, receive, send)

    return serve
