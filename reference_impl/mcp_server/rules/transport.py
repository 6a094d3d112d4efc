"""The HTTP side of the streamable HTTP transport: sessions up to 2025-11-25, stateless from 2026-07-28."""

import base64
import binascii
import json
from collections.abc import Callable
from typing import Any

from reference_impl.mcp_server.http_request import HttpRequest
from reference_impl.mcp_server.refusal import RefusalError
from reference_impl.mcp_server.rules.challenge import ChallengeRules

SESSION_VERSIONS = ("2024-11-05", "2025-03-26", "2025-06-18", "2025-11-25")
STATELESS_VERSIONS = ("2026-07-28",)
VERSION_META_KEY = "io.modelcontextprotocol/protocolVersion"
NAMED_BY = {"tools/call": "name", "prompts/get": "name", "resources/read": "uri"}
MIRROR_HEADERS = ("mcp-protocol-version", "mcp-method", "mcp-name")
PARSE_ERROR, INVALID_REQUEST, HEADER_MISMATCH, UNSUPPORTED_VERSION = -32700, -32600, -32020, -32022


class TransportRules(ChallengeRules):
    """MCP transports: Origin first, then (after the token) method, media types, version and mirror headers."""

    def check_origin(self, request: HttpRequest) -> None:
        """MCP-TR-01, MCP-TR-02: a request from an origin that is not allowed is 403, with or without token."""
        if not all(self.origin_is_allowed(origin, request) for origin in request.headers.getlist("origin")):
            raise RefusalError(403, "requests from this origin are not allowed", jsonrpc_code=INVALID_REQUEST)

    def origin_is_allowed(self, origin: str, request: HttpRequest) -> bool:
        """MCP-TR-01: exactly the server's own origin or a configured one."""
        return origin in (request.resource.origin, *self.config.allowed_origins)

    def request_steps(self) -> tuple[Callable[[HttpRequest], None], ...]:
        """The judgements of an authenticated request before its body is read, in order."""
        return (self.check_http_method, self.check_content_type, self.check_accept)

    def check_http_method(self, request: HttpRequest) -> None:
        """MCP-TR-06, RFC9110-15.5.6-a: POST; GET and DELETE only on an open session of the earlier era."""
        in_session = "mcp-session-id" in request.headers and not self.is_stateless_version(request)
        if request.method == "POST" or (in_session and request.method in ("GET", "DELETE")):
            return
        raise RefusalError(405, "this endpoint takes POST", headers={"Allow": "POST"}, jsonrpc_code=INVALID_REQUEST)

    def is_stateless_version(self, request: HttpRequest) -> bool:
        """Whether the version header names the stateless era."""
        return request.headers.get("mcp-protocol-version") in STATELESS_VERSIONS

    def check_content_type(self, request: HttpRequest) -> None:
        """A POST carries JSON, otherwise 415."""
        media_type = request.headers.get("content-type", "").partition(";")[0].strip().lower()
        if request.method == "POST" and media_type != "application/json":
            raise RefusalError(415, "send application/json", jsonrpc_code=INVALID_REQUEST)

    def check_accept(self, request: HttpRequest) -> None:
        """The client accepts what it may be sent, otherwise 406."""
        accepted = {entry.partition(";")[0].strip().lower() for entry in request.headers.get("accept", "").split(",")}
        for media_type in self.answer_media_types(request):
            if not accepted & {media_type, f"{media_type.partition('/')[0]}/*", "*/*"}:
                raise RefusalError(406, f"accept {media_type}", jsonrpc_code=INVALID_REQUEST)

    def answer_media_types(self, request: HttpRequest) -> tuple[str, ...]:
        """What answers come as: JSON, event streams for GET, both where every answer is streamed."""
        if request.method == "POST":
            return ("application/json",) if self.config.json_response else ("application/json", "text/event-stream")
        return ("text/event-stream",) if request.method == "GET" else ()

    def parsed_message(self, body: bytes) -> Any:
        """The JSON of a request body: an object, or a batch. Raises RefusalError (400) for anything else."""
        try:
            message = json.loads(body.decode("utf-8"))
        except (ValueError, RecursionError):
            raise RefusalError(400, "the body is not JSON", jsonrpc_code=PARSE_ERROR) from None
        if not isinstance(message, (dict, list)):
            raise RefusalError(400, "the body is not a JSON-RPC message", jsonrpc_code=INVALID_REQUEST)
        return message

    def message_steps(self) -> tuple[Callable[[HttpRequest, Any], None], ...]:
        """The judgements of headers against the message, in order."""
        return (
            self.check_mirror_headers_once,
            self.check_version_header_matches,
            self.check_version_is_supported,
            self.check_method_header,
            self.check_name_header,
        )

    def is_stateless(self, request: HttpRequest, message: Any) -> bool:
        """Whether a message is of the stateless era: its body says so, or the version header does."""
        return self.body_version(message) is not None or self.is_stateless_version(request)

    def body_version(self, message: Any) -> Any:
        """The protocol version in `params._meta`; None where there is none, as in the era of sessions."""
        params = message.get("params") if isinstance(message, dict) else None
        meta = params.get("_meta") if isinstance(params, dict) else None
        return meta.get(VERSION_META_KEY) if isinstance(meta, dict) else None

    def header_mismatch(self, header: str) -> RefusalError:
        """MCP-TR-05: 400 with the JSON-RPC error HeaderMismatch."""
        description = f"Header mismatch: {header} is missing, repeated or does not match the body"
        return RefusalError(400, description, jsonrpc_code=HEADER_MISMATCH)

    def check_mirror_headers_once(self, request: HttpRequest, _message: Any) -> None:
        """MCP-TR-05: a header that mirrors the body comes once, so that every reader sees the same value."""
        for header in MIRROR_HEADERS:
            if len(request.headers.getlist(header)) > 1:
                raise self.header_mismatch(header)

    def check_version_header_matches(self, request: HttpRequest, message: Any) -> None:
        """MCP-TR-05: MCP-Protocol-Version equals the version in the body."""
        version = self.body_version(message)
        if version is not None and request.headers.get("mcp-protocol-version") != version:
            raise self.header_mismatch("MCP-Protocol-Version")

    def check_version_is_supported(self, request: HttpRequest, _message: Any) -> None:
        """MCP-TR-04: a version that is not spoken here is 400; none at all means 2025-03-26."""
        version = request.headers.get("mcp-protocol-version")
        if version is not None and version not in self.supported_versions():
            data = {"supported": list(self.supported_versions()), "requested": version}
            raise RefusalError(400, "Unsupported protocol version", jsonrpc_code=UNSUPPORTED_VERSION, jsonrpc_data=data)

    def supported_versions(self) -> tuple[str, ...]:
        """MCP-TR-04: the protocol versions of both eras."""
        return (*STATELESS_VERSIONS, *SESSION_VERSIONS)

    def check_method_header(self, request: HttpRequest, message: Any) -> None:
        """MCP-TR-05: in the stateless era, Mcp-Method equals the method of a request."""
        if self.mirrors_apply(request, message) and request.headers.get("mcp-method") != message.get("method"):
            raise self.header_mismatch("Mcp-Method")

    def check_name_header(self, request: HttpRequest, message: Any) -> None:
        """MCP-TR-05: in the stateless era, Mcp-Name equals the name or URI that a request is about."""
        if not self.mirrors_apply(request, message):
            return
        named = self.named_by_message(message)
        if named is not None and self.decoded_name_header(request) != named:
            raise self.header_mismatch("Mcp-Name")

    def mirrors_apply(self, request: HttpRequest, message: Any) -> bool:
        """Mirror headers are defined for requests; for notifications, which have no id, the revision says nothing."""
        return self.is_stateless(request, message) and isinstance(message, dict) and "id" in message

    def named_by_message(self, message: dict[str, Any]) -> Any:
        """The tool, prompt or resource that a request names, None for other requests."""
        member = NAMED_BY.get(str(message.get("method")))
        params = message.get("params")
        return params.get(member) if member is not None and isinstance(params, dict) else None

    def decoded_name_header(self, request: HttpRequest) -> str | None:
        """MCP-TR-05: Mcp-Name as it is, or decoded from its `=?base64?...?=` form; None if that is malformed."""
        value = request.headers.get("mcp-name")
        if value is None or not (value.startswith("=?base64?") and value.endswith("?=")):
            return value
        try:
            return base64.b64decode(value[9:-2], validate=True).decode("utf-8")
        except (binascii.Error, UnicodeDecodeError):
            return None
