"""The protected endpoints: `/mcp` and `/echo`, and the refusals of both.

Order of judgement, the same on both: Origin (403), credentials and token (400, 401), sender constraint (401), HTTP
method and media types (405, 406, 415), then for `/mcp` the body and its mirror headers (400), scopes (403) and the
session (404).
"""

import asyncio
from collections.abc import Awaitable
from typing import Any
from urllib.parse import parse_qs

from starlette.requests import ClientDisconnect
from starlette.responses import JSONResponse, Response
from starlette.types import Receive, Scope, Send

from reference_impl.mcp_server.config import ProtectedResource
from reference_impl.mcp_server.http_request import AccessToken, HttpRequest
from reference_impl.mcp_server.protocol import McpProtocol
from reference_impl.mcp_server.refusal import RefusalError
from reference_impl.mcp_server.rules import McpServerRules

BODY_DEADLINE_SECONDS = 10.0


class ProtectedEndpoint:
    """Admits a request by the rules or answers with the refusal."""

    def __init__(self, rules: McpServerRules, resource: ProtectedResource) -> None:
        self.rules = rules
        self.resource = resource

    async def admit(self, request: HttpRequest) -> AccessToken:
        """The steps that every request passes before it is looked at any further. Raises RefusalError."""
        self.rules.check_origin(request)
        credentials = self.rules.credentials(request)
        token = await self.rules.access_token(credentials.token, request.resource)
        self.rules.check_sender_constraint(request, credentials, token)
        return token

    def refused(self, refusal: RefusalError, request: HttpRequest, message: Any = None) -> Response:
        """The answer to a request that is not served."""
        response = JSONResponse(self.rules.refusal_body(refusal, message), self.rules.refusal_status(refusal))
        for name, value in self.rules.refusal_headers(refusal, request):
            response.headers.append(name, value)
        return response


class McpEndpoint(ProtectedEndpoint):
    """The MCP endpoint, as an ASGI application."""

    def __init__(self, rules: McpServerRules, protocol: McpProtocol) -> None:
        super().__init__(rules, rules.config.mcp_resource)
        self._protocol = protocol

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request."""
        request = HttpRequest.from_scope(scope, self.resource)
        message: Any = None
        try:
            token = await self.admit(request)
            for step in self.rules.request_steps():
                step(request)
            if request.method == "POST":
                message = self.rules.parsed_message(await self._body(receive))
            self._check_message(request, message, token)
            await self._protocol.serve(request, message, token, scope, receive, send)
        except RefusalError as refusal:
            await self.refused(refusal, request, message)(scope, receive, send)
        except ClientDisconnect:
            return

    def _check_message(self, request: HttpRequest, message: Any, token: AccessToken) -> None:
        for step in self.rules.message_steps():
            step(request, message)
        self.rules.check_operation_scopes(token, message)

    async def _body(self, receive: Receive) -> bytes:
        """The request's body. Raises RefusalError when it is too large (413) or too slow (408)."""
        return await _in_time(_read_body(receive, self.rules.config.max_body_bytes))


class EchoEndpoint(ProtectedEndpoint):
    """`GET /echo?text=`: the plain REST twin of the echo tool, as an ASGI application."""

    def __init__(self, rules: McpServerRules) -> None:
        super().__init__(rules, rules.config.echo_resource)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request."""
        request = HttpRequest.from_scope(scope, self.resource)
        try:
            response = await self._echo(request)
        except RefusalError as refusal:
            response = self.refused(refusal, request)
        await response(scope, receive, send)

    async def _echo(self, request: HttpRequest) -> Response:
        token = await self.admit(request)
        if request.method != "GET":
            raise RefusalError(405, "this endpoint takes GET", headers={"Allow": "GET"})
        self.rules.check_scopes(token, self.resource.scopes)
        text = parse_qs(request.query, keep_blank_values=True).get("text")
        if text is None:
            raise RefusalError(400, "the query needs a text parameter", error="invalid_request")
        nonce = self.rules.response_nonce(request)
        headers = {"Cache-Control": "private, no-store"} | ({"DPoP-Nonce": nonce} if nonce is not None else {})
        return JSONResponse({"ok": True, "echo": text[0], "sub": token.principal.subject}, headers=headers)


async def _in_time(body: Awaitable[bytes]) -> bytes:
    try:
        async with asyncio.timeout(BODY_DEADLINE_SECONDS):
            return await body
    except TimeoutError:
        raise RefusalError(408, "the body did not arrive in time") from None


async def _read_body(receive: Receive, max_bytes: int) -> bytes:
    body = bytearray()
    while True:
        event = await receive()
        if event["type"] != "http.request":
            raise ClientDisconnect
        body += event.get("body", b"")
        if len(body) > max_bytes:
            raise RefusalError(413, f"the body is longer than {max_bytes} bytes")
        if not event.get("more_body", False):
            return bytes(body)
