"""Fixtures that several modules share."""

from collections.abc import Iterator

import pytest
from document_host import DocumentHost, rules_for, running_document_host

from reference_impl.authorization_server.rules import Rules


@pytest.fixture(scope="session")
def running_host() -> Iterator[DocumentHost]:
    with running_document_host() as host:
        yield host


@pytest.fixture
def host(running_host: DocumentHost) -> DocumentHost:
    running_host.paths.clear()
    running_host.headers.clear()
    running_host.serves_document()
    return running_host


@pytest.fixture
def fetching_rules(host: DocumentHost) -> Rules:
    return rules_for(host)
