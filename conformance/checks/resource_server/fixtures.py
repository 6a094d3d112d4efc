"""What only checks of resource servers are given: tokens of the harness's own issuer, and tokens bound to a key."""

from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from conformance.client.context import Context
from conformance.client.dpop_trial import DpopTrial
from conformance.client.resource_server import ResourceServer
from conformance.issuer.bound import dpop_trial
from conformance.issuer.cached_introspection import age_token
from conformance.issuer.control import IssuerControl
from conformance.issuer.expired import fitting_mint, opaque_mint_for
from conformance.issuer.key_rotation import KeyRotation
from conformance.issuer.mint import Mint
from conformance.issuer.opaque import OpaqueMint
from conformance.vocabulary import NotApplicable

if TYPE_CHECKING:
    from conformance.deep.credentials import GeneratedCredentials
    from conformance.deep.resource_fuzzing import ResourceFuzzing


@pytest.fixture
def any_mint(resource_server: ResourceServer) -> Mint:
    """Mints tokens of whichever kind the resource server takes; not applicable where it trusts no issuer of ours."""
    found = fitting_mint(resource_server)
    if found is None:
        raise NotApplicable(
            "not judged: this takes a token that no honest authorization server issues. "
            "Let the resource server trust the harness's issuer; see token_issuer in the target file"
        )
    return found


@pytest.fixture
def mint(any_mint: Mint) -> Mint:
    """Mints JWTs that the resource server has to judge; not applicable where it trusts no issuer of the harness."""
    if isinstance(any_mint, OpaqueMint):
        raise NotApplicable("this is about JWTs, and the resource server takes opaque tokens only")
    return any_mint


@pytest.fixture
def opaque_mint(resource_server: ResourceServer) -> OpaqueMint:
    """Makes opaque tokens that the resource server introspects; not applicable where it doesn't."""
    found = opaque_mint_for(resource_server.context)
    if found is None:
        raise NotApplicable(
            "the resource server isn't said to introspect at the harness's issuer; see token_issuer in the target file"
        )
    mint = replace(found, binding=resource_server.presentation.binding)
    age_token(resource_server, mint)
    return mint


@pytest.fixture
def issuer_control(context: Context, any_mint: Mint) -> IssuerControl:
    """Asks the harness's issuer what was fetched from it, and has it serve documents."""
    return IssuerControl(any_mint.facts, context.wire())


@pytest.fixture
def trial(resource_server: ResourceServer) -> DpopTrial:
    """A token that is bound to a DPoP key, and requests with it under the scheme DPoP."""
    return dpop_trial(resource_server)


@pytest.fixture
def proof_trial(trial: DpopTrial) -> DpopTrial:
    """The same, under whichever scheme the server looks at proofs."""
    return trial.where_proofs_are_checked()


@pytest.fixture
def key_rotation(resource_server: ResourceServer, mint: Mint, issuer_control: IssuerControl) -> KeyRotation:
    """Changes the keys of the harness's issuer while the resource server is asked."""
    return KeyRotation(resource_server, mint, issuer_control)


@pytest.fixture
def generated_credentials(resource_server: ResourceServer) -> "GeneratedCredentials":
    """Generated credentials; what makes them is imported by deep checks alone."""
    from conformance.deep.credentials import GeneratedCredentials

    return GeneratedCredentials(resource_server)


@pytest.fixture
def resource_fuzzing(resource_server: ResourceServer) -> "ResourceFuzzing":
    """Generated requests to protected resources; what makes them is imported by deep checks alone."""
    from conformance.deep.resource_fuzzing import ResourceFuzzing

    return ResourceFuzzing(resource_server)
