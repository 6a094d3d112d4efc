"""What checks of MCP server and authorization server together are given."""

import pytest

from conformance.client.authorization_server import AuthorizationServer
from conformance.client.mcp_proxy import McpProxy, mcp_proxy
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


@pytest.fixture
def proxy(authorization_server: AuthorizationServer) -> McpProxy:
    """The server under test as a client of a third party that the harness plays; not applicable where it is none."""
    return mcp_proxy(authorization_server)
