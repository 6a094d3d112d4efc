"""How the server fetches client ID metadata documents (draft, 5, 5.1, 8.6 and 8.7)."""

from dataclasses import replace

from conformance.catalogue import requirement
from conformance.client.document_host import HostedAnswer
from conformance.client.metadata_client import MetadataClients
from conformance.expect import expect
from conformance.vocabulary import NotApplicable, Violation
from conformance.wire.addresses import split_url

_LARGE_BYTES = 8 * 1024 * 1024
_SPECIAL_USE = ("0.0.0.0", "0", "[::ffff:0.0.0.0]")  # noqa: S104 - addresses that must not be used


@requirement("MCP-CIMD-A1", "CIMD-5-a")
def test_the_document_behind_a_url_is_fetched(documents: MetadataClients) -> None:
    """A client_id that is an https URL with a path, of whatever name, makes the server fetch the document.

    Control: a client at a URL that ends in .json gets a code.
    Means: clients that identify themselves by a document can't log in, although the metadata invites them.
    Fix: fetch the document whenever client_id is an https URL with a path that isn't registered otherwise.
    """
    _expect_a_fetch(documents)


@requirement("CIMD-5-b")
def test_a_document_with_status_206_is_refused(documents: MetadataClients) -> None:
    """A good document that comes with the status 206 earns no code.

    Control: a client whose document comes with the status 200 gets a code.
    Means: part of a document, or one meant for somebody else, decides who the client is.
    Fix: treat every status but 200 as an error.
    """
    _expect_refusal_of_status(documents, 206)


@requirement("CIMD-5-b")
def test_a_document_with_status_404_is_refused(documents: MetadataClients) -> None:
    """A good document that comes with the status 404 earns no code.

    Control: a client whose document comes with the status 200 gets a code.
    Means: the error page of a site, which others can often shape, becomes a client.
    Fix: treat every status but 200 as an error.
    """
    _expect_refusal_of_status(documents, 404)


@requirement("CIMD-5-c")
def test_a_redirect_to_a_document_is_not_followed(documents: MetadataClients) -> None:
    """A redirect to a good document isn't followed, and earns no code.

    Control: a client whose document is served at its own URL gets a code.
    Means: an open redirector on a trusted site is enough to pose as that site, or to reach inner addresses.
    Fix: don't follow redirects when fetching a document; treat them as an error.
    """
    url, target = documents.host.new_url(), documents.host.new_url()
    documents.host.serve(target, documents.answer(url))
    redirect = HostedAnswer(status=302, headers={"Location": target})
    answer = documents.refused_while_good_ones_are_not(url, redirect, "the document's URL redirects to the document")
    if documents.host.fetches(target):
        raise Violation("the redirect was followed", expected="no request for its target", observed="one was seen")
    expect(answer).grants_no_code()


@requirement("CIMD-5.1-a")
def test_a_failed_fetch_ends_the_request(documents: MetadataClients) -> None:
    """A document host that answers 503 makes the server end the authorization request without a code.

    Control: a client whose document is served gets a code.
    Means: a client about which nothing is known gets the user's authority.
    Fix: end the authorization request with an error page when the document can't be fetched.
    """
    unavailable = HostedAnswer(b"busy", 503, "text/plain")
    change = "the document host answers 503"
    answer = documents.refused_while_good_ones_are_not(documents.host.new_url(), unavailable, change)
    expect(answer).grants_no_code().does_not_redirect()


@requirement("CIMD-8.7-a")
def test_a_document_of_8_megabytes_is_refused(documents: MetadataClients) -> None:
    """A document that white space blows up to 8 MiB, where 5 kB are recommended as the limit, earns no code.

    Control: a client with a document of usual size gets a code.
    Means: anybody can make the server load as much as they like, with one link.
    Fix: stop reading a document at a limit (5 kB is recommended), and treat what is larger as an error.
    """
    url = documents.host.new_url()
    large = replace(documents.answer(url), padding_bytes=_LARGE_BYTES)
    answer = documents.refused_while_good_ones_are_not(url, large, "white space makes the document 8 MiB large")
    expect(answer).grants_no_code()


@requirement("CIMD-8.6-a", "MCP-CIMD-A8")
def test_no_document_is_fetched_from_a_special_use_address(documents: MetadataClients) -> None:
    """A client_id URL at 0.0.0.0, a special-use address beyond loopback, makes the server open no connection.

    Nor does the same address in another spelling: as a number, or embedded in an IPv6 address.

    Control: a client at the document host's usual address gets a code.
    Means: anybody can make the server send requests to the inner network that it stands in.
    Fix: resolve the host first and refuse every special-use address (RFC 6890), 0.0.0.0 and embedded ones included.
    """
    _expect_no_connection_to_a_special_use_address(documents)


def _expect_a_fetch(documents: MetadataClients) -> None:
    documents.control()
    url = documents.host.new_url("about-this-client")
    flow = documents.served(url, documents.answer(url))
    answer = flow.send(flow.authorization_request())
    if not documents.host.fetches(url):
        expected = f"a GET for {split_url(url).path}"
        raise Violation("the document was not fetched", expected=expected, observed=f"none, and {answer.described()}")


def _expect_refusal_of_status(documents: MetadataClients, status: int) -> None:
    url = documents.host.new_url()
    other = replace(documents.answer(url), status=status)
    change = f"the document comes with the status {status}"
    expect(documents.refused_while_good_ones_are_not(url, other, change)).grants_no_code()


def _expect_no_connection_to_a_special_use_address(documents: MetadataClients) -> None:
    host = documents.host
    if not host.is_on_loopback:
        raise NotApplicable("what the server does at special-use addresses is seen only by a document host on loopback")
    documents.control()
    for address in _SPECIAL_USE:
        own = host.new_url()
        url = own.replace(split_url(own).netloc.rpartition(":")[0], address, 1)
        flow, before = documents.served(url, documents.answer(url)), host.connections
        answer = flow.send(flow.authorization_request().with_(f"the client_id URL is at {address}"))
        if host.connections > before:
            expected = f"no connection to {address}"
            raise Violation("a connection was opened", expected=expected, observed="a connection arrived")
        expect(answer).grants_no_code()
