"""What checks of authorization servers are given beyond the common fixtures."""

import pytest

from conformance.client.authorization_server import AuthorizationServer
from conformance.client.metadata_client import MetadataClients, metadata_clients
from conformance.client.registrar import Registrar, registrar


@pytest.fixture
def documents(authorization_server: AuthorizationServer) -> MetadataClients:
    """Clients that identify themselves by documents which the harness serves."""
    return metadata_clients(authorization_server)


@pytest.fixture
def registration(authorization_server: AuthorizationServer) -> Registrar:
    """The registration endpoint."""
    return registrar(authorization_server)
