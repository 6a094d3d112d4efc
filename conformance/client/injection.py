"""Input that would break out of where a server writes it: headers and pages (OAuth 2.1, 7.12; RFC 6749, 10.14)."""

from bs4 import BeautifulSoup

from conformance.client.authorization_server import unguessable
from conformance.client.flow import AuthorizationFlow
from conformance.client.requests import AuthorizationRequest
from conformance.expect import AuthorizationAnswer
from conformance.vocabulary import Violation
from conformance.wire.addresses import split_url

SPLIT_HEADER = "X-Conformance-Split"
HEADER_INJECTION = f"conformance\r\n{SPLIT_HEADER}: 1\r\n\r\n"
_ELEMENT = "conformance-markup"
MARKUP = f"\"'><{_ELEMENT}>"
"""Ends an attribute and a tag, whatever quotes are used, and begins an element that no page has."""

_HTML = ("text/html", "application/xhtml+xml", "")


def requests_with_markup(flow: AuthorizationFlow) -> tuple[AuthorizationRequest, ...]:
    """Requests that show pages: of an unknown client, with a redirect_uri of nobody, and a good one by its state."""
    good = flow.authorization_request()
    return (
        good.with_("markup in client_id and state", client_id=unguessable("unknown-") + MARKUP, state=MARKUP),
        good.with_(
            "markup in redirect_uri and state", redirect_uri=f"https://conformance-extra.example/{MARKUP}", state=MARKUP
        ),
        flow.authorization_request().with_("markup in state", state=MARKUP),
    )


def judge_markup_is_text(answer: AuthorizationAnswer) -> int:
    """No page on the way to that answer, or at its end, has the element of MARKUP. Raises Violation.

    Returns how many pages a browser would have rendered.
    """
    pages = tuple({id(page): page for page in (*answer.pages, answer.response)}.values())
    rendered = [page for page in pages if page.media_type in _HTML and page.body]
    for page in rendered:
        if BeautifulSoup(page.body, "html.parser").find(_ELEMENT) is not None:
            raise Violation(
                f"the page {split_url(page.url).path} renders markup that came in",
                expected="< and quotes of the input escaped (&lt;, &quot;)",
                observed=f"an element {_ELEMENT}",
                decided_by=page.exchange,
            )
    return len(rendered)
