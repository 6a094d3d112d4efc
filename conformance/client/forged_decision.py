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
    user = first_visit(server)
    request = user.authorization_request()
    _page_of_decision(user, request)
    cookies = _cookies(user.wire.transcript.exchanges)
    answer = _after(user, _of_another_site(_approval(_attacker(server, user), request)))
    if answer.code is None:
        _control(user)
    elif not (cookies and all(_SAME_SITE.search(cookie) for cookie in cookies)):
        raise Violation("a forged decision was accepted", expected="an error page", observed=answer.described())


def _attacker(server: AuthorizationServer, user: AuthorizationFlow) -> AuthorizationFlow:
    """The same client in the browser of somebody else: what belongs to the user's own account is no forgery."""
    if len(server.context.users) < 2:
        raise NotApplicable("the target file gives no second_user to play the attacker")
    return replace(user, user_agent=server.context.users[1].fresh())


def _control(user: AuthorizationFlow) -> None:
    answer = _after(user, _approval(user, user.authorization_request()))
    if answer.code is None:
        raise Inconclusive(f"the user's own decision gave no code either: {answer.described()}", root="consent")


def _page_of_decision(flow: AuthorizationFlow, request: AuthorizationRequest) -> Response:
    """The page that asks the logged-in user to decide. Raises NotApplicable when no form does."""
    answer = flow.send(request, approve=None)
    if answer.redirected_to is not None or form_of(answer.response) is None:
        raise NotApplicable("the user does not decide by a form")
    return answer.response


def _approval(flow: AuthorizationFlow, request: AuthorizationRequest) -> HttpRequest:
    """What the page of decision would send. Raises NotApplicable."""
    approval = flow.user_agent.approval(flow.wire, _page_of_decision(flow, request))
    if approval is None:
        raise NotApplicable("the user does not decide by a form")
    return approval


def _of_another_site(approval: HttpRequest) -> HttpRequest:
    elsewhere = approval.with_header("Origin", _ORIGIN).with_header("Referer", f"{_ORIGIN}/")
    return replace(elsewhere, changes=("the decision form of another browser, sent from another site",))


def _after(flow: AuthorizationFlow, approval: HttpRequest) -> AuthorizationAnswer:
    """Where that decision leads in the flow's browser, when no further one is made."""
    arrival = flow.user_agent.visit(flow.wire, approval, redirect_uri=flow.client.redirect_uri, approve=None)
    return AuthorizationAnswer.from_response(arrival.response, arrival.redirected_to)


def _cookies(exchanges: tuple[Exchange, ...]) -> list[str]:
    """The Set-Cookie headers so far, their values redacted."""
    responses = [exchange.response for exchange in exchanges if exchange.response]
    return [value for each in responses for name, value in each.headers if name.lower() == "set-cookie"]
