"""What a client ID metadata document has to say before its client is served (draft, 4; MCP, client registration)."""

from conformance.catalogue import requirement
from conformance.client.document_host import HostedAnswer
from conformance.client.metadata_client import MetadataClients
from conformance.expect import AuthorizationAnswer, expect


@requirement("MCP-CIMD-A2")
def test_a_document_of_another_client_is_refused(documents: MetadataClients) -> None:
    """A document whose client_id is the URL of another client earns no code.

    Control: a client whose document names its own URL gets a code.
    Means: whoever can publish a file anywhere can pose as a client that users trust.
    Fix: compare client_id in the document with the URL it was fetched from, as strings, and refuse on any difference.
    """
    url = documents.host.new_url()
    expect(_refused(documents, url, client_id="https://client.example/oauth/client.json")).grants_no_code()


@requirement("CIMD-4-a")
def test_a_document_without_client_id_is_refused(documents: MetadataClients) -> None:
    """A document that doesn't say which client_id it is about earns no code.

    Control: a client whose document names its own URL gets a code.
    Means: any JSON file that lists redirect_uris becomes a client that its publisher never meant to offer.
    Fix: require client_id in the document, equal to the URL it was fetched from.
    """
    expect(_refused(documents, documents.host.new_url(), client_id=None)).grants_no_code()


@requirement("CIMD-4-a")
def test_a_client_id_with_a_trailing_slash_more_is_refused(documents: MetadataClients) -> None:
    """A document whose client_id differs from its URL by a trailing slash earns no code.

    Control: a client whose document names its own URL gets a code.
    Means: two identifiers stand for one client, so what is revoked or trusted for one goes on under the other.
    Fix: compare client_id in the document with its URL by simple string comparison (RFC 3986, 6.2.1).
    """
    url = documents.host.new_url()
    expect(_refused(documents, url, client_id=url + "/")).grants_no_code()


@requirement("MCP-CIMD-A5")
def test_a_document_that_is_no_json_is_refused(documents: MetadataClients) -> None:
    """A document with text behind its JSON object earns no code.

    Control: the same document without that text is accepted.
    Means: what the server reads and what others read in the same file may differ.
    Fix: parse the whole document as one JSON object and refuse it otherwise.
    """
    url = documents.host.new_url()
    broken = documents.answer(url).body + b" and more"
    answer = documents.refused_while_good_ones_are_not(url, HostedAnswer(broken), "text follows the JSON object")
    expect(answer).grants_no_code()


@requirement("MCP-CIMD-A5")
def test_a_document_without_client_name_is_refused(documents: MetadataClients) -> None:
    """A document without client_name earns no code.

    Control: the same document with client_name is accepted.
    Means: the user is asked to trust a client that doesn't even say what it is called.
    Fix: require client_id, client_name and redirect_uris in the document.
    """
    expect(_refused(documents, documents.host.new_url(), client_name=None)).grants_no_code()


@requirement("MCP-CIMD-A5")
def test_a_document_without_redirect_uris_is_refused(documents: MetadataClients) -> None:
    """A document without redirect_uris earns no code.

    Control: the same document with redirect_uris is accepted.
    Means: the code of a user goes wherever the link says that the user was lured to open.
    Fix: require client_id, client_name and redirect_uris in the document.
    """
    expect(_refused(documents, documents.host.new_url(), redirect_uris=None)).grants_no_code()


@requirement("MCP-CIMD-A4")
def test_a_redirect_uri_that_the_document_does_not_list_is_refused(documents: MetadataClients) -> None:
    """A request with a redirect_uri on another host than the document's earns an error page, no redirect.

    Control: the same client with its listed redirect_uri gets a code.
    Means: an attacker gets the codes of users who trust a well-known client.
    Fix: take redirect_uri only from the document's redirect_uris, and never redirect to any other.
    """
    answer = _with_redirect_uri(documents, "https://attacker.example/callback")
    expect(answer).grants_no_code().does_not_redirect()


@requirement("CIMD-4.2-a")
def test_a_longer_redirect_uri_than_the_listed_one_is_refused(documents: MetadataClients) -> None:
    """A request whose redirect_uri continues a listed one by a path segment earns no code.

    Control: the same client with its listed redirect_uri gets a code.
    Means: codes leak to any page of the client's site, an open redirector included.
    Fix: compare redirect_uri with each of the document's redirect_uris as strings.
    """
    expect(_with_redirect_uri(documents, documents.redirect_uri + "/more")).grants_no_code().does_not_redirect()


@requirement("CIMD-4.2-a")
def test_a_redirect_uri_with_an_added_query_is_refused(documents: MetadataClients) -> None:
    """A request whose redirect_uri adds a query to a listed one earns no code.

    Control: the same client with its listed redirect_uri gets a code.
    Means: an attacker decides what the client's callback page is told besides the code.
    Fix: compare redirect_uri with each of the document's redirect_uris as strings, query included.
    """
    sign = "&" if "?" in documents.redirect_uri else "?"
    answer = _with_redirect_uri(documents, f"{documents.redirect_uri}{sign}next=elsewhere")
    expect(answer).grants_no_code().does_not_redirect()


def _refused(documents: MetadataClients, url: str, **members: str | None) -> AuthorizationAnswer:
    """What a client with that departure in its document ends in."""
    change = " and ".join(f"{name} is {value or 'missing'} in the document" for name, value in members.items())
    return documents.refused_while_good_ones_are_not(url, documents.answer(url, **members), change)


def _with_redirect_uri(documents: MetadataClients, redirect_uri: str) -> AuthorizationAnswer:
    flow = documents.published()
    flow.control(flow.authorization_request())
    return flow.send(flow.authorization_request().with_(redirect_uri=redirect_uri))
