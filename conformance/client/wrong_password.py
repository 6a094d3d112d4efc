"""Somebody who knows the user's name, but not the password."""

from dataclasses import replace

from conformance.client.authorization_server import AuthorizationServer
from conformance.client.page_safety import form_of
from conformance.vocabulary import Inconclusive, NotApplicable, Violation
from conformance.wire import Response


def judge_wrong_password(server: AuthorizationServer) -> None:
    """The user's name with a password that is wrong in its last character gets no code.

    Control: with the right one, in a browser that was never here either, there is a code. Raises Violation,
    NotApplicable where no password is asked for, Inconclusive.
    """
    if server.context.facts.safe:
        raise NotApplicable("--safe types no wrong password: some servers count them against the user")
    flow = server.flow()
    usual = replace(flow, user_agent=flow.user_agent.fresh())
    if not any(map(_asks_for_password, usual.control(usual.authorization_request()).pages)):
        raise NotApplicable("the user is asked for no password, so there is no wrong one to type")
    guessing = replace(flow, user_agent=flow.user_agent.mistyping())
    try:
        answer = guessing.send(guessing.authorization_request())
    except Inconclusive as refusal:  # the user agent was not let in
        if refusal.root != "login":
            raise
        code = None
    else:
        code = answer.code
    if not server.wire.transcript.changed:
        raise Inconclusive("no password was asked for this time, so no wrong one was typed", root="login")
    if code is not None:
        raise Violation("a wrong password was accepted", expected="no code", observed="a redirect with a code")


def _asks_for_password(page: Response) -> bool:
    form = form_of(page)
    return form is not None and form.find("input", type="password") is not None
