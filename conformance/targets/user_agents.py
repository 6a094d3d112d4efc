"""User agents keep login out of the checks: `auto` follows redirects, `form` fills in HTML forms."""

import re
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING
from urllib.parse import urlencode, urlsplit

from conformance.client.facts import UserAgentFacts
from conformance.client.user_agent import SENT_FORM, Arrival, UserAgent
from conformance.targets.errors import ConfigurationError
from conformance.vocabulary import Inconclusive
from conformance.wire import HttpRequest, Response, Transport, Wire
from conformance.wire.addresses import joined_url

if TYPE_CHECKING:
    from bs4 import BeautifulSoup, Tag

_REDIRECTS = frozenset({301, 302, 303, 307, 308})  # what browsers follow
_MOST_STEPS = 15
_MOST_TAGS = 5000
_APPROVE = re.compile(
    r"allow|approve|accept|continue|authori[sz]e|agree|sign.?in|log.?in|grant|yes|submit|next|ok", re.I
)
_DENY = re.compile(r"deny|cancel|reject|decline|abort|refuse|disallow|don't|\bno\b", re.I)
_FORM = "application/x-www-form-urlencoded"
_HTML = ("text/html", "application/xhtml+xml")


def make_user_agent(facts: UserAgentFacts, transport: Transport) -> UserAgent:
    """The user agent of that kind with an empty cookie jar. Raises ConfigurationError on an unknown kind."""
    if facts.kind not in ("auto", "form"):
        raise ConfigurationError(f"user_agent.kind {facts.kind!r} is unknown; use auto or form")
    return _Browser(facts, transport.browser())


