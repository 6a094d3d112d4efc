"""How requests are read and answers are framed, whatever the endpoint."""

import asyncio
import re
from collections.abc import Mapping
from typing import Any

from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from reference_impl.authorization_server.errors import OAuthError
from reference_impl.authorization_server.parameters import Parameters
from reference_impl.authorization_server.rules.base import RulesBase

FORM = "application/x-www-form-urlencoded"
_NOT_IN_DESCRIPTION = re.compile(r"[^\x20-\x21\x23-\x5b\x5d-\x7e]")


class HttpRules(RulesBase):
    """Reading bodies within limits, headers of every answer, the JSON form of errors."""

    # Reading

    async def read_body(self, request: Request) -> bytes:
        """The request body, within the limits of size (413) and time (408) of the configuration."""
        body = bytearray()
        try:
            async with asyncio.timeout(self.config.body_timeout):
                async for chunk in request.stream():
                    body += chunk
                    self.check_body_size(len(body))
        except TimeoutError:
            raise OAuthError("invalid_request", "the request body did not arrive in time", 408) from None
        return bytes(body)

    def check_body_size(self, size: int) -> None:
        """Refuse a body above the configured number of bytes."""
        if size > self.config.max_body:
            raise OAuthError("invalid_request", f"the request body exceeds {self.config.max_body} bytes", 413)

    async def read_form(self, request: Request) -> Parameters:
        """Parameters of a form-encoded request body (RFC 6749, 4.1.3)."""
        self.check_form_media_type(request)
        parameters = Parameters.parse(await self.read_body(request))
        self.check_parameters_once(parameters)
        return parameters

    def check_form_media_type(self, request: Request) -> None:
        """RFC6749-4.1.3-a: parameters come form-encoded in the body, nothing else is read."""
        media_type = request.headers.get("content-type", "").partition(";")[0].strip().lower()
        if media_type != FORM:
            raise OAuthError("invalid_request", f"the content type must be {FORM}")

    def check_parameters_once(self, parameters: Parameters) -> None:
        """OAUTH21-3.1-e, OAUTH21-3.2-c: no parameter is repeated."""
        repeated = parameters.repeated() - self.repeatable_parameters()
        if repeated:
            name = min(repeated)
            raise OAuthError("invalid_request", self.safe_description(f"parameter {name[:40]} is repeated"))

    def repeatable_parameters(self) -> frozenset[str]:
        """RFC8707-2-e: only `resource` may occur several times."""
        return frozenset({"resource"})

    def remote_address(self, request: Request) -> str:
        """Address of the peer, for throttling."""
        return request.client.host if request.client else ""

    # Answering

    def security_headers(self) -> dict[str, str]:
        """Headers of every answer."""
        return {"X-Content-Type-Options": "nosniff"}

    def no_store_headers(self) -> dict[str, str]:
        """RFC6749-5.1-a, OAUTH21-3.2.3-d: headers of every answer that holds, or could have held, a secret."""
        headers = {"Cache-Control": self.token_cache_control(), "Pragma": self.token_pragma()}
        return {name: value for name, value in headers.items() if value}

    def token_cache_control(self) -> str:
        """OAUTH21-3.2.3-d: Cache-Control of such an answer."""
        return "no-store"

    def token_pragma(self) -> str:
        """RFC6749-5.1-a: Pragma of such an answer (dropped by OAuth 2.1, harmless there)."""
        return "no-cache"

    def secret_response(self, content: Any, status: int = 200) -> Response:
        """A JSON answer that nobody may store."""
        return JSONResponse(content, status, self.no_store_headers(), self.json_media_type())

    def json_media_type(self) -> str:
        """RFC8414-3.2-b, OAUTH21-3.2.3-a, OAUTH21-3.2.4-a: media type of JSON answers."""
        return "application/json"

    def error_response(self, error: OAuthError) -> Response:
        """OAUTH21-3.2.4-a, RFC6749-5.2-a: a refusal as JSON; every such answer is uncacheable."""
        headers = {**self.no_store_headers(), **error.headers}
        return JSONResponse(self.error_body(error), error.status, headers, self.json_media_type())

    def error_body(self, error: OAuthError) -> dict[str, str]:
        """OAUTH21-3.2.4-a: members of an error answer."""
        return {"error": error.error, "error_description": self.safe_description(error.description)}

    def safe_description(self, text: str) -> str:
        """OAUTH21-3.2.4-c: only the characters that error_description may hold."""
        return _NOT_IN_DESCRIPTION.sub("?", text)

    def method_not_allowed(self, methods: tuple[str, ...]) -> OAuthError:
        """RFC7592-2-b: a method that the endpoint does not have gets 405 with Allow (RFC 9110, 15.5.6)."""
        allowed = ", ".join(methods)
        return OAuthError("invalid_request", f"this endpoint answers {allowed} only", 405, {"Allow": allowed})

    def not_found(self) -> OAuthError:
        """RFC8414-3.2-f: what does not exist is 404."""
        return OAuthError("not_found", "there is nothing at this path", 404)

    def server_error(self) -> OAuthError:
        """A fault of ours; tells nothing about its cause."""
        return OAuthError("server_error", "the authorization server failed; its log says why", 500)

    # Cross-origin access

    def cors_headers(self) -> dict[str, str]:
        """RFC9700-2.6-c: browser clients may read metadata, keys and token answers; never with cookies."""
        return {
            "Access-Control-Allow-Origin": "*",
            "Access-Control-Expose-Headers": "WWW-Authenticate, DPoP-Nonce, Retry-After",
        }

    def preflight_headers(self, methods: tuple[str, ...]) -> Mapping[str, str]:
        """What a browser client may send to such an endpoint."""
        return {
            "Access-Control-Allow-Methods": ", ".join(methods),
            "Access-Control-Allow-Headers": "Authorization, Content-Type, DPoP, MCP-Protocol-Version",
            "Access-Control-Max-Age": "600",
        }
