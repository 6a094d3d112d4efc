"""The MCP protocol comes up in the background; what keeps it from that is told and never waited for."""

import asyncio
from types import ModuleType
from unittest.mock import AsyncMock, MagicMock

import pytest

from reference_impl.mcp_server import protocol
from reference_impl.mcp_server.protocol import McpProtocol

_DEADLINE_SECONDS = 20


def test_requests_fail_when_the_protocol_could_not_be_brought_up(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(protocol, "TOOLS_MODULE", "reference_impl.no_such_module")

    async def ask() -> None:
        served = McpProtocol(MagicMock())
        lifespan = asyncio.create_task(_live(served))
        await asyncio.sleep(0)
        with pytest.raises(RuntimeError, match="could not be brought up"):
            await served.serve(MagicMock(), None, MagicMock(), {}, AsyncMock(), AsyncMock())
        with pytest.raises(BaseExceptionGroup) as caught:
            await lifespan
        assert caught.group_contains(ModuleNotFoundError)

    asyncio.run(asyncio.wait_for(ask(), _DEADLINE_SECONDS))


def test_an_import_that_fails_by_chance_is_tried_again(monkeypatch: pytest.MonkeyPatch) -> None:
    tools, outcomes = ModuleType("tools"), [SystemError("AST constructor recursion depth mismatch")]

    def imported(_: str) -> ModuleType:
        if outcomes:
            raise outcomes.pop()
        return tools

    monkeypatch.setattr(protocol, "TOOLS_MODULE", "reference_impl.not_yet_imported")
    monkeypatch.setattr(protocol, "import_module", imported)
    assert asyncio.run(protocol._tools()) is tools
    assert outcomes == []


async def _live(served: McpProtocol) -> None:
    async with served.lifespan():
        await asyncio.Event().wait()
