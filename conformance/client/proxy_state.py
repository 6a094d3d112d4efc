"""The state that a proxy's browsers take to the third party and back (MCP, OAuth State Parameter Validation)."""

import secrets
from collections.abc import Iterator
from dataclasses import replace
from urllib.parse import parse_qsl, unquote, urlencode

from bs4 import BeautifulSoup

from conformance.client.flow import AuthorizationFlow
from conformance.client.guessing import judge_unguessable
from conformance.client.mcp_proxy import McpProxy, cookies_of, parameter_of
from conformance.client.page_safety import form_of
from conformance.client.user_agent import Arrival
from conformance.expect import AuthorizationAnswer
from conformance.vocabulary import Inconclusive, NotApplicable, Violation
from conformance.wire.addresses import split_url

_LEAST_BITS = 64
_SHORTEST, _MOST_CANDIDATES = 8, 10


def judge_state_is_random(proxy: McpProxy) -> None:
    """Each departure has a state of its own that nobody can guess, whatever the client's state is.

    Raises Violation, Inconclusive.
    """
    first = proxy.journey()
    request = first.flow.authorization_request()
    departures = [first.departure, *(proxy.departure(first.flow, request) for _ in range(2))]
    states = [state for state in (parameter_of(url, "state") for url in departures) if state]
    if len(states) < len(departures):
        raise Violation("no state goes to the third party", expected="a state in each request", observed="none")
    judge_unguessable("states", states, _LEAST_BITS)


def judge_state_is_compared(proxy: McpProxy) -> None:
    """A callback without state, or with an altered one, gives no code.

    Control: one that was left alone gave one. Raises Violation, Inconclusive.
    """
    flow = proxy.journey().flow
    for change, state in (("state removed", None), ("state altered", secrets.token_urlsafe(32))):
        callback = proxy.callback(flow, proxy.departure(flow))
        _refuse_code(proxy.returned(flow, with_state(callback, state), change), f"a callback with {change}")


def judge_state_is_of_this_browser(proxy: McpProxy) -> None:
    """A callback in another browser, which has left with a state of its own, gives no code.

    Control: in the browser that had left with the state one gave a code. Raises Violation, Inconclusive.
    """
    first, users = proxy.journey(), proxy.server.context.users
    other, _ = proxy.newcomer((users[1] if len(users) > 1 else users[0]).fresh())
    proxy.departure(other)
    callback = proxy.callback(first.flow, proxy.departure(first.flow))
    elsewhere = replace(first.flow, user_agent=other.user_agent)
    _refuse_code(proxy.returned(elsewhere, callback, "opened in another browser"), "the callback of another browser")


def judge_state_counts_once(proxy: McpProxy) -> None:
    """A second callback with the same state and a fresh code of the third party gives no code.

    Control: the first one gave a code. Raises Violation, Inconclusive.
    """
    flow = proxy.journey().flow
    departure = proxy.departure(flow)
    if proxy.returned(flow, proxy.callback(flow, departure)).code is None:
        raise Inconclusive("a second login by the third party gave no code", root="third party")
    again = proxy.callback(flow, departure)
    _refuse_code(proxy.returned(flow, again, "the state of an earlier callback"), "a second callback with a state")


def judge_nothing_waits_before_approval(proxy: McpProxy) -> None:
    """While the user has not decided, no value that the server gave away is accepted as state at the callback.

    Control: the way of an approved client gave a code. Raises Violation, NotApplicable, Inconclusive.
    """
    first = proxy.journey()
    flow, _ = proxy.newcomer()
    asked = proxy.open(flow)
    if asked.redirected_to is not None or form_of(asked.response) is None:
        raise NotApplicable("the user does not decide on a page of its own")
    candidates = _given_away(flow, asked)
    if not candidates:
        raise NotApplicable("the server gave nothing away that could be a state")
    for candidate in candidates:
        callback = proxy.callback(flow, with_state(first.departure, candidate))
        answer = proxy.returned(flow, callback, "the user has approved nothing")
        _refuse_code(answer, "a client that the user did not approve, for a state given away with the page")


def judge_no_cookie_holds_the_state_early(proxy: McpProxy) -> None:
    """The state that went to the third party was in no cookie yet when the page asked the user.

    Control: the browser left with a state. Raises Violation, NotApplicable.
    """
    first = proxy.journey()
    if not first.decided_apart:
        raise NotApplicable("the user does not decide on a page of its own")
    state = parameter_of(first.departure, "state")
    if not state:
        raise NotApplicable("no state goes to the third party (MCP-SBP-07 says what is wrong with that)")
    early = [name for name, value in first.held_before.items() if state in unquote(value)]
    if early:
        raise Violation(
            "the state was in a cookie before the user had approved",
            expected="a state that is set when the browser leaves for the third party",
            observed=f"the cookie {early[0]} held it while the page asked the user",
        )


def with_state(url: str, state: str | None) -> str:
    """That URL with another state in its query, or none."""
    parts = split_url(url)
    kept = [(name, value) for name, value in parse_qsl(parts.query, keep_blank_values=True) if name != "state"]
    changed = kept if state is None else [*kept, ("state", state)]
    return parts._replace(query=urlencode(changed)).geturl()


def _refuse_code(answer: AuthorizationAnswer, what: str) -> None:
    if answer.code is not None:
        raise Violation(f"{what} gave a code", expected="an error, no code", observed=answer.described())


def _given_away(flow: AuthorizationFlow, asked: Arrival) -> tuple[str, ...]:
    """Values that whoever made the page could expect back: in its URL, its form, and the browser's cookies."""

    def values() -> Iterator[str]:
        for page in (*asked.pages, asked.response):
            yield from (value for _, value in parse_qsl(split_url(page.url).query))
        for field in BeautifulSoup(asked.response.body, "html.parser").find_all("input"):
            yield str(field.get("value") or "")
        yield from cookies_of(flow.user_agent).values()

    telling = dict.fromkeys(value for value in values() if len(value) >= _SHORTEST)
    return tuple(telling)[:_MOST_CANDIDATES]
