"""The pages that the user sees on the way: OAuth 2.1, 7.5.4, 7.9 and 7.11; RFC 9700, 4.2.4, 4.12 and 4.16."""

from conformance.catalogue import requirement
from conformance.client.authorization_server import AuthorizationServer
from conformance.client.page_safety import (
    judge_no_form_is_sent_on,
    judge_no_third_parties,
    judge_not_framed,
    judge_url_is_not_given_away,
    pages_with_forms,
)
from conformance.client.registrar import Registrar
from conformance.client.shown_page import visible_texts
from conformance.vocabulary import Violation


@requirement("OAUTH21-7.11-a", "RFC9700-4.16-a")
def test_pages_with_forms_can_not_be_framed(authorization_server: AuthorizationServer) -> None:
    """Every page with a form (login, consent) keeps other sites from framing it.

    Control: the request ends with a code.
    Means: a site that lays its own page over yours makes users click on "Allow" without seeing it.
    Fix: send Content-Security-Policy: frame-ancestors 'none' (and X-Frame-Options: DENY) with these pages.
    """
    judge_not_framed(authorization_server)


@requirement("RFC9700-4.2.4-a")
def test_pages_load_nothing_of_third_parties(authorization_server: AuthorizationServer) -> None:
    """No page with a form makes the browser load scripts, styles, images or frames from another site.

    Control: the request ends with a code.
    Means: the other site learns codes and state from the Referer header, or runs its script where the user logs in.
    Fix: serve everything that these pages need from your own site.
    """
    judge_no_third_parties(authorization_server)


@requirement("RFC9700-4.2.4-a")
def test_pages_do_not_give_their_url_away(authorization_server: AuthorizationServer) -> None:
    """No page with a form has a referrer policy by which other sites get its whole URL.

    Control: the request ends with a code.
    Means: links and images of the page tell other sites the state, or whatever else is in the URL.
    Fix: send Referrer-Policy: no-referrer.
    """
    judge_url_is_not_given_away(authorization_server)


@requirement("OAUTH21-7.5.4-a", "RFC9700-4.12-a")
def test_a_form_of_the_user_is_not_sent_on(authorization_server: AuthorizationServer) -> None:
    """Login and decision are not answered with 307 or 308, by which browsers send the form on.

    Control: the request ends with a code.
    Means: the client gets the user's password, which the browser posts to its redirect URI.
    Fix: redirect with 303 after a form was sent.
    """
    judge_no_form_is_sent_on(authorization_server)


@requirement("OAUTH21-7.9-a")
def test_the_user_sees_which_app_asks(registration: Registrar) -> None:
    """The last page before the code shows the name of the app, or else its client_id.

    Control: the request ends with a code.
    Means: users approve without knowing whom.
    Fix: show the client's name, and that nobody has verified it, on the consent page.
    """
    name = str(registration.metadata()["client_name"])
    flow = registration.flow(registration.control())
    page = pages_with_forms(flow)[-1]
    if not any(name in text or flow.client.client_id in text for text in visible_texts(page)):
        expected = f"{name} or {flow.client.client_id} on the page"
        raise Violation("the page does not name the app", expected=expected, observed="neither of them")
