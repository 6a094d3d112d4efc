"""The form filler logs in, consents or denies, and ends in good time wherever a server sends it."""

import re
import time
from collections.abc import Callable
from urllib.parse import parse_qs

import pytest

from conformance.client.facts import UserAgentFacts
from conformance.client.user_agent import Arrival, UserAgent
from conformance.targets.user_agents import make_user_agent
from conformance.vocabulary import Inconclusive
from conformance.wire import HttpRequest, Limits, Response, SecretBook, Transcript, Transport, Wire
from selftest.void_servers import MiniatureServer

CALLBACK = "http://127.0.0.1:8765/callback"
PASSWORD = "correct horse"
USER = UserAgentFacts("form", {"username": "alice", "password": PASSWORD})
LOGIN = """<form method=post action="/login?next=%2Fa">
  <input type=hidden name=csrf value="a&amp;b"><input name=user><input type=password name=pw>
  <select name=realm><option value=first><option value=second selected></select>
  <textarea name=note>as it was</textarea><input name=off value=1 disabled>
  <button name=action value=cancel>Cancel</button><button name=action value=go>Sign in</button></form>"""
CONSENT = """<form method=post action=/consent>
  <button name=choice value=no>Deny</button><button name=choice value=yes>Allow access</button></form>"""
Route = Callable[[str, dict[str, str]], tuple[int, str, str]]


def page(html: str, status: int = 200) -> tuple[int, str, str]:
    return status, "", html


def to(location: str, status: int = 302) -> tuple[int, str, str]:
    return status, location, ""


class Site:
    """Answers by path, and remembers method, path and form of each request."""

    def __init__(self, **routes: Route) -> None:
        self.routes, self.seen = routes, []

    def __call__(self, connection, request: bytes, base: str) -> None:
        method, target, _ = request.split(b"\r\n")[0].decode().split(" ")
        form = {
            k: v[0] for k, v in parse_qs(request.partition(b"\r\n\r\n")[2].decode(), keep_blank_values=True).items()
        }
        path = target.split("?")[0].strip("/") or "root"
        self.seen.append((method, path, form))
        status, location, html = self.routes[path](base, form)
        head = f"HTTP/1.1 {status} X\r\nContent-Type: text/html\r\nContent-Length: {len(html.encode())}\r\n"
        head += f"Location: {location}\r\n" if location else ""
        connection.sendall(head.encode() + b"\r\n" + html.encode())


def visit(
    site: Site, facts: UserAgentFacts = USER, *, approve: bool | None = True, mistypes: bool = False
) -> tuple[Arrival, Wire]:
    transport = Transport(Limits(deadline_seconds=2))
    wire = Wire(transport, Transcript(SecretBook()))
    user: UserAgent = make_user_agent(facts, transport)
    user = user.mistyping() if mistypes else user
    with MiniatureServer(site).running() as base:
        return user.visit(wire, HttpRequest("GET", f"{base}/a"), redirect_uri=CALLBACK, approve=approve), wire


def consenting(**more: Route) -> Site:
    def consent(base: str, form: dict[str, str]) -> tuple[int, str, str]:
        return to(f"{CALLBACK}?code=granted" if form["choice"] == "yes" else f"{CALLBACK}?error=access_denied")

    routes: dict[str, Route] = {
        "a": lambda base, form: page(LOGIN),
        "login": lambda base, form: page(CONSENT) if form["pw"] == PASSWORD else page(LOGIN, 422),
        "consent": consent,
    }
    return Site(**{**routes, **more})


def test_it_logs_in_and_consents() -> None:
    site = consenting()
    arrival, _ = visit(site)
    assert arrival.redirected_to == f"{CALLBACK}?code=granted"
    login = {"csrf": "a&b", "user": "alice", "pw": PASSWORD, "realm": "second", "note": "as it was", "action": "go"}
    assert site.seen == [
        ("GET", "a", {}),
        ("POST", "login", login),
        ("POST", "consent", {"choice": "yes"}),
    ]  # fmt: skip


def test_it_logs_in_and_denies() -> None:
    site = consenting()
    arrival, _ = visit(site, approve=False)
    assert arrival.redirected_to == f"{CALLBACK}?error=access_denied"
    assert site.seen[1][2]["action"] == "go", "the login itself is not cancelled"


def test_it_logs_in_and_leaves_the_decision_open() -> None:
    name = "<form method=post action=/name><input name=user></form>"
    site = consenting(a=lambda b, f: page(name), name=lambda b, f: page(LOGIN))
    arrival, _ = visit(site, approve=None)
    assert arrival.redirected_to is None
    assert "Allow access" in arrival.response.text
    assert [path for _, path, _ in site.seen] == ["a", "name", "login"]


def test_it_tells_what_an_approval_would_send() -> None:
    transport = Transport(Limits(deadline_seconds=2))
    user, wire = make_user_agent(USER, transport), Wire(transport, Transcript(SecretBook()))
    url = "https://server.example/a"
    approval = user.approval(wire, Response(200, (("Content-Type", "text/html"),), CONSENT.encode(), url))
    assert approval is not None
    assert (approval.url, approval.body) == ("https://server.example/consent", b"choice=yes")
    assert user.approval(wire, Response(200, (("Content-Type", "text/html"),), b"<p>no form", url)) is None


