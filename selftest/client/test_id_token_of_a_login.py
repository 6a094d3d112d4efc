"""The ID token of a login is tried at a resource server only where nothing but its kind is wrong with it."""

from collections.abc import Iterator

import pytest

from conformance.client.granted_token import tokens_of_a_login
from conformance.client.resource_server import ResourceServer
from conformance.running.prepare import make_context
from conformance.targets.bundled import BundledTarget
from conformance.vocabulary import NotApplicable
from reference_impl.authorization_server.rules import id_token


@pytest.fixture
def resource_server() -> Iterator[ResourceServer]:
    running = BundledTarget(None)
    context = make_context(running.start())
    assert context.facts.mcp_url is not None
    yield ResourceServer(context, context.wire(), context.facts.mcp_url, "2026-07-28")
    context.close()
    running.stop()


def test_a_current_id_token_comes_with_its_access_token(resource_server: ResourceServer) -> None:
    access_token, token = tokens_of_a_login(resource_server)
    assert token.count(".") == 2
    assert token != access_token


def test_an_id_token_past_its_exp_is_not_tried(
    resource_server: ResourceServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(id_token, "_LIFETIME_SECONDS", -10)
    with pytest.raises(NotApplicable, match="past its exp"):
        tokens_of_a_login(resource_server)
