"""A decision that the user never made: the consent form of one browser sent by another (RFC 6749, 10.12)."""

import re
from dataclasses import replace

from conformance.client.approval import first_visit
from conformance.client.authorization_server import AuthorizationServer
from conformance.client.flow import AuthorizationFlow
from conformance.client.page_safety import form_of
from conformance.client.requests import AuthorizationRequest
from conformance.expect import AuthorizationAnswer
from conformance.vocabulary import Exchange, NotApplicable, Violation
from conformance.wire import HttpRequest

_ORIGIN = "https://conformance-extra.example"
_SAME_SITE = re.compile(r"samesite=(lax|strict)", re.IGNORECASE)


def judge_forged_decision(server: AuthorizationServer) -> None:
    """The decision form of an attacker's browser, sent by the user's browser from another site, gives no code.

    The user's browser has the same request before it, logged in. Cookies that browsers keep from requests of other
    sites (SameSite) are a defence too. Control: afterwards the user gets a code in that browser by a decision of his
    own. Raises Violation, NotApplicable, Inconclusive.
    """
    user = first_visit(server)
    request = user.authorization_request()
    _waits_for_a_decision(user, request)
    cookies = _cookies(user.wire.transcript.exchanges)
    forged = _of_another_site(_attacker(server, user), request)
    arrival = user.user_agent.visit(user.wire, forged, redirect_uri=user.client.redirect_uri, approve=None)
    answer = AuthorizationAnswer.from_response(arrival.response, arrival.redirected_to)
    if answer.code is None:
        user.control(user.authorization_request())
    elif not (cookies and all(_SAME_SITE.search(cookie) for cookie in cookies)):
        raise Violation("a forged decision was accepted", expected="an error page", observed=answer.described())


def _attacker(server: AuthorizationServer, user: AuthorizationFlow) -> AuthorizationFlow:
    """The same client in the browser of somebody else, or of the same user where there is no second one."""
    return replace(user, user_agent=server.context.users[-1].fresh())


def _of_another_site(attacker: AuthorizationFlow, request: AuthorizationRequest) -> HttpRequest:
    """What the attacker's consent page would send, as a page of another site sends it."""
    page = _waits_for_a_decision(attacker, request).response
    approval = attacker.user_agent.approval(attacker.wire, page)
    if approval is None:
        raise NotApplicable("the user does not decide by a form")
    from_elsewhere = approval.with_header(
        "Origin", _ORIGIN, "the decision form of another browser, sent from another site"
    )
    return from_elsewhere.with_header("Referer", f"{_ORIGIN}/")


def _waits_for_a_decision(flow: AuthorizationFlow, request: AuthorizationRequest) -> AuthorizationAnswer:
    """The page that asks the logged-in user to decide. Raises NotApplicable when no form does."""
    answer = flow.send(request, approve=None)
    if answer.redirected_to is not None or form_of(answer.response) is None:
        raise NotApplicable("the user does not decide by a form")
    return answer


def _cookies(exchanges: tuple[Exchange, ...]) -> list[str]:
    """The Set-Cookie headers so far, their values redacted."""
    responses = [exchange.response for exchange in exchanges if exchange.response]
    return [value for each in responses for name, value in each.headers if name.lower() == "set-cookie"]
