"""A server that takes bound tokens only and trusts nobody that can be logged in at: tokens of the harness's issuer."""

from collections.abc import Iterator
from dataclasses import replace

import pytest

from conformance.client.context import Context
from conformance.client.forged_token import nobodys_token
from conformance.client.granted_token import token_of_second_user, token_with_scope
from conformance.client.resource_server import ResourceServer
from conformance.client.token_trial import TokenTrial
from conformance.issuer.server import IssuerOptions, RunningIssuer
from conformance.running.prepare import make_context
from conformance.targets.bundled import BundledTarget, ServeOptions
from conformance.targets.token_issuer import TokenIssuerPlan
from conformance.vocabulary import Inconclusive


@pytest.fixture
def context() -> Iterator[Context]:
    options = IssuerOptions(tls=False)
    issuer = RunningIssuer(options)
    target = BundledTarget("dpop-required", ServeOptions(tls=False, trusted_issuer=issuer.facts.issuer))
    facts = replace(target.start(), issuer=None, clients=(), users=())
    context = make_context(TokenIssuerPlan(options, "ES256").added_to(facts, issuer))
    yield context
    context.close()
    target.stop()
    issuer.stop()


def test_ready_made_tokens_are_bound_and_served(context: Context) -> None:
    server = ResourceServer(context, context.wire(), context.facts.mcp_url or "", "2026-07-28")
    for token in (server.token(), token_of_second_user(server), token_with_scope(server, "mcp:echo")):
        assert server.control(token=token) == token
    assert server.token() == server.token()
    TokenTrial(server).unauthorized([nobodys_token()])
    with pytest.raises(Inconclusive, match="good token was not accepted"):
        server.control(token=server.bearer_token())
