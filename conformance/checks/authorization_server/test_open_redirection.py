"""The server is no open redirector: MCP, Open Redirection; RFC 9700, 4.11.2."""

from conformance.catalogue import requirement
from conformance.client.approval import judge_each_client_is_asked_for
from conformance.client.authorization_server import AuthorizationServer
from conformance.client.stranger import judge_no_redirect_before_login


@requirement("MCP-SEC-14")
def test_nobody_is_sent_to_a_self_registered_client_before_login(authorization_server: AuthorizationServer) -> None:
    """A faulty request of a client that registered itself doesn't send a browser on that has not logged in.

    Control: a good request of that client, by the user, is granted.
    Means: a link to your server leads straight to a phishing site that anybody could register.
    Fix: let the user log in before any redirect to a client, with errors too, or show the error on a page.
    """
    judge_no_redirect_before_login(authorization_server)


@requirement("MCP-SEC-15")
def test_a_self_registered_client_gets_no_code_behind_the_users_back(authorization_server: AuthorizationServer) -> None:
    """The first request of a client that registered itself shows the user a page before the browser is sent on.

    Control: a request of a client that the user knows is granted, so that the user is logged in.
    Means: whoever registers a client and gets a user to click on a link receives that user's code.
    Fix: ask for consent before redirecting to a redirect URI that nobody has vouched for.
    """
    judge_each_client_is_asked_for(authorization_server)
