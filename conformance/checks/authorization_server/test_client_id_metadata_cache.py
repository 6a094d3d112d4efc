"""What the server remembers of client ID metadata documents (draft, 5.2; MCP, client registration)."""

from conformance.catalogue import requirement
from conformance.client.document_host import HostedAnswer
from conformance.client.flow import AuthorizationFlow
from conformance.client.metadata_client import MetadataClients
from conformance.expect import expect
from conformance.vocabulary import Inconclusive, Violation


@requirement("MCP-CIMD-A3")
def test_a_document_is_cached_within_its_max_age(documents: MetadataClients) -> None:
    """A second flow of a client whose document may be cached for an hour doesn't fetch it again.

    Control: the first flow of that client ends with a code.
    Means: every login waits for the client's site, and fails when that site is down.
    Fix: keep an accepted document for as long as its Cache-Control and Expires headers allow.
    """
    flow = documents.published({"Cache-Control": "max-age=3600"})
    first = _fetches_of_one_flow(documents, flow)
    if first == 0:
        raise Inconclusive("the document was never fetched", root="client ID metadata document")
    again = _fetches_of_one_flow(documents, flow)
    if again:
        expected = "no fetch in a second flow within max-age=3600"
        raise Violation("the document is fetched every time", expected=expected, observed=f"{again} more")


@requirement("CIMD-5.2-a")
def test_a_document_marked_no_store_is_not_kept(documents: MetadataClients) -> None:
    """A second flow of a client whose document says Cache-Control: no-store fetches it again.

    Control: the first flow of that client ends with a code.
    Means: a client that withdraws a redirect URI or a key can't make the server notice.
    Fix: don't keep documents that are marked no-store; bounds of your own are for lifetimes such as max-age.
    """
    flow = documents.published({"Cache-Control": "no-store"})
    _fetches_of_one_flow(documents, flow)
    if not _fetches_of_one_flow(documents, flow):
        expected = "one more fetch in a second flow"
        raise Violation("a document marked no-store was kept", expected=expected, observed="no fetch")


@requirement("CIMD-5.2-b")
def test_an_error_of_the_document_host_is_not_cached(documents: MetadataClients) -> None:
    """A client whose document host answered 500 once gets a code as soon as the document is there.

    Control: another client with a good document gets a code.
    Means: a moment's trouble at a client's site locks the client's users out for as long as the server remembers it.
    Fix: cache accepted documents only, never an error.
    """
    _expect_recovery_from(documents, HostedAnswer(b"broken", 500, "text/plain"))


@requirement("CIMD-5.2-b")
def test_an_invalid_document_is_not_cached(documents: MetadataClients) -> None:
    """A client whose document was broken once gets a code as soon as the document is mended.

    Control: another client with a good document gets a code.
    Means: a mistake in a document locks the client's users out for as long as the server remembers it.
    Fix: cache a document only after it was judged good.
    """
    _expect_recovery_from(documents, HostedAnswer(b'{"client_id": ', headers={"Cache-Control": "max-age=3600"}))


def _fetches_of_one_flow(documents: MetadataClients, flow: AuthorizationFlow) -> int:
    url = flow.client.client_id
    before = documents.host.fetches(url)
    flow.control(flow.authorization_request())
    return documents.host.fetches(url) - before


def _expect_recovery_from(documents: MetadataClients, bad: HostedAnswer) -> None:
    url = documents.host.new_url()
    first = documents.refused_while_good_ones_are_not(url, bad, "the document is not there yet")
    if first.code is not None:
        raise Inconclusive("a client without a good document got a code", root="client ID metadata document")
    flow = documents.served(url, documents.answer(url))
    expect(flow.send(flow.authorization_request())).grants_code()
