"""A browser that nobody has logged in with: how far a request gets without cookies and without filling in forms."""

from dataclasses import replace
from urllib.parse import urljoin

from conformance.client.authorization_server import AuthorizationServer
from conformance.vocabulary import Inconclusive, Violation
from conformance.wire import HttpRequest, Response, Wire

_MOST_STEPS = 5


def judge_no_redirect_before_login(server: AuthorizationServer) -> None:
    """A faulty request of a self-registered client does not lead a stranger to that client.

    Control: a good request of the client, by the user, is granted. Raises Violation, NotApplicable, Inconclusive.
    """
    client = server.self_registered_web_client()
    flow = server.flow(client)
    flow.control(flow.authorization_request())
    request = flow.authorization_request().with_(response_type="conformance-unsupported")
    target = where_a_stranger_ends(server.wire, request.as_get())
    if target.startswith(client.redirect_uri):
        raise Violation(
            "a browser that has not logged in was redirected to a self-registered client",
            expected="login, or an error page of the server",
            observed=f"a redirect to {client.redirect_uri}",
        )


def where_a_stranger_ends(wire: Wire, request: HttpRequest) -> str:
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
