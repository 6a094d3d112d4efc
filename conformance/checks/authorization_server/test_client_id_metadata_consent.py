"""What the user is shown of a client that identifies itself by a document (draft, 8.5 to 8.8; MCP, security)."""

from conformance.catalogue import requirement
from conformance.client.metadata_client import MetadataClients
from conformance.client.shown_page import image_sources, links, pages_shown, visible_texts
from conformance.expect import AuthorizationAnswer
from conformance.vocabulary import NotApplicable, Violation
from conformance.wire.addresses import split_url

_WEB_REDIRECT = "https://app.client.example/callback"


@requirement("MCP-CIMD-A11")
def test_the_host_of_the_redirect_uri_is_shown(documents: MetadataClients) -> None:
    """A page on the way to the code shows the host name of the redirect URI.

    Control: the request ends with a code for that redirect URI.
    Means: users can't see that what they approve goes to a host that they don't know.
    Fix: show the host of redirect_uri, plainly, on the consent page.
    """
    answer = documents.control(redirect_uris=[_WEB_REDIRECT])
    _expect_shown(answer, split_url(_WEB_REDIRECT).hostname or "", "the redirect URI")


@requirement("CIMD-8.5-a")
def test_the_host_of_the_client_id_is_shown(documents: MetadataClients) -> None:
    """A page on the way to the code shows the host name of the client_id URL.

    Control: the request ends with a code.
    Means: the user sees only a name that the client chose, and no hint of who is behind it.
    Fix: show the host of the client_id URL on the consent page.
    """
    url = documents.host.new_url()
    if documents.host.is_on_loopback:  # a host name that no other URL on the page has
        url = url.replace(split_url(url).hostname or "", "localhost", 1)
    flow = documents.served(url, documents.answer(url, redirect_uris=[_WEB_REDIRECT]), redirect_uri=_WEB_REDIRECT)
    answer = flow.control(flow.authorization_request())
    _expect_shown(answer, split_url(url).hostname or "", "the client_id URL")


@requirement("MCP-CIMD-A9")
def test_a_client_that_is_only_on_localhost_earns_a_warning(documents: MetadataClients) -> None:
    """The pages for a client with loopback redirect URIs only say something that those for a web client don't.

    Control: both clients get a code. URLs, hosts and white space don't count as a difference.
    Means: any program on the user's machine can pose as that client, and the user isn't told.
    Fix: add a warning to the consent page when every redirect URI is on the local machine.
    """
    web = _texts_without_urls(documents.control(redirect_uris=[_WEB_REDIRECT]), _WEB_REDIRECT)
    local_uri = "http://127.0.0.1:8765/callback"
    local = _texts_without_urls(documents.control(redirect_uris=[local_uri]), local_uri)
    if not local - web:
        expected = "a text that the page for a client with an https redirect URI doesn't have"
        raise Violation("no warning for a localhost-only client", expected=expected, observed="the same texts")


@requirement("CIMD-8.6-b")
def test_a_script_in_place_of_a_link_is_not_rendered(documents: MetadataClients) -> None:
    """Pages for a client whose logo_uri and client_uri are javascript: URLs hold no such link or image.

    Control: a client without these members gets a code. Refusing the document is as good.
    Means: a client's document runs script in the server's own pages, where the user logs in.
    Fix: accept only https (and http) URLs in a document, or leave the others out of every page.
    """
    documents.control()
    script = "javascript:alert(document.domain)"
    flow = documents.published(logo_uri=script, client_uri=script, tos_uri=script, policy_uri=script)
    answer = flow.send(flow.authorization_request().with_("the document's links are javascript: URLs"))
    found = [link for page in answer.pages for link in links(page) if "alert(document.domain)" in link]
    if found:
        expected = "no javascript: URL in a link or image"
        raise Violation("a javascript: URL was rendered", expected=expected, observed=repr(found[0]))


@requirement("CIMD-8.8-a")
def test_a_logo_is_not_loaded_from_the_client(documents: MetadataClients) -> None:
    """A logo on the pages comes from the server's own cache rather than from the client's host.

    Control: the request ends with a code.
    Means: the client learns who is about to log in, and can swap its logo after it was accepted.
    Fix: fetch and cache logo_uri when the document is accepted, and show the copy.
    """
    url = documents.host.new_url()
    logo = url.removesuffix("client.json") + "logo.png"
    flow = documents.served(url, documents.answer(url, logo_uri=logo))
    pages = pages_shown(flow.control(flow.authorization_request()))
    images = [image for page in pages for image in image_sources(page)]
    if not images:
        raise NotApplicable("the server shows no logos")
    if logo in images:
        raise Violation("the logo is the client's own URL", expected="a copy at the server", observed=f"img src={logo}")


def _expect_shown(answer: AuthorizationAnswer, host: str, of: str) -> None:
    texts = [text for page in pages_shown(answer) for text in visible_texts(page)]
    if not any(host.lower() in text.lower() for text in texts):
        raise Violation(f"the host of {of} is not shown", expected=f"{host} in a page's text", observed="not there")


def _texts_without_urls(answer: AuthorizationAnswer, redirect_uri: str) -> set[str]:
    """The texts of all pages without what necessarily differs between two clients: words that hold URLs or hosts."""
    host = split_url(redirect_uri).netloc
    texts = [text for page in pages_shown(answer) for text in visible_texts(page)]
    kept = (" ".join(w for w in text.split() if "://" not in w and host not in w) for text in texts)
    return {text for text in kept if text}
