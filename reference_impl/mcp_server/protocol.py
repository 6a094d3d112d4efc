"""The MCP protocol behind the rules: the official SDK, brought up in the background and fed what was judged."""

import asyncio
import base64
import json
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from importlib import import_module
from types import ModuleType
from typing import Any

from starlette.datastructures import MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from reference_impl.mcp_server.http_request import AccessToken, HttpRequest
from reference_impl.mcp_server.rules import McpServerRules
from reference_impl.mcp_server.rules.transport import MIRROR_HEADERS, SESSION_VERSIONS
from reference_impl.mcp_server.state import Session

TOOLS_MODULE = "reference_impl.mcp_server.tools"
_TRIES = 3
# Credentials stop here, so that no tool can pass them on (MCP-TOK-15); the others are set anew from what was judged.
NOT_FORWARDED = frozenset(
    {"authorization", "dpop", "origin", "accept", "content-length", "transfer-encoding", "mcp-session-id"}
    | set(MIRROR_HEADERS)
)


class McpProtocol:
    """Holds the SDK's endpoint open for the life of the application."""

    def __init__(self, rules: McpServerRules) -> None:
        self._rules = rules
        self._endpoint: ASGIApp | None = None
        self._running: asyncio.Task[None] | None = None
        self._up = asyncio.Event()
        self._stopping = asyncio.Event()

    @asynccontextmanager
    async def lifespan(self) -> AsyncIterator[None]:
        """Start bringing the protocol up without waiting for it; close it and all connections at the end."""
        async with asyncio.TaskGroup() as tasks:
            self._running = tasks.create_task(self._run())
            try:
                yield
            finally:
                self._stopping.set()
        await self._rules.fetcher.aclose()

    async def _run(self) -> None:
        try:
            manager = (await _tools()).session_manager(self._rules)
            async with manager.run():
                self._endpoint = manager.handle_request
                self._up.set()
                await self._stopping.wait()
        finally:
            self._up.set()  # nobody waits for what has failed

    async def serve(
        self, request: HttpRequest, message: Any, token: AccessToken, scope: Scope, receive: Receive, send: Send
    ) -> None:
        """Let the SDK answer a request that passed every rule; `message` is None for a request without a body."""
        if self._running is None:
            raise RuntimeError("the ASGI lifespan is not running")
        await self._up.wait()
        if self._endpoint is None:
            raise RuntimeError("the MCP protocol could not be brought up; the log says why")
        stateless = self._rules.is_stateless(request, message)
        session = None if stateless else self._rules.session_of(request, token)
        headers = _forwarded_headers(self._rules, request, message, session)
        forwarded = {**scope, "headers": headers, "mcp_server.access_token": token}
        answer = _SessionAnswer(self._rules, request, token, send)
        await self._endpoint(forwarded, _receive_message(message, receive), answer)


async def _tools() -> ModuleType:
    """The module on top of the SDK, imported in a thread if nobody has done it before."""
    for _ in range(_TRIES):
        # Before 3.11.5 CPython may fail what one thread imports while another one parses: no fault of the module.
        with suppress(SystemError):
            loaded = sys.modules.get(TOOLS_MODULE)
            return loaded if loaded is not None else await asyncio.to_thread(import_module, TOOLS_MODULE)
    return import_module(TOOLS_MODULE)


def _receive_message(message: Any, receive: Receive) -> Receive:
    """Hand on the body as it was judged: serialised anew, so no second parser can read it differently."""
    if message is None:
        return receive
    pending: list[Message] = [{"type": "http.request", "body": json.dumps(message).encode(), "more_body": False}]

    async def receive_message() -> Message:
        return pending.pop() if pending else await receive()

    return receive_message


def _forwarded_headers(
    rules: McpServerRules, request: HttpRequest, message: Any, session: Session | None
) -> list[tuple[bytes, bytes]]:
    """The request's headers for the SDK, consistent with the message: what the rules let pass is not judged again."""
    version = request.headers.get("mcp-protocol-version")
    ours = {"accept": "application/json, text/event-stream"}
    if rules.is_stateless(request, message):
        body_version = rules.body_version(message)
        ours["mcp-protocol-version"] = body_version if isinstance(body_version, str) else str(version)
        if isinstance(message, dict):
            ours["mcp-method"] = str(message.get("method"))
            named = rules.named_by_message(message)
            if isinstance(named, str):
                ours["mcp-name"] = f"=?base64?{base64.b64encode(named.encode(errors='replace')).decode()}?="
    else:
        if version in SESSION_VERSIONS:
            ours["mcp-protocol-version"] = version
        if session is not None:
            ours["mcp-session-id"] = session.protocol_id
    theirs = [(name, value) for name, value in request.headers.raw if name.decode("latin-1") not in NOT_FORWARDED]
    return theirs + [(name.encode(), value.encode("latin-1", "replace")) for name, value in ours.items()]


class _SessionAnswer:
    """Passes an answer on; the SDK's session identifier is replaced by the one that the rules gave."""

    def __init__(self, rules: McpServerRules, request: HttpRequest, token: AccessToken, send: Send) -> None:
        self._rules = rules
        self._request = request
        self._token = token
        self._send = send

    async def __call__(self, message: Message) -> None:
        if message["type"] == "http.response.start":
            headers = MutableHeaders(raw=message["headers"])
            self._set_session_id(message["status"], headers)
            nonce = self._rules.response_nonce(self._request)
            if nonce is not None:
                headers["DPoP-Nonce"] = nonce
            message = {**message, "headers": headers.raw}
        await self._send(message)

    def _set_session_id(self, status: int, headers: MutableHeaders) -> None:
        named = self._request.headers.get("mcp-session-id")
        protocol_id = headers.get("mcp-session-id")
        if named is not None and (status == 404 or self._request.method == "DELETE"):
            self._rules.sessions.remove(named)
        del headers["mcp-session-id"]
        if protocol_id is not None and status < 400:
            headers["mcp-session-id"] = named or self._rules.open_session(protocol_id, self._token)
