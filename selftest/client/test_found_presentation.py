"""How an MCP server that announces nothing takes its tokens is found out by trying, once a process."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace

import pytest

from conformance.client.context import Context
from conformance.client.facts import TargetFacts
from conformance.client.resource_server import ResourceServer
from conformance.running.prepare import make_context
from conformance.targets.bundled import BundledTarget


@contextmanager
def contexts_of(name: str) -> Iterator[tuple[TargetFacts, Context]]:
    target = BundledTarget(name)
    facts = target.start()
    context = make_context(facts)
    try:
        yield facts, context
    finally:
        context.close()
        target.stop()


def server_of(context: Context) -> ResourceServer:
    return ResourceServer(context, context.wire(), str(context.facts.mcp_url), "2026-07-28")


@pytest.mark.parametrize(("name", "scheme"), [("dpop-required-without-notice", "DPoP"), ("bearer-only", "Bearer")])
def test_a_server_that_says_nothing_is_tried(name: str, scheme: str) -> None:
    with contexts_of(name) as (_, context):
        server = server_of(context)
        assert server.presentation.scheme == scheme
        server.control()  # the token that was found good is the one that checks use
        assert server.presentation is server.presentation


def test_a_server_that_takes_neither_is_asked_by_bearer() -> None:
    with contexts_of("dpop-required-without-notice") as (facts, running):
        unusable = make_context(replace(facts, tokens={"access_token": "nobody-issued-this-token"}))
        try:
            assert server_of(unusable).presentation.scheme == "Bearer"
            assert server_of(running).presentation.scheme == "DPoP"
        finally:
            unusable.close()
