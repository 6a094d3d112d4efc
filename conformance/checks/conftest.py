"""What checks are given. Each is cheap to make: nothing goes over the wire before a check uses it."""

import pytest

from conformance.client.authorization_server import AuthorizationServer
from conformance.client.context import Context
from conformance.client.flow import AuthorizationFlow
from conformance.client.resource_server import ResourceServer
from conformance.profiles import Params, Profile
from conformance.vocabulary import NotApplicable
from conformance.wire import Wire


@pytest.fixture(autouse=True)
def judged_by(profile: Profile) -> Profile:
    """Every check is judged by a profile, whether or not it looks at it."""
    return profile


@pytest.fixture
def authorization_server(context: Context, wire: Wire) -> AuthorizationServer:
    """The authorization server under test."""
    facts = context.facts
    if facts.issuer is None:
        raise NotApplicable("the target names no authorization server to judge")
    return AuthorizationServer(context, wire, facts.issuer, facts.resource or facts.mcp_url)


@pytest.fixture
def flow(authorization_server: AuthorizationServer) -> AuthorizationFlow:
    """A code flow with a client that the target knows, by the first user."""
    return authorization_server.flow()


@pytest.fixture
def resource_server(context: Context, wire: Wire, params: Params) -> ResourceServer:
    """The MCP server under test, spoken to in the profile's MCP version."""
    facts = context.facts
    if facts.mcp_url is None:
        raise NotApplicable("the target names no MCP server to judge")
    return ResourceServer(context, wire, facts.mcp_url, params.mcp_version)
