"""One row of the routing table, and how a request to it is answered."""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from typing import Literal

from starlette.requests import Request
from starlette.responses import Response
from starlette.types import Receive, Scope, Send

from reference_impl.authorization_server.errors import OAuthError
from reference_impl.authorization_server.rules import Rules

Handler = Callable[[Request, Rules], Awaitable[Response]]
Audience = Literal["browser", "client"]


@dataclass(frozen=True)
class Endpoint:
    """A path with its methods. People's browsers get pages, clients get JSON and cross-origin access."""

    path: str
    handlers: Mapping[str, Handler]
    audience: Audience = "client"

    def methods(self) -> tuple[str, ...]:
        """Methods in the order of the table."""
        return tuple(self.handlers)


class EndpointApp:
    """The ASGI application behind one endpoint."""

    def __init__(self, endpoint: Endpoint, rules: Rules) -> None:
        self.endpoint = endpoint
        self.rules = rules

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        response = await self._respond(Request(scope, receive))
        response.headers.update(self.rules.security_headers())
        if self.endpoint.audience == "client":
            response.headers.update(self.rules.cors_headers())
        await response(scope, receive, send)

    async def _respond(self, request: Request) -> Response:
        handler = self.endpoint.handlers.get("GET" if request.method == "HEAD" else request.method)
        try:
            if handler is not None:
                return await handler(request, self.rules)
            if request.method == "OPTIONS" and self.endpoint.audience == "client":
                return Response(None, 204, self.rules.preflight_headers(self.endpoint.methods()))
            raise self.rules.method_not_allowed(self.endpoint.methods())
        except OAuthError as error:
            return self._refusal(error)

    def _refusal(self, error: OAuthError) -> Response:
        if self.endpoint.audience == "browser":
            return self.rules.error_page(error)
        return self.rules.error_response(error)
