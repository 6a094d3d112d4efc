"""The server is no open redirector: MCP, Open Redirection; RFC 9700, 4.11.2."""

from dataclasses import replace
from urllib.parse import urljoin

from conformance.catalogue import requirement
from conformance.client.authorization_server import AuthorizationServer
from conformance.vocabulary import Inconclusive, NotApplicable, Violation
from conformance.wire import HttpRequest, Response, Wire

_MOST_STEPS = 5


@requirement("MCP-SEC-14")
def test_nobody_is_sent_to_a_self_registered_client_before_login(authorization_server: AuthorizationServer) -> None:
    """A faulty request of a client that registered itself doesn't send a browser on that has not logged in.

    Control: a good request of that client, by the user, is granted.
    Means: a link to your server leads straight to a phishing site that anybody could register.
    Fix: let the user log in before any redirect to a client, with errors too, or show the error on a page.
    """
    client = authorization_server.self_registered_web_client()
    flow = authorization_server.flow(client)
    flow.control(flow.authorization_request())
    request = flow.authorization_request().with_(response_type="conformance-unsupported")
    target = _where_a_stranger_ends(authorization_server.wire, request.as_get())
    if target.startswith(client.redirect_uri):
        raise Violation(
            "a browser that has not logged in was redirected to a self-registered client",
            expected="login, or an error page of the server",
            observed=f"a redirect to {client.redirect_uri}",
        )


@requirement("MCP-SEC-15")
def test_a_self_registered_client_gets_no_code_behind_the_users_back(authorization_server: AuthorizationServer) -> None:
    """The first request of a client that registered itself shows the user a page before the browser is sent on.

    Control: a request of a client that the user knows is granted, so that the user is logged in.
    Means: whoever registers a client and gets a user to click on a link receives that user's code.
    Fix: ask for consent before redirecting to a redirect URI that nobody has vouched for.
    """
    if authorization_server.context.facts.users and authorization_server.context.facts.users[0].kind == "auto":
        raise NotApplicable("the target file says that the server consents at once (user_agent.kind auto)")
    client = authorization_server.self_registered_web_client()
    usual = authorization_server.flow()
    usual.control(usual.authorization_request())
    flow = authorization_server.flow(client)
    transcript = authorization_server.wire.transcript
    before = len(transcript.exchanges)
    flow.control(flow.authorization_request())
    if all(exchange.status != 200 for exchange in transcript.exchanges[before:]):
        raise Violation(
            "the browser was sent to a self-registered client without asking the user",
            expected="a page, before the redirect",
            observed=f"redirects only, up to {client.redirect_uri}",
        )


def _where_a_stranger_ends(wire: Wire, request: HttpRequest) -> str:
    """The Location that leaves the server, or "" when a page is the end; no cookies, nothing filled in."""
    browser = wire.browser()
    inside = urljoin(request.url, "/")
    for _ in range(_MOST_STEPS):
        response = browser.send(request)
        target = _location(response)
        if not target.startswith(inside):
            return target
        request = replace(request, method="GET", url=target, changes=())
    raise Inconclusive(f"redirects inside the server did not end within {_MOST_STEPS} steps", root="login")


def _location(response: Response) -> str:
    location = response.header("location")
    return urljoin(response.url, location) if location and 300 <= response.status < 400 else ""