def test_denying_by_a_link_and_without_any_means_to_deny() -> None:
    link = '<form action=/consent method=post><button>OK</button></form><a href="/no">No, thanks</a>'
    site = Site(a=lambda b, f: page(link), no=lambda b, f: to(f"{CALLBACK}?error=access_denied"))
    assert visit(site, approve=False)[0].redirected_to == f"{CALLBACK}?error=access_denied"
    with pytest.raises(Inconclusive, match="no button or link to deny") as caught:
        visit(Site(a=lambda b, f: page("<form action=/x method=post><button>OK</button></form>")), approve=False)
    assert caught.value.remedy == "name it: user_agent.deny"


def test_named_buttons_are_pressed() -> None:
    odd = "<form action=/x method=post><button name=b value=1>Eins</button><button name=b value=2>Zwei</button></form>"
    for named in ("b=2", "Zwei"):
        site = Site(a=lambda b, f: page(odd), x=lambda b, f: to(f"{CALLBACK}?code=1"))
        visit(site, UserAgentFacts("form", {}, approve=named))
        assert site.seen[-1] == ("POST", "x", {"b": "2"}), named


@pytest.mark.parametrize("status", [200, 401, 403, 422])
def test_a_wrong_password_is_told_as_such_and_not_tried_often(status: int) -> None:
    site = consenting(login=lambda base, form: page(LOGIN, status))
    with pytest.raises(Inconclusive, match="after user name and password were sent") as caught:
        visit(site)
    assert caught.value.root == "login"
    assert "user_agent.fields" in caught.value.remedy
    assert PASSWORD not in caught.value.message
    assert len([1 for _, path, _ in site.seen if path == "login"]) <= 2


def test_who_mistypes_sends_all_else_as_ever_and_says_so() -> None:
    site = consenting(login=lambda base, form: to(f"{CALLBACK}?code=granted"))
    _, wire = visit(site, mistypes=True)
    login = {"csrf": "a&b", "user": "alice", "realm": "second", "note": "as it was", "action": "go"}
    assert site.seen[1] == ("POST", "login", {**login, "pw": "correct horsa"})
    assert wire.transcript.changed == ("another last character of the password",)
    assert "horsa" not in str([exchange.as_json() for exchange in wire.transcript.exchanges])


def test_an_error_page_after_a_good_login_is_an_arrival() -> None:
    arrival, _ = visit(consenting(login=lambda base, form: page("<h1>invalid redirect_uri</h1>", 400)))
    assert (arrival.response.status, arrival.redirected_to) == (400, None)


def test_the_password_stays_out_of_the_transcript_whatever_its_field_is_called() -> None:
    _, wire = visit(consenting())
    shown = str([exchange.as_json() for exchange in wire.transcript.exchanges])
    assert "<password#1>" in shown
    assert not re.search(r"correct.horse", shown)


def test_redirects_are_followed_inside_and_never_outside() -> None:
    site = Site(a=lambda base, form: to(f"{base}/b"), b=lambda base, form: to("http://stranger.invalid/?code=1"))
    arrival, wire = visit(site)
    assert arrival.redirected_to == "http://stranger.invalid/?code=1"
    assert len(wire.transcript.exchanges) == 2


def test_a_password_is_never_sent_to_a_stranger() -> None:
    form = LOGIN.replace("/login?next=%2Fa", "http://stranger.invalid/steal")
    arrival, wire = visit(Site(a=lambda base, f: page(form)))
    assert arrival.redirected_to is not None
    assert arrival.redirected_to.startswith("http://stranger.invalid/steal")
    assert len(wire.transcript.exchanges) == 1


@pytest.mark.parametrize("status", [302, 307])
def test_a_redirect_loop_ends(status: int) -> None:
    site = Site(a=lambda base, form: to(f"{base}/a", status))
    begin = time.monotonic()
    with pytest.raises(Inconclusive, match="did not end within 15 steps"):
        visit(site)
    assert len(site.seen) == 15
    assert time.monotonic() - begin < 5


def test_a_page_loop_without_password_ends() -> None:
    with pytest.raises(Inconclusive, match="did not end"):
        visit(Site(a=lambda base, form: page("<form method=post action=/a><button>Next</button></form>")))


@pytest.mark.parametrize(
    "location", ["http://[bad", "//", "javascript:alert(1)", "", "\x7f", "https://127.0.0.1:99999/"]
)
def test_an_odd_location_is_where_it_ends(location: str) -> None:
    try:
        arrival, _ = visit(Site(a=lambda base, form: to(location)))
    except Inconclusive:
        return
    assert arrival.response.status == 302


def test_auto_does_not_touch_forms() -> None:
    site = consenting()
    arrival, _ = visit(site, UserAgentFacts("auto"))
    assert arrival.redirected_to is None
    assert len(site.seen) == 1


def test_form_post_is_read_as_the_redirect_that_it_stands_for() -> None:
    inputs = "<input type=hidden name=code value=x12><input type=hidden name=iss value=i>"
    form = f'<form method=post action="{CALLBACK}">{inputs}</form>'
    arrival, _ = visit(Site(a=lambda base, f: page(form)))
    assert arrival.redirected_to == f"{CALLBACK}?code=x12&iss=i"


def test_hostile_html_is_read_in_bounded_time() -> None:
    begin = time.monotonic()
    visit(Site(a=lambda base, form: page("<div>" * 100_000 + "<form>" * 100)))
    assert time.monotonic() - begin < 10
