"""What checks of MCP server and authorization server together are given."""

import pytest

from conformance.client.newcomer import Newcomer
from conformance.client.resource_server import ResourceServer
from conformance.vocabulary import NotApplicable


@pytest.fixture
def newcomer(resource_server: ResourceServer) -> Newcomer:
    """A client that knows the URL of the MCP server; not applicable where no authorization server grants anything."""
    facts = resource_server.context.facts
    if facts.issuer is None and facts.token_issuer is not None:
        raise NotApplicable("the MCP server trusts the harness's issuer only, where nobody can log in")
    return Newcomer(resource_server)
