"""A decision that the user never made: the consent form of one browser sent by another (RFC 6749, 10.12)."""

import re
from dataclasses import replace

from conformance.client.approval import first_visit
from conformance.client.authorization_server import AuthorizationServer
from conformance.client.flow import AuthorizationFlow
from conformance.client.page_safety import form_of
from conformance.client.requests import AuthorizationRequest
from conformance.expect import AuthorizationAnswer
from conformance.vocabulary import Exchange, Inconclusive, NotApplicable, Violation
from conformance.wire import HttpRequest, Response

_ORIGIN = "https://conformance-extra.example"
_SAME_SITE = re.compile(r"samesite=(lax|strict)", re.IGNORECASE)


def judge_forged_decision(server: AuthorizationServer) -> None:
    """The decision form of an attacker's browser, sent by the user's browser from another site, gives no code.

    The user's browser has the same request before it, logged in. Cookies that browsers keep from requests of other
    sites (SameSite) are a defence too. Control: the user's own form, sent by the same browser, gives a code.
    Raises Violation, NotApplicable, Inconclusive.
    """
    judge_forged_decision_of(server, first_visit(server))


def judge_forged_decision_of(server: AuthorizationServer, user: AuthorizationFlow, goal: str | None = None) -> None:
    """The same for a browser that was never here; `goal` is where an approval leads to (None: to a code)."""
    request = user.authorization_request()
    _page_of_decision(user, request, goal)
    cookies = _cookies(user.wire.transcript.exchanges)
    answer = _after(user, _of_another_site(_approval(_attacker(server, user), request, goal)), goal)
    if not _is_approved(answer, goal):
        _control(user, goal)
    elif not (cookies and all(_SAME_SITE.search(cookie) for cookie in cookies)):
        raise Violation("a forged decision was accepted", expected="an error page", observed=answer.described())


def _attacker(server: AuthorizationServer, user: AuthorizationFlow) -> AuthorizationFlow:
    """The same client in the browser of somebody else: what belongs to the user's own account is no forgery."""
    if len(server.context.users) < 2:
        raise NotApplicable("the target file gives no second_user to play the attacker")
    return replace(user, user_agent=server.context.users[1].fresh())


def _is_approved(answer: AuthorizationAnswer, goal: str | None) -> bool:
    return answer.code is not None or (goal is not None and (answer.redirected_to or "").startswith(goal))


def _control(user: AuthorizationFlow, goal: str | None) -> None:
    answer = _after(user, _approval(user, user.authorization_request(), goal), goal)
    if not _is_approved(answer, goal):
        raise Inconclusive(f"the user's own decision counted for nothing either: {answer.described()}", root="consent")


def _page_of_decision(flow: AuthorizationFlow, request: AuthorizationRequest, goal: str | None) -> Response:
    """The page that asks the logged-in user to decide. Raises NotApplicable when no form does."""
    redirect_uri = goal or flow.client.redirect_uri
    arrival = flow.user_agent.visit(flow.wire, request.as_get(), redirect_uri=redirect_uri, approve=None)
    if arrival.redirected_to is not None or form_of(arrival.response) is None:
        raise NotApplicable("the user does not decide by a form")
    return arrival.response


def _approval(flow: AuthorizationFlow, request: AuthorizationRequest, goal: str | None) -> HttpRequest:
    """What the page of decision would send. Raises NotApplicable."""
    approval = flow.user_agent.approval(flow.wire, _page_of_decision(flow, request, goal))
    if approval is None:
        raise NotApplicable("the user does not decide by a form")
    return approval


def _of_another_site(approval: HttpRequest) -> HttpRequest:
    elsewhere = approval.with_header("Origin", _ORIGIN).with_header("Referer", f"{_ORIGIN}/")
    return replace(elsewhere, changes=("the decision form of another browser, sent from another site",))


def _after(flow: AuthorizationFlow, approval: HttpRequest, goal: str | None) -> AuthorizationAnswer:
    """Where that decision leads in the flow's browser, when no further one is made."""
    redirect_uri = goal or flow.client.redirect_uri
    arrival = flow.user_agent.visit(flow.wire, approval, redirect_uri=redirect_uri, approve=None)
    return AuthorizationAnswer.from_response(arrival.response, arrival.redirected_to)


def _cookies(exchanges: tuple[Exchange, ...]) -> list[str]:
    """The Set-Cookie headers so far, their values redacted."""
    responses = [exchange.response for exchange in exchanges if exchange.response]
    return [value for each in responses for name, value in each.headers if name.lower() == "set-cookie"]
