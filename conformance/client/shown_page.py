"""What a person can read on the HTML pages of an authorization server."""

from collections.abc import Iterator

from bs4 import BeautifulSoup

from conformance.expect import AuthorizationAnswer
from conformance.vocabulary import NotApplicable
from conformance.wire import Response
from conformance.wire.addresses import joined_url

_UNSEEN = ("script", "style", "template", "noscript", "head")
_LINKS = (("href", ("a", "area", "link")), ("src", ("img", "iframe", "script", "embed", "source")))


def pages_shown(answer: AuthorizationAnswer) -> tuple[Response, ...]:
    """The pages on the way to an answer. Raises NotApplicable when the user was shown none."""
    if not answer.pages:
        raise NotApplicable("the user is shown no HTML page during authorization")
    return answer.pages


def visible_texts(page: Response) -> tuple[str, ...]:
    """The pieces of text that the page shows, in order, white space folded; values of visible inputs included."""
    soup = BeautifulSoup(page.body, "html.parser")
    for element in soup.find_all(_UNSEEN):
        element.decompose()
    texts = [" ".join(text.split()) for text in soup.stripped_strings]
    inputs = soup.find_all("input")
    shown = [str(i.get("value") or "") for i in inputs if str(i.get("type") or "text").lower() != "hidden"]
    return tuple(text for text in (*texts, *shown) if text)


def image_sources(page: Response) -> tuple[str, ...]:
    """The absolute URLs of the images on the page."""
    soup = BeautifulSoup(page.body, "html.parser")
    return tuple(joined_url(page.url, str(image["src"])) for image in soup.find_all("img", src=True))


def links(page: Response) -> Iterator[str]:
    """Every URL that the page makes a browser open or offers to open, as written."""
    soup = BeautifulSoup(page.body, "html.parser")
    for attribute, elements in _LINKS:
        for element in soup.find_all(elements):
            if element.has_attr(attribute):
                yield str(element[attribute])
