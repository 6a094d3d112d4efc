"""What the pages of login and consent must not allow: frames, things of third parties, and forms that are sent on."""

import re
from collections.abc import Iterable, Iterator

from bs4 import BeautifulSoup, Tag

from conformance.client.approval import first_visit
from conformance.client.authorization_server import AuthorizationServer
from conformance.client.flow import AuthorizationFlow
from conformance.client.user_agent import SENT_FORM
from conformance.vocabulary import NotApplicable, Violation
from conformance.wire import Response
from conformance.wire.addresses import is_address, joined_url, split_url

_LOADED = (("src", ("img", "iframe", "script", "embed", "source")), ("href", ("link",)))
_LOADING_LINKS = {"stylesheet", "preload", "modulepreload", "prefetch", "icon"}
_EVERY_SITE = {"*", "http:", "https:", "http://*", "https://*"}
_FRAME_BUSTING = re.compile(
    r"\b(window\.(top|parent)|(top|parent)\.location|(top|parent)\s*[!=]=|[!=]==?\s*(top|parent))\b"
)
_LEAKING_POLICIES = ("unsafe-url", "no-referrer-when-downgrade")


def pages_with_forms(flow: AuthorizationFlow) -> tuple[Response, ...]:
    """The pages where the user logs in and decides, in order.

    Control: the request that shows them ends with a code. Raises NotApplicable when there are none.
    """
    pages = tuple(page for page in flow.control(flow.authorization_request()).pages if form_of(page) is not None)
    if not pages:
        raise NotApplicable("the user is shown no page with a form during authorization")
    return pages


def form_of(page: Response) -> Tag | None:
    """The first form of an HTML page, or None."""
    is_html = page.media_type.endswith(("html", "xml"))
    form = BeautifulSoup(page.body, "html.parser").find("form") if is_html and page.status < 300 else None
    return form if isinstance(form, Tag) else None


def judge_not_framed(server: AuthorizationServer) -> None:
    """No page with a form can be put into a frame by any site; a script against frames will do. Raises Violation."""
    for page in pages_with_forms(first_visit(server)):
        judge_page_not_framed(page)


def judge_page_not_framed(page: Response, *, by_script: bool = True) -> None:
    """That page can't be put into a frame by any site; `by_script` says whether a script will do. Raises Violation."""
    if not is_safe_from_frames(page, by_script=by_script):
        raise Violation(
            f"the page {split_url(page.url).path} can be framed by any site",
            expected="Content-Security-Policy with frame-ancestors, or X-Frame-Options: DENY",
            observed=_framing_headers(page),
            decided_by=page.exchange,
        )


def judge_no_third_parties(server: AuthorizationServer) -> None:
    """No page with a form makes the browser load anything from another site. Raises Violation."""
    for page in pages_with_forms(first_visit(server)):
        foreign = foreign_resource(page)
        if foreign is not None:
            raise Violation(
                f"the page {split_url(page.url).path} loads something of a third party",
                expected=f"nothing but what {split_url(page.url).hostname} serves",
                observed=foreign,
                decided_by=page.exchange,
            )


def judge_url_is_not_given_away(server: AuthorizationServer) -> None:
    """No page with a form has a referrer policy by which other sites get its whole URL. Raises Violation."""
    for page in pages_with_forms(first_visit(server)):
        policies = ",".join(page.all_headers("referrer-policy")).lower().split(",")
        if policies[-1].strip() in _LEAKING_POLICIES:
            raise Violation(
                "other sites get the URL of the page",
                expected="Referrer-Policy: no-referrer",
                observed=f"Referrer-Policy: {policies[-1].strip()}",
                decided_by=page.exchange,
            )


def judge_no_form_is_sent_on(server: AuthorizationServer) -> None:
    """No form that the user sends is answered with 307 or 308, by which it would be sent on. Raises Violation.

    Control: the request that shows the forms ends with a code. Raises NotApplicable when the user sends none.
    """
    flow = first_visit(server)
    flow.control(flow.authorization_request())
    posts = [each for each in flow.wire.transcript.exchanges if each.label == SENT_FORM]
    if not posts:
        raise NotApplicable("the user sends no form during authorization")
    for exchange in posts:
        if exchange.status in (307, 308):
            raise Violation(
                "a form of the user is sent on to where the redirect leads",
                expected="303 (or 302) after a form was sent",
                observed=f"{exchange.status} in answer to POST {split_url(exchange.url).path}",
            )


def is_safe_from_frames(page: Response, *, by_script: bool = True) -> bool:
    """By frame-ancestors, which browsers that know it prefer, else by X-Frame-Options, else by a script, maybe."""
    policies = ",".join(page.all_headers("content-security-policy")).lower()
    ancestors = [set(found.split()) for found in re.findall(r"frame-ancestors([^;,]*)", policies)]
    if ancestors:
        return any(not listed & _EVERY_SITE for listed in ancestors)
    options = ",".join(page.all_headers("x-frame-options")).upper().split(",")
    scripts = BeautifulSoup(page.body, "html.parser").find_all("script") if by_script else []
    return any(option.strip() in ("DENY", "SAMEORIGIN") for option in options) or any(
        _FRAME_BUSTING.search(script.get_text()) for script in scripts
    )


def _framing_headers(page: Response) -> str:
    names = ("x-frame-options", "content-security-policy")
    seen = [f"{name}: {value}" for name in names for value in page.all_headers(name)]
    return "; ".join(seen) or "neither header"


def foreign_resource(page: Response) -> str | None:
    """The first URL of another site that the page makes a browser load, or None."""
    return next((url for url in _loaded(page) if _site(url) not in (None, _site(page.url))), None)


def _loaded(page: Response) -> Iterator[str]:
    soup = BeautifulSoup(page.body, "html.parser")
    for attribute, elements in _LOADED:
        for element in soup.find_all(elements, attrs={attribute: True}):
            if element.name != "link" or _LOADING_LINKS & _words(element.get("rel") or ()):
                yield joined_url(page.url, str(element[attribute]))


def _words(values: Iterable[object]) -> set[str]:
    return {str(value).lower() for value in values}


def _site(url: str) -> tuple[str, ...] | None:
    """What belongs together: an address, or the last two labels of a name; None for data: and the like."""
    host = split_url(url).hostname if url.startswith(("http://", "https://")) else None
    if host is None:
        return None
    return (host,) if is_address(host) else tuple(host.split(".")[-2:])
