"""What checks are given. Each is cheap to make: nothing goes over the wire before a check uses it."""

from typing import Any

import pytest

from conformance.client.authorization_server import AuthorizationServer
from conformance.client.context import Context
from conformance.client.flow import AuthorizationFlow
from conformance.client.resource_server import ResourceServer
from conformance.profiles import Params, Profile
from conformance.profiles.model import RecordedParams
from conformance.vocabulary import NotApplicable
from conformance.wire import Wire


@pytest.fixture
def profile(request: pytest.FixtureRequest) -> Profile:
    """The profile that the running check is judged by."""
    value = request.param
    assert isinstance(value, Profile)
    return value


@pytest.fixture
def params(profile: Profile) -> Params:
    """The profile's parameters; which ones a check reads decides whether its exercise serves other profiles too."""
    return RecordedParams.of(profile.params)


@pytest.fixture
def context(pytestconfig: pytest.Config) -> Context:
    """What lasts for the whole run in this process."""
    collector: Any = pytestconfig.pluginmanager.get_plugin("conformance-collector")
    context = collector.harness.running_context()
    assert isinstance(context, Context)
    return context


@pytest.fixture
def wire(context: Context) -> Wire:
    """The wire of this check; its transcript is the evidence."""
    return context.wire()


@pytest.fixture
def judged_requirement(request: pytest.FixtureRequest) -> str:
    """The requirement in whose service the check runs: one check can judge rows of several documents."""
    return str(request.param)


@pytest.fixture(autouse=True)
def judged_by(profile: Profile, judged_requirement: str) -> tuple[str, Profile]:
    """Every check is judged by a row and a profile, whether or not it looks at them."""
    return judged_requirement, profile


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
