"""What checks are given. Each is cheap to make: nothing goes over the wire before a check uses it.

What only one role's checks want is defined beside them and gathered here: with a conftest in each folder pytest would
work out anew for every check which of its plugins count there, which takes longer than the fixtures themselves.
"""

from typing import Any

import pytest

from conformance.checks.authorization_server.fixtures import (  # noqa: F401 - pytest finds them here
    basic_spellings,
    documents,
    fuzzing,
    generated_parameters,
    generated_scopes,
    generated_secrets,
    grant_sequences,
    refreshed_resources,
    registration,
)
from conformance.checks.deployment.fixtures import (  # noqa: F401 - pytest finds them here
    newcomer,
    proxy,
)
from conformance.checks.resource_server.fixtures import (  # noqa: F401 - pytest finds them here
    any_mint,
    generated_credentials,
    issuer_control,
    key_rotation,
    mint,
    opaque_mint,
    proof_trial,
    resource_fuzzing,
    trial,
)
from conformance.client.authorization_server import AuthorizationServer
from conformance.client.context import Context
from conformance.client.flow import AuthorizationFlow
from conformance.client.resource_server import ResourceServer
from conformance.issuer.expired import fetch_short_lived_token_early
from conformance.profiles import Params, Profile
from conformance.profiles.model import RecordedParams
from conformance.vocabulary import NotApplicable
from conformance.wire import Wire


@pytest.fixture(autouse=True)
def judged_by(request: pytest.FixtureRequest) -> tuple[str, Profile]:
    """The row in whose service the check runs, and the profile: every check has them, whether or not it looks."""
    requirement, profile = request.param
    assert isinstance(requirement, str)
    assert isinstance(profile, Profile)
    return requirement, profile


@pytest.fixture
def params(judged_by: tuple[str, Profile]) -> Params:
    """The profile's parameters; which ones a check reads decides whether its exercise serves other profiles too."""
    _, profile = judged_by
    return RecordedParams.of(profile.params)


@pytest.fixture(scope="session")
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
    """The MCP server under test, spoken to in the profile's MCP version.

    A real token that has to expire is fetched with the first check, so that it ages while others run.
    """
    facts = context.facts
    if facts.mcp_url is None:
        raise NotApplicable("the target names no MCP server to judge")
    server = ResourceServer(context, wire, facts.mcp_url, params.mcp_version)
    fetch_short_lived_token_early(server)
    return server