@dataclass(frozen=True)
class _Browser:
    """A browser without script: follows redirects inside the server, and fills in forms when it may."""

    facts: UserAgentFacts
    transport: Transport
    mistypes: bool = False

    def fresh(self) -> UserAgent:
        """The same user in a browser that was never here."""
        return _Browser(self.facts, self.transport.browser())

    def with_cookies(self, keep: Callable[[str, str], str | None]) -> UserAgent:
        """The same user in a browser of its own, with what `keep` makes of the cookies."""
        return _Browser(self.facts, self.transport.browser(keep))

    def mistyping(self) -> UserAgent:
        """Somebody in a browser of his own who knows the user's name, but not the last character of the password."""
        return _Browser(self.facts, self.transport.browser(), mistypes=True)

    def approval(self, wire: Wire, page: Response) -> HttpRequest | None:
        """The first form of the page as it would be sent by the button that approves."""
        return self._fill_in(wire, page, [], approve=True)

    def visit(self, wire: Wire, request: HttpRequest, *, redirect_uri: str, approve: bool | None = True) -> Arrival:
        """Go on from page to page until the server redirects outside itself or nothing leads further."""
        browser = replace(wire, transport=self.transport)
        inside = {_origin(request.url), *self.facts.origins}
        filled: list[tuple[str, bool]] = []
        pages: list[Response] = []
        for _ in range(_MOST_STEPS):
            response = browser.send(request)
            if response.media_type in _HTML:
                pages.append(response)
            location = response.header("location")
            if response.status in _REDIRECTS and location is not None:
                target = joined_url(request.url, location)
                if _is_arrival(target, redirect_uri, inside):
                    return Arrival(response, target, tuple(pages))
                keeps_method = response.status in (307, 308)
                request = (
                    replace(request, url=target, changes=())
                    if keeps_method
                    else HttpRequest("GET", target, (*_ACCEPT, *_told_with_redirects(request)))
                )
                continue
            _refuse_rejection(response, filled)
            following = self._fill_in(browser, response, filled, approve=approve) if self.facts.kind == "form" else None
            if following is None or not following.url.startswith(("http://", "https://")):
                return Arrival(response, None, tuple(pages))
            if _is_arrival(following.url, redirect_uri, inside):
                return Arrival(response, _as_redirect(following), tuple(pages))
            request = following
        raise Inconclusive(
            f"login and consent did not end within {_MOST_STEPS} steps (the last one was {urlsplit(request.url).path})",
            root="login",
            remedy="see user_agent in the target file",
        )

    def _fill_in(
        self, wire: Wire, response: Response, filled: list[tuple[str, bool]], *, approve: bool | None
    ) -> HttpRequest | None:
        if response.status >= 400 or not _is_html(response):
            return None
        page = _page(response)
        form = _chosen_form(page.find_all("form"))
        if approve is False:
            link = next((a for a in page.find_all("a", href=True) if _DENY.search(a.get_text())), None)
            if link is not None and not (form is not None and _asks_for_password(form)):
                return HttpRequest("GET", joined_url(response.url, str(link["href"])), _ACCEPT)
        if form is None or (approve is None and not _asks_who_it_is(form)):
            return None
        values, has_password = self._values(form), _asks_for_password(form)
        for name, value in values:
            if _is_password(form, name):
                wire.transcript.secrets.learn("password", value)
        action = joined_url(response.url, str(form.get("action") or ""))
        _refuse_repetition(action, has_password, filled)
        button = _button(form, self.facts, approve=approve is not False or has_password)
        pairs = [*values, *([button] if button else [])]
        changes = ("another last character of the password",) if self.mistypes and has_password else ()
        if str(form.get("method", "get")).lower() == "post":
            headers = (*_ACCEPT, ("Content-Type", _FORM), ("Origin", _origin(response.url)), ("Referer", response.url))
            return HttpRequest("POST", action, headers, urlencode(pairs).encode(), changes, label=SENT_FORM)
        return HttpRequest("GET", action.split("?")[0] + "?" + urlencode(pairs), _ACCEPT, changes=changes)

    def _values(self, form: "Tag") -> list[tuple[str, str]]:
        values: list[tuple[str, str]] = []
        for element in form.find_all(["input", "textarea", "select"]):
            name, kind = str(element.get("name") or ""), str(element.get("type") or "text").lower()
            if not name or element.has_attr("disabled") or kind in ("submit", "button", "image", "reset", "file"):
                continue
            if kind in ("checkbox", "radio") and not element.has_attr("checked") and name not in self.facts.fields:
                if kind == "radio":
                    continue
                values.append((name, str(element.get("value") or "on")))
                continue
            value = self._value_for(name, kind, _preset(element))
            values.append((name, _mistyped(value) if self.mistypes and kind == "password" else value))
        return values

    def _value_for(self, name: str, kind: str, given: str) -> str:
        if name in self.facts.fields:
            return self.facts.fields[name]
        if kind == "password" and "password" in self.facts.fields:
            return self.facts.fields["password"]
        if kind in ("text", "email") and not given and "username" in self.facts.fields:
            return self.facts.fields["username"]
        return given


def _mistyped(password: str) -> str:
    return password[:-1] + ("a" if password[-1:] != "a" else "b")


_ACCEPT = (("Accept", "text/html"),)
_INITIATOR = "sec-fetch-site"


def _told_with_redirects(request: HttpRequest) -> tuple[tuple[str, str], ...]:
    """What browsers say again after a redirect: from where the navigation came, if they said so."""
    return tuple(header for header in request.headers if header[0].lower() == _INITIATOR)


def _preset(element: "Tag") -> str:
    """What a form element holds before anybody touches it."""
    if element.name == "textarea":
        return element.get_text()
    if element.name == "select":
        options = element.find_all("option")
        chosen = next((option for option in options if option.has_attr("selected")), next(iter(options), None))
        return str(chosen.get("value") or chosen.get_text()) if chosen is not None else ""
    return str(element.get("value") or "")


def _chosen_form(forms: "list[Tag]") -> "Tag | None":
    with_password = next((f for f in forms if f.find("input", type="password")), None)
    return with_password if with_password is not None else next(iter(forms), None)


