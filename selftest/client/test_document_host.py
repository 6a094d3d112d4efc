"""The host of documents: what it serves, counts and leaves behind."""

import socket
import ssl
import threading
from collections.abc import Iterator
from urllib.error import HTTPError
from urllib.request import HTTPRedirectHandler, HTTPSHandler, build_opener

import pytest
import trustme

from conformance.client.document_host import DocumentHost, HostedAnswer
from conformance.client.facts import DocumentHostFacts, TargetFacts
from conformance.vocabulary import Inconclusive

AUTHORITY = trustme.CA()
LEAF = AUTHORITY.issue_cert("127.0.0.1").private_key_and_cert_chain_pem.bytes().decode()
FACTS = DocumentHostFacts(certificate_and_key=LEAF)


@pytest.fixture
def host() -> Iterator[DocumentHost]:
    running = DocumentHost(FACTS)
    yield running
    running.stop()


class _StayHere(HTTPRedirectHandler):
    def redirect_request(self, *_: object) -> None:
        return None


def get(url: str) -> tuple[int, dict[str, str], bytes]:
    context = ssl.create_default_context(cadata=AUTHORITY.cert_pem.bytes().decode())
    try:
        with build_opener(HTTPSHandler(context=context), _StayHere()).open(url, timeout=5) as answer:
            return answer.status, dict(answer.headers), answer.read()
    except HTTPError as error:
        return error.code, dict(error.headers), error.read()


def test_serves_what_it_was_given_and_counts_who_asked(host: DocumentHost) -> None:
    url = host.new_url()
    host.serve(url, HostedAnswer(b"{}", headers={"Cache-Control": "no-store"}))
    status, headers, body = get(url)
    assert (status, body, headers["Content-Type"], headers["Cache-Control"]) == (
        200,
        b"{}",
        "application/json",
        "no-store",
    )
    assert (host.fetches(url), host.connections, host.fetches(host.new_url())) == (1, 1, 0)


def test_an_unknown_path_is_404_and_counted(host: DocumentHost) -> None:
    url = host.new_url()
    assert get(url)[0] == 404
    assert host.fetches(url) == 1


def test_answers_can_be_replaced_redirect_and_be_large(host: DocumentHost) -> None:
    url = host.new_url()
    host.serve(url, HostedAnswer(status=302, headers={"Location": host.new_url()}))
    assert get(url)[0] == 302
    host.serve(url, HostedAnswer(b"{}", padding_bytes=200_000))
    assert len(get(url)[2]) == 200_002


def test_the_same_port_speaks_plain_http(host: DocumentHost) -> None:
    url = host.new_url()
    host.serve(url, HostedAnswer(b"plain"))
    assert get(url.replace("https://", "http://"))[2] == b"plain"


def test_paths_are_compared_percent_decoded(host: DocumentHost) -> None:
    url = host.new_url("client.json")
    host.serve(url, HostedAnswer(b"{}"))
    assert get(url.replace("client.json", "%63lient.json"))[0] == 200


def test_a_connection_without_request_is_counted(host: DocumentHost) -> None:
    port = int(host.base_url.rpartition(":")[2])
    with socket.create_connection(("127.0.0.1", port), timeout=5) as connection:
        connection.sendall(b"garbage\r\n\r\n")
        connection.recv(100)
    assert host.connections == 1


def test_without_a_certificate_it_is_known_by_its_base_url() -> None:
    host = DocumentHost(DocumentHostFacts(base_url="https://docs.example/base/"))
    try:
        assert host.new_url().startswith("https://docs.example/base/")
        assert not host.is_on_loopback
    finally:
        host.stop()


def test_a_taken_port_is_inconclusive_and_says_what_to_do(host: DocumentHost) -> None:
    port = host.base_url.rpartition(":")[2]
    with pytest.raises(Inconclusive, match="can't listen") as caught:
        DocumentHost(DocumentHostFacts(listen=f"127.0.0.1:{port}", certificate_and_key=LEAF))
    assert "document_host.listen" in caught.value.remedy


def test_a_certificate_that_is_none_is_inconclusive() -> None:
    with pytest.raises(Inconclusive, match="certificate of the document host"):
        DocumentHost(DocumentHostFacts(certificate_and_key="-----BEGIN CERTIFICATE-----\nAAAA\n"))


def test_stopping_twice_leaves_no_thread() -> None:
    before = threading.active_count()
    host = DocumentHost(FACTS)
    host.stop()
    host.stop()
    assert threading.active_count() == before


def test_facts_travel_to_workers() -> None:
    facts = TargetFacts("target", "url", document_host=FACTS)
    assert TargetFacts.from_json(facts.as_json()) == facts
    assert "PRIVATE KEY" not in repr(facts)
