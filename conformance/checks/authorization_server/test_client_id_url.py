"""Which URLs may be a client_id (client ID metadata document draft, 3)."""

from conformance.catalogue import requirement
from conformance.client.metadata_client import MetadataClients
from conformance.expect import AuthorizationAnswer, expect


@requirement("CIMD-3-a")
def test_an_http_client_id_is_refused(documents: MetadataClients) -> None:
    """A client_id URL with the scheme http earns no code, although its document is served.

    Control: the same kind of client with an https URL gets a code.
    Means: whoever sits between the server and the document host decides who the client is.
    Fix: accept only https URLs as client_id.
    """
    url = documents.host.new_url().replace("https://", "http://", 1)
    expect(_refused(documents, url, "the client_id URL is http")).grants_no_code()


@requirement("CIMD-3-a")
def test_a_client_id_without_path_is_refused(documents: MetadataClients) -> None:
    """A client_id URL without a path earns no code, although a document is served at "/".

    Control: the same kind of client with a path in its URL gets a code.
    Means: a whole site becomes one client, whoever of those who publish there asks.
    Fix: refuse a client_id URL without a path.
    """
    origin = "/".join(documents.host.base_url.split("/")[:3])
    expect(_refused(documents, origin, "the client_id URL has no path")).grants_no_code()


@requirement("CIMD-3-a")
def test_a_client_id_with_dot_segments_is_refused(documents: MetadataClients) -> None:
    """A client_id URL with a ".." segment earns no code, although the document is served at either reading.

    Control: the same kind of client without dot segments gets a code.
    Means: one client has many names, and which document is fetched depends on who resolves the URL.
    Fix: refuse a client_id URL whose path has "." or ".." segments.
    """
    plain = documents.host.new_url()
    directory, _, name = plain.rpartition("/")
    dotted = f"{directory}/elsewhere/../{name}"
    documents.host.serve(plain, documents.answer(dotted))
    expect(_refused(documents, dotted, 'the client_id URL has a ".." segment')).grants_no_code()


@requirement("CIMD-3-a")
def test_a_client_id_with_a_fragment_is_refused(documents: MetadataClients) -> None:
    """A client_id URL with a fragment earns no code, although its document is served.

    Control: the same kind of client without fragment gets a code.
    Means: one document stands for any number of clients, so trust and revocation lose their object.
    Fix: refuse a client_id URL with a fragment.
    """
    expect(_refused(documents, documents.host.new_url() + "#two", "the client_id URL has a fragment")).grants_no_code()


@requirement("CIMD-3-a")
def test_a_client_id_with_user_information_is_refused(documents: MetadataClients) -> None:
    """A client_id URL with a user name earns no code, although its document is served.

    Control: the same kind of client without user name gets a code.
    Means: https://good.example@attacker.example/ shows a host to the user that is not the client's.
    Fix: refuse a client_id URL with user name or password.
    """
    url = documents.host.new_url().replace("://", "://good.example@", 1)
    expect(_refused(documents, url, "the client_id URL has a user name")).grants_no_code()


@requirement("CIMD-3-b")
def test_another_spelling_of_a_client_id_is_another_client(documents: MetadataClients) -> None:
    """A client_id URL that only spells a letter of the document's client_id by percent-encoding earns no code.

    Control: the same kind of client with the document's own spelling gets a code.
    Means: what is trusted, limited or revoked under one spelling goes on under another.
    Fix: compare client_id URLs as strings, without normalising them.
    """
    url = documents.host.new_url()
    spelled = url.removesuffix("client.json") + "%63lient.json"
    answer = documents.answer(url)
    change = "a letter of the client_id URL is percent-encoded, the document names the plain one"
    expect(documents.refused_while_good_ones_are_not(spelled, answer, change)).grants_no_code()


def _refused(documents: MetadataClients, url: str, change: str) -> AuthorizationAnswer:
    """What the client with that URL and an otherwise good document ends in."""
    return documents.refused_while_good_ones_are_not(url, documents.answer(url), change)
