"""The tools `echo`, `add_numbers` and, where there is an upstream, `ask_upstream`, served by the official MCP SDK.

Importing this module imports the SDK, which takes most of a second: only `protocol.py` does, in the background.
"""

import json
from typing import Any

from mcp import types
from mcp.server.lowlevel import Server
from mcp.server.streamable_http_manager import StreamableHTTPSessionManager
from mcp.shared.exceptions import MCPError

from reference_impl.mcp_server.documents import UnavailableError
from reference_impl.mcp_server.http_request import AccessToken
from reference_impl.mcp_server.rules import McpServerRules

ACCESS_TOKEN = "mcp_server.access_token"  # noqa: S105 - a key of the ASGI scope
LARGEST_NUMBER = 2**53

TOOLS = (
    types.Tool(
        name="echo",
        description="Return the text that was sent.",
        input_schema={"type": "object", "properties": {"text": {"type": "string"}}, "required": ["text"]},
    ),
    types.Tool(
        name="add_numbers",
        description="Add two numbers.",
        input_schema={
            "type": "object",
            "properties": {"a": {"type": "number"}, "b": {"type": "number"}},
            "required": ["a", "b"],
        },
    ),
)


UPSTREAM_TOOL = types.Tool(
    name="ask_upstream", description="Ask an API behind this server.", input_schema={"type": "object", "properties": {}}
)


class DemoTools:
    """The handlers that the SDK calls; what a token may see and do is asked of the rules."""

    def __init__(self, rules: McpServerRules) -> None:
        self._rules = rules
        self._tools = TOOLS if rules.config.upstream_url is None else (*TOOLS, UPSTREAM_TOOL)

    async def list_tools(self, ctx: Any, _params: types.PaginatedRequestParams | None) -> types.ListToolsResult:
        """The tools that this request's token may see."""
        token = _token(ctx)
        return types.ListToolsResult(
            tools=[tool for tool in self._tools if self._rules.tool_is_visible(token, tool.name)]
        )

    async def call_tool(self, ctx: Any, params: types.CallToolRequestParams) -> types.CallToolResult:
        """Run a tool. Raises MCPError (invalid params) for one that this token cannot see or that does not exist."""
        token = _token(ctx)
        if all(tool.name != params.name for tool in self._tools) or not self._rules.tool_is_visible(token, params.name):
            raise MCPError(code=types.INVALID_PARAMS, message=f"Unknown tool: {params.name[:64]}")
        denial = self._rules.tool_denial(token, params.name)
        if denial is not None:
            return _text(denial, is_error=True)
        if params.name == UPSTREAM_TOOL.name:
            return await self._ask_upstream()
        return _echo(params.arguments or {}) if params.name == "echo" else _add_numbers(params.arguments or {})

    async def _ask_upstream(self) -> types.CallToolResult:
        try:
            answer = await self._rules.fetcher.get(str(self._rules.config.upstream_url), self._rules.upstream_headers())
        except UnavailableError:
            return _text("the API behind this server gave no answer", is_error=True)
        return _text(json.dumps(answer))


def session_manager(rules: McpServerRules) -> StreamableHTTPSessionManager:
    """The SDK's streamable HTTP endpoint around the tools; a plain JSON answer costs the least."""
    tools = DemoTools(rules)
    server: Server[Any] = Server(
        "demo-server",
        version="1.0.0",
        on_list_tools=tools.list_tools,
        on_call_tool=tools.call_tool,
        get_tool_input_schema=lambda _name: None,  # no Mcp-Param headers here; saves a tools/list for every call
    )
    return StreamableHTTPSessionManager(server, json_response=rules.config.json_response)


def _token(ctx: Any) -> AccessToken:
    token = ctx.request.scope[ACCESS_TOKEN]
    assert isinstance(token, AccessToken)
    return token


def _text(text: str, *, is_error: bool = False) -> types.CallToolResult:
    return types.CallToolResult(content=[types.TextContent(type="text", text=text)], is_error=is_error)


def _echo(arguments: dict[str, Any]) -> types.CallToolResult:
    text = arguments.get("text")
    return _text(text) if isinstance(text, str) else _text("text must be a string", is_error=True)


def _add_numbers(arguments: dict[str, Any]) -> types.CallToolResult:
    numbers = [arguments.get("a"), arguments.get("b")]
    if not all(_is_number(number) for number in numbers):
        return _text("a and b must be numbers of ordinary size", is_error=True)
    total = sum(number for number in numbers if number is not None)
    return _text(str(int(total)) if total == int(total) else str(total))


def _is_number(value: object) -> bool:
    return isinstance(value, (int, float)) and not isinstance(value, bool) and abs(value) <= LARGEST_NUMBER
