"""MCP over streamable HTTP, as requests: sessions up to 2025-11-25, stateless from 2026-07-28 on."""

import json
import re
from base64 import b64encode
from dataclasses import dataclass
from typing import Any

from conformance.wire import HttpRequest, Response

STATELESS_SINCE = "2026-07-28"
_CLIENT = {"name": "mcp-oauth-conformance", "version": "1"}


@dataclass(frozen=True, slots=True)
class McpDialect:
    """How requests look in one MCP version. `session_id` is that of an initialized session (older versions only)."""

    endpoint: str
    version: str
    session_id: str | None = None

    @property
    def is_stateless(self) -> bool:
        """Whether this version has neither initialize nor sessions."""
        return self.version >= STATELESS_SINCE

    def probe(self) -> HttpRequest:
        """The cheapest request that needs authorization and no state: tools/list, or initialize in older versions."""
        return self.request("tools/list") if self.is_stateless else self.initialize()

    def initialize(self) -> HttpRequest:
        """The opening request of a session."""
        parameters = {"protocolVersion": self.version, "capabilities": {}, "clientInfo": _CLIENT}
        message = {"jsonrpc": "2.0", "id": 1, "method": "initialize", "params": parameters}
        return HttpRequest("POST", self.endpoint, _BASE, json.dumps(message).encode(), label="initialize")

    def initialized(self) -> HttpRequest:
        """The notification that completes the opening."""
        message = {"jsonrpc": "2.0", "method": "notifications/initialized"}
        body = json.dumps(message).encode()
        return HttpRequest("POST", self.endpoint, (*_BASE, *self._state()), body, label="notifications/initialized")

    def notification(self) -> HttpRequest:
        """A notification that nothing follows from: a request that was never made is cancelled."""
        headers = (*_BASE, *self._state(), *((("Mcp-Method", _CANCELLED),) if self.is_stateless else ()))
        parameters: dict[str, Any] = {"requestId": "never-sent", "reason": "conformance"}
        if self.is_stateless:
            parameters["_meta"] = self._meta()
        message = {"jsonrpc": "2.0", "method": _CANCELLED, "params": parameters}
        return HttpRequest("POST", self.endpoint, headers, json.dumps(message).encode(), label=_CANCELLED)

    def call(self, tool: str, arguments: dict[str, Any]) -> HttpRequest:
        """A tool call."""
        return self.request("tools/call", {"name": tool, "arguments": arguments})

    def request(self, method: str, parameters: dict[str, Any] | None = None) -> HttpRequest:
        """Any request of that version, with the headers and `_meta` that the version asks for."""
        given = dict(parameters or {})
        headers: tuple[tuple[str, str], ...] = (*_BASE, *self._state())
        if self.is_stateless:
            given["_meta"] = self._meta()
            headers = (*headers, ("Mcp-Method", method))
            named = given.get(_NAMED_BY.get(method, ""))
            if isinstance(named, str):
                headers = (*headers, ("Mcp-Name", header_value(named)))
        message = {"jsonrpc": "2.0", "id": 2, "method": method, "params": given}
        return HttpRequest("POST", self.endpoint, headers, json.dumps(message).encode(), label=method)

    def _meta(self) -> dict[str, Any]:
        return {
            "io.modelcontextprotocol/protocolVersion": self.version,
            "io.modelcontextprotocol/clientInfo": _CLIENT,
            "io.modelcontextprotocol/clientCapabilities": {},
        }

    def _state(self) -> tuple[tuple[str, str], ...]:
        session = (("Mcp-Session-Id", self.session_id),) if self.session_id else ()
        # 2025-03-26 had no such header; a server of that time ignores it.
        return (("MCP-Protocol-Version", self.version), *session)


_CANCELLED = "notifications/cancelled"
_NAMED_BY = {"tools/call": "name", "prompts/get": "name", "resources/read": "uri"}
_PLAIN = re.compile(r"[\x21-\x7e]([\x20-\x7e]*[\x21-\x7e])?")
_BASE = (("Content-Type", "application/json"), ("Accept", "application/json, text/event-stream"))


def header_value(value: str) -> str:
    """The value of Mcp-Name: as it is where a header can carry it, else in the Base64 form (Value Encoding)."""
    plain = _PLAIN.fullmatch(value) and not (value.startswith("=?base64?") and value.endswith("?="))
    return value if plain else encoded_header_value(value)


def encoded_header_value(value: str) -> str:
    """The Base64 form of a header value, which every server has to decode."""
    return f"=?base64?{b64encode(value.encode()).decode()}?="


def message_of(response: Response) -> dict[str, Any] | None:
    """The JSON-RPC message of an answer: the JSON body, or the first response among the events of an SSE body."""
    if response.media_type == "text/event-stream":
        for event in response.text.replace("\r\n", "\n").split("\n\n"):
            data = "\n".join(line[5:].removeprefix(" ") for line in event.split("\n") if line.startswith("data:"))
            message = _object(data)
            if message is not None and ("result" in message or "error" in message):
                return message
        return None
    return _object(response.text)


def is_result(response: Response) -> bool:
    """Whether the answer carries a JSON-RPC result, that is, the request was processed."""
    message = message_of(response)
    return response.status == 200 and message is not None and isinstance(message.get("result"), dict)


def error_of(response: Response) -> dict[str, Any]:
    """The JSON-RPC error of an answer; empty when there is none."""
    error = (message_of(response) or {}).get("error")
    return error if isinstance(error, dict) else {}


def _object(text: str) -> dict[str, Any] | None:
    try:
        value = json.loads(text)
    except (ValueError, RecursionError):
        return None
    return value if isinstance(value, dict) else None