def _button(form: "Tag", facts: UserAgentFacts, *, approve: bool) -> tuple[str, str] | None:
    """The name and value of the button to press, if it has a name."""
    wanted = facts.approve if approve else facts.deny
    buttons = [b for b in form.find_all(["button", "input"]) if _is_submit(b)]
    for button in buttons:
        pair = f"{button.get('name')}={button.get('value')}"
        text, value = button.get_text().strip(), str(button.get("value") or "")
        hit = wanted in (pair, text, value) if wanted else _fits(f"{text} {value}", approve=approve)
        if hit:
            return (str(button["name"]), str(button.get("value") or "")) if button.get("name") else None
    if not approve:
        raise Inconclusive(
            "the consent page has no button or link to deny", root="login", remedy="name it: user_agent.deny"
        )
    first = buttons[0] if buttons else None
    return (str(first["name"]), str(first.get("value") or "")) if first is not None and first.get("name") else None


def _fits(label: str, *, approve: bool) -> bool:
    denies = bool(_DENY.search(label))
    return bool(_APPROVE.search(label)) and not denies if approve else denies


def _is_submit(button: "Tag") -> bool:
    default = "submit" if button.name == "button" else "text"
    return str(button.get("type") or default).lower() in ("submit", "image")


def _is_html(response: Response) -> bool:
    return response.media_type in ("text/html", "application/xhtml+xml")


def _page(response: Response) -> "BeautifulSoup":
    from bs4 import BeautifulSoup, SoupStrainer  # only pages with forms pay for the parser

    tags = response.body.split(b"<", _MOST_TAGS + 1)  # what a page nests beyond that takes the parser for ever
    wanted = SoupStrainer(["form", "a"])
    return BeautifulSoup(b"<".join(tags[: _MOST_TAGS + 1]), "html.parser", parse_only=wanted)


def _asks_for_password(form: "Tag") -> bool:
    return form.find("input", type="password") is not None


def _asks_who_it_is(form: "Tag") -> bool:
    """Whether a form is a step of the login: it has a password or a text to type in."""
    fields = form.find_all("input")
    typed = [f for f in fields if str(f.get("type") or "text").lower() in ("text", "email") and not f.get("value")]
    return _asks_for_password(form) or bool(typed)


def _is_password(form: "Tag", name: str) -> bool:
    return form.find("input", attrs={"name": name, "type": "password"}) is not None


def _refuse_repetition(action: str, has_password: bool, filled: list[tuple[str, bool]]) -> None:
    mark = (action.split("?")[0], has_password)
    filled.append(mark)
    if has_password and filled.count(mark) > 2:
        raise _login_refused(f"the login page at {urlsplit(action).path} comes back")


def _refuse_rejection(response: Response, filled: list[tuple[str, bool]]) -> None:
    """A login form with an error status, or 401, in answer to a password means that the password was refused."""
    if not filled or not filled[-1][1] or response.status < 400:
        return
    if response.status == 401 or (
        _is_html(response) and any(map(_asks_for_password, _page(response).find_all("form")))
    ):
        raise _login_refused(f"the login at {urlsplit(response.url).path} was answered {response.status}")


def _login_refused(what: str) -> Inconclusive:
    return Inconclusive(
        f"{what} after user name and password were sent",
        root="login",
        remedy="see user name and password under user_agent.fields (or second_user.fields) in the target file",
    )


def _is_arrival(target: str, redirect_uri: str, inside: set[str]) -> bool:
    if redirect_uri and target.split("?")[0].split("#")[0] == redirect_uri.split("?")[0]:
        return True
    return _origin(target) not in inside


def _as_redirect(request: HttpRequest) -> str:
    """A form that posts to the redirect URI (form_post) as the Location that it stands for."""
    return f"{request.url}?{request.body.decode()}" if request.method == "POST" else request.url


def _origin(url: str) -> str:
    try:
        parts = urlsplit(url)
        return f"{parts.scheme.lower()}://{parts.netloc.rpartition('@')[2].lower()}"
    except ValueError:
        return "invalid:"
