"""Nothing is approved but by the user, each time: OAuth 2.1, 7.3 and 7.13.2; RFC 6749, 10.12; RFC 8252, 8.6; MCP."""

from conformance.catalogue import requirement
from conformance.client.approval import judge_asked_again, judge_each_client_is_asked_for
from conformance.client.authorization_server import AuthorizationServer
from conformance.client.forged_decision import judge_forged_decision
from conformance.client.stranger import judge_no_redirect_before_login


@requirement("OAUTH21-7.3-a", "RFC8252-8.6-a")
def test_an_app_without_credentials_is_approved_each_time(authorization_server: AuthorizationServer) -> None:
    """A second request of a public client that nobody can tell from others shows the user a page again.

    Control: the first request ends with a code and shows the user a page.
    Means: any program on the device can get tokens with the app's client_id while the user is logged in.
    Fix: ask for consent each time unless the client proves who it is (credentials, or an https redirect URI).
    """
    judge_asked_again(authorization_server)


@requirement("OAUTH21-7.13.2-a", "MCP-SEC-14")
def test_nobody_is_sent_on_before_login(authorization_server: AuthorizationServer) -> None:
    """A faulty request of a client that registered itself doesn't send a browser on that has not logged in.

    Control: a good request of that client, by the user, is granted.
    Means: a link to your server leads straight to a phishing site that anybody could register.
    Fix: let the user log in before any redirect to a client, with errors too, or show the error on a page.
    """
    judge_no_redirect_before_login(authorization_server)


@requirement("RFC6749-10.12-a")
def test_a_decision_can_not_be_forged(authorization_server: AuthorizationServer) -> None:
    """The decision form of an attacker's browser, sent by the user's browser from another site, gives no code.

    Control: the user's own form, sent by the same browser, gives a code.
    Means: a site that the user visits approves apps in his name, and the attacker's app gets into the account.
    Fix: put a random value into each form, bind it to the browser session, and compare it when the form comes back.
    """
    judge_forged_decision(authorization_server)


@requirement("RFC6749-10.12-a", "MCP-SEC-15")
def test_approval_of_one_client_does_not_count_for_another(authorization_server: AuthorizationServer) -> None:
    """The first request of a client that registered itself shows the user a page, whatever was approved before.

    Control: a request of a client that the user knows is granted, so that the user is logged in.
    Means: whoever registers a client and gets a user to click on a link receives that user's code.
    Fix: keep approvals by user and client, and ask for consent where there is none.
    """
    judge_each_client_is_asked_for(authorization_server)
