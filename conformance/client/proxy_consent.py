"""Whom a proxy asks before a browser leaves for the third party, and by what page (MCP, confused deputy)."""

from dataclasses import replace

from conformance.client.flow import AuthorizationFlow
from conformance.client.forged_decision import judge_forged_decision_of
from conformance.client.mcp_proxy import Journey, McpProxy, parameter_of
from conformance.client.page_safety import form_of, judge_page_not_framed
from conformance.client.redirect_uris import other_endings, other_hosts, other_paths
from conformance.client.shown_page import visible_texts
from conformance.client.user_agent import Arrival
from conformance.expect import AuthorizationAnswer
from conformance.vocabulary import Inconclusive, NotApplicable, Violation
from conformance.wire import Response


def judge_second_client_is_asked_for(proxy: McpProxy) -> None:
    """A client that registers itself later is put before the user, in a browser that left for another one before.

    Controls: the first client's way ended with a code, and the second one's goes on when the user approves.
    Raises Violation, NotApplicable, Inconclusive.
    """
    first = proxy.journey()
    flow, name = proxy.newcomer(first.flow.user_agent)
    if name is None:
        raise NotApplicable("clients don't register themselves at this server")
    arrival = proxy.open(flow)
    # Who logs in on a page that names the client decides by logging in.
    _refuse_departure(proxy, arrival, asked=any(_names(page, name) for page in arrival.pages))
    if not proxy.departs(arrival):
        _expect_approval_leads_on(proxy, flow, arrival)


def judge_second_user_is_asked(proxy: McpProxy) -> None:
    """What one user approved is put before another user again.

    Controls: the first user's way ended with a code, and the second one's goes on when he approves.
    Raises Violation, NotApplicable, Inconclusive.
    """
    first, users = proxy.journey(), proxy.server.context.users
    if len(users) < 2:
        raise NotApplicable("the target file gives no second_user")
    if first.client_name is None:
        raise NotApplicable("clients don't register themselves, so the second user may have approved this one long ago")
    if not first.decided_apart:
        raise NotApplicable("the user decides while logging in, or not at all")
    flow = replace(first.flow, user_agent=users[1].fresh())
    arrival = proxy.open(flow)
    _refuse_departure(proxy, arrival, asked=False)
    _expect_approval_leads_on(proxy, flow, arrival)


def judge_refusal_counts(proxy: McpProxy) -> None:
    """A client that the user refuses does not get the browser to the third party.

    Control: an approved client's way ended with a code. Raises Violation, NotApplicable, Inconclusive.
    """
    first = proxy.journey()
    if not first.decided_apart:
        raise NotApplicable("the user decides while logging in, or not at all")
    arrival = proxy.open(proxy.newcomer(first.flow.user_agent)[0], approve=False)
    is_asked = any(form_of(page) for page in arrival.pages)
    if proxy.departs(arrival) and not is_asked:
        raise NotApplicable("the user is not asked, so there is nothing to refuse")
    if proxy.departs(arrival):
        raise Violation(
            "the browser was sent to the third party although the user had refused",
            expected="an error for the client, or a page",
            observed=_where(arrival),
        )
    if not is_asked:
        raise Inconclusive(f"the user was shown no form to refuse on: {_where(arrival)}", root="consent")


def judge_page_tells(proxy: McpProxy) -> None:
    """The page that asks shows the client's name, the scopes of the third party's API, and the redirect URI.

    Raises Violation, NotApplicable.
    """
    first = proxy.journey()
    page, scopes = _page_of(first), (parameter_of(first.departure, "scope") or "").split()
    shown = _squeezed("".join(visible_texts(page)))
    wanted = {"the client's name": first.client_name, "its redirect URI": first.flow.client.redirect_uri}
    wanted |= {f"the third party's scope {scope}": proxy.third_party.scope_texts.get(scope, scope) for scope in scopes}
    missing = [what for what, text in wanted.items() if text and _squeezed(text) not in shown]
    if missing:
        expected, observed = f"{' and '.join(wanted)} on the page", f"not there: {', '.join(missing)}"
        raise Violation("the page hides what is asked", expected=expected, observed=observed, decided_by=page.exchange)


def judge_page_is_not_framed(proxy: McpProxy) -> None:
    """The page that asks forbids frames by a header. Raises Violation, NotApplicable."""
    judge_page_not_framed(_page_of(proxy.journey()), by_script=False)


def judge_decision_is_not_forged(proxy: McpProxy) -> None:
    """An approval that another site sends through the user's browser leads neither to the third party nor to a code.

    Control: the user's own one does. Raises Violation, NotApplicable, Inconclusive.
    """
    proxy.journey()
    judge_forged_decision_of(proxy.server, proxy.newcomer()[0], proxy.third_party.authorization_endpoint)


def judge_redirect_uri_is_exact(proxy: McpProxy) -> None:
    """A request with a redirect URI that is nearly the registered one goes neither to the third party nor to a client.

    Control: the registered one led to the third party, and to a code. Raises Violation, Inconclusive.
    """
    flow = proxy.journey().flow
    registered = flow.client.redirect_uri
    for what, uri in {**other_paths(registered), **other_endings(registered), **other_hosts(registered)}.items():
        request = flow.authorization_request().with_(f"redirect_uri {what}: {uri}", redirect_uri=uri)
        arrival = proxy.open(flow, request)
        if arrival.redirected_to is None and form_of(arrival.response) is not None:
            arrival = proxy.approved(flow, arrival.response)
        answer = AuthorizationAnswer.from_response(arrival.response, arrival.redirected_to)
        if proxy.departs(arrival) or answer.code is not None:
            raise Violation(
                f"the browser was sent on for a redirect_uri {what}",
                expected="a refusal",
                observed=_where(arrival),
            )


def _refuse_departure(proxy: McpProxy, arrival: Arrival, *, asked: bool) -> None:
    if proxy.departs(arrival) and not asked:
        raise Violation(
            "the browser was sent to the third party without asking the user",
            expected="a page that asks the user, before the redirect",
            observed=_where(arrival),
        )


def _expect_approval_leads_on(proxy: McpProxy, flow: AuthorizationFlow, arrival: Arrival) -> None:
    if arrival.redirected_to is not None or form_of(arrival.response) is None:
        raise Inconclusive(f"the user was shown no form: {_where(arrival)}", root="consent")
    if not proxy.departs(proxy.approved(flow, arrival.response)):
        raise Inconclusive("approval on the second page did not lead to the third party", root="third party")


def _page_of(journey: Journey) -> Response:
    if journey.page is None:
        raise NotApplicable("the user is shown no page with a form (MCP-SBP-01 says what is wrong with that)")
    return journey.page


def _where(arrival: Arrival) -> str:
    bare = (arrival.redirected_to or arrival.response.url).partition("?")[0]
    return f"{arrival.response.status} to {bare}" if arrival.redirected_to else f"{arrival.response.status} at {bare}"


def _names(page: Response, name: str) -> bool:
    return _squeezed(name) in _squeezed("".join(visible_texts(page)))


def _squeezed(text: str) -> str:
    """Without white space: a page may break names and URLs where it likes."""
    return "".join(text.split())
