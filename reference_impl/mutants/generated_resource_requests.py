"""Departures of the MCP server that odd input brings out: a way past the token, an exception, endless work, a page."""

import asyncio
import json
from typing import Any

from starlette.datastructures import Headers
from starlette.responses import HTMLResponse, JSONResponse
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from reference_impl.mcp_server.rules import McpServerRules
from reference_impl.mutants.registry import mutant

_ODDLY_LONG_SECONDS = 20


@mutant(
    deep_kills={"OAUTH21-5-a"},
    story="ping is answered before the token is looked for, since a load balancer asks it.",
    wraps="mcp_server",
)
def ping_needs_no_token(app: ASGIApp) -> ASGIApp:
    async def shim(scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http" or scope["method"] != "POST":
            await app(scope, receive, send)
            return
        body = await _read(receive)
        if any(message.get("method") == "ping" for message in _messages(body)):
            await JSONResponse({"jsonrpc": "2.0", "id": 1, "result": {}})(scope, receive, send)
            return
        await app(scope, _again(body, receive), send)

    return shim


@mutant(
    deep_kills={"ROBUST-ERROR-b"},
    story="The method of a message is written to the log in lower case, which only a text has.",
)
class MethodHasToBeText(McpServerRules):
    def parsed_message(self, body: bytes) -> Any:
        message = super().parsed_message(body)
        if isinstance(message, dict) and "method" in message:
            message["method"].lower()
        return message


@mutant(
    deep_kills={"ROBUST-ANSWER-b"},
    story="A session identifier with dots is looked for in every folder of the old session store.",
    wraps="mcp_server",
)
def sessions_are_looked_for_in_folders(app: ASGIApp) -> ASGIApp:
    async def shim(scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "http" and Headers(scope=scope).get("mcp-session-id", "").startswith(".."):
            await asyncio.sleep(_ODDLY_LONG_SECONDS)
        await app(scope, receive, send)

    return shim


@mutant(
    deep_kills={"ROBUST-MARKUP-b"},
    story="Bodies that are no text get the page of the web framework.",
    wraps="mcp_server",
)
def framework_answers_odd_bodies(app: ASGIApp) -> ASGIApp:
    async def shim(scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http" or scope["method"] != "POST":
            await app(scope, receive, send)
            return
        body = await _read(receive)
        try:
            body.decode()
        except UnicodeDecodeError:
            await HTMLResponse("<h1>Bad Request</h1>", 400)(scope, receive, send)
            return
        await app(scope, _again(body, receive), send)

    return shim


def _messages(body: bytes) -> list[dict[str, Any]]:
    try:
        value = json.loads(body)
    except (ValueError, RecursionError):
        return []
    return [each for each in (value if isinstance(value, list) else [value]) if isinstance(each, dict)]


async def _read(receive: Receive) -> bytes:
    body = bytearray()
    while True:
        event = await receive()
        body += event.get("body", b"")
        if not event.get("more_body", False):
            return bytes(body)


def _again(body: bytes, receive: Receive) -> Receive:
    """What gives the body that was read once more, and after it what comes."""
    parts: list[Message] = [{"type": "http.request", "body": body, "more_body": False}]

    async def replay() -> Message:
        return parts.pop() if parts else await receive()

    return replay
