"""What checks of authorization servers are given beyond the common fixtures."""

from typing import TYPE_CHECKING

import pytest

from conformance.client.authorization_server import AuthorizationServer
from conformance.client.metadata_client import MetadataClients, metadata_clients
from conformance.client.registrar import Registrar, registrar

if TYPE_CHECKING:
    from conformance.deep.basic_spellings import BasicSpellings
    from conformance.deep.client_secrets import GeneratedSecrets
    from conformance.deep.fuzzing import Fuzzing
    from conformance.deep.parameters import Parameters
    from conformance.deep.refreshed_resources import RefreshedResources
    from conformance.deep.scopes import GeneratedScopes
    from conformance.deep.sequences import GrantSequences


@pytest.fixture
def documents(authorization_server: AuthorizationServer) -> MetadataClients:
    """Clients that identify themselves by documents which the harness serves."""
    return metadata_clients(authorization_server)


@pytest.fixture
def registration(authorization_server: AuthorizationServer) -> Registrar:
    """The registration endpoint."""
    return registrar(authorization_server)


@pytest.fixture
def grant_sequences(authorization_server: AuthorizationServer) -> "GrantSequences":
    """Generated sequences of requests about grants; what makes them is imported by deep checks alone."""
    from conformance.deep.sequences import GrantSequences

    return GrantSequences(authorization_server)


@pytest.fixture
def generated_parameters(authorization_server: AuthorizationServer) -> "Parameters":
    """Generated values of parameters; what makes them is imported by deep checks alone."""
    from conformance.deep.parameters import Parameters

    return Parameters(authorization_server)


@pytest.fixture
def fuzzing(authorization_server: AuthorizationServer) -> "Fuzzing":
    """Requests generated from the server's own metadata; what makes them is imported by deep checks alone."""
    from conformance.deep.fuzzing import Fuzzing

    return Fuzzing(authorization_server)


@pytest.fixture
def generated_scopes(authorization_server: AuthorizationServer) -> "GeneratedScopes":
    """Generated scopes; what makes them is imported by deep checks alone."""
    from conformance.deep.scopes import GeneratedScopes

    return GeneratedScopes(authorization_server)


@pytest.fixture
def generated_secrets(authorization_server: AuthorizationServer) -> "GeneratedSecrets":
    """Secrets that are nearly right; what makes them is imported by deep checks alone."""
    from conformance.deep.client_secrets import GeneratedSecrets

    return GeneratedSecrets(authorization_server)


@pytest.fixture
def refreshed_resources(authorization_server: AuthorizationServer) -> "RefreshedResources":
    """Generated refreshes by resource; what makes them is imported by deep checks alone."""
    from conformance.deep.refreshed_resources import RefreshedResources

    return RefreshedResources(authorization_server)


@pytest.fixture
def basic_spellings(authorization_server: AuthorizationServer) -> "BasicSpellings":
    """Spellings of HTTP Basic; what makes them is imported by deep checks alone."""
    from conformance.deep.basic_spellings import BasicSpellings

    return BasicSpellings(authorization_server)
