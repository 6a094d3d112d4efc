"""A proxy asks the user itself before it relies on what a third party asks: MCP, Confused Deputy Problem.

The third party is played by the harness and never asks: the user has consented to the proxy's one client_id before.
"""

from conformance.catalogue import requirement
from conformance.client.mcp_proxy import McpProxy
from conformance.client.proxy_consent import (
    judge_decision_is_not_forged,
    judge_page_is_not_framed,
    judge_page_tells,
    judge_redirect_uri_is_exact,
    judge_refusal_counts,
    judge_second_client_is_asked_for,
    judge_second_user_is_asked,
)


@requirement("MCP-SBP-01", "MCP-SEC-16")
def test_a_later_client_is_asked_for_before_the_third_party(proxy: McpProxy) -> None:
    """A client that registers itself later is put before the user, in a browser that left for another one before.

    Control: the first client's way by the third party ended with a code; the second one's goes on after approval.
    Means: anybody registers a client, sends the user a link, and gets a code without a question: the third party's
    own consent is for your client_id and has been given long ago.
    Fix: keep approved client_ids by user, and show a consent page of your own before the redirect for any other.
    """
    judge_second_client_is_asked_for(proxy)


@requirement("MCP-SBP-01")
def test_approval_counts_for_its_own_user(proxy: McpProxy) -> None:
    """A client that one user approved is put before another user as well.

    Control: the first user's way by the third party ended with a code; the second one's goes on after approval.
    Means: one careless user approves a malicious client in the name of everybody.
    Fix: keep approvals by user and client_id.
    """
    judge_second_user_is_asked(proxy)


@requirement("MCP-SBP-01", "MCP-SEC-16")
def test_a_refused_client_does_not_get_to_the_third_party(proxy: McpProxy) -> None:
    """A client that the user refuses doesn't get the browser to the third party.

    Control: the way of an approved client ended with a code.
    Means: the consent page is a decoration: clients get their codes whatever the user says.
    Fix: go on to the third party only when this client has been approved; answer access_denied otherwise.
    """
    judge_refusal_counts(proxy)


@requirement("MCP-SBP-02")
def test_the_consent_page_says_who_gets_what_and_where(proxy: McpProxy) -> None:
    """The page shows the client's name, the scopes that the third party is asked for, and the redirect URI.

    Control: approval on that page leads to the third party, and to a code.
    Means: users can't tell a stranger's client from the one that they know, nor what it gets.
    Fix: show client_name, the scopes of the third party's API and the registered redirect_uri on the consent page.
    """
    judge_page_tells(proxy)


@requirement("MCP-SBP-03")
def test_an_approval_can_not_be_forged(proxy: McpProxy) -> None:
    """The form of an attacker's browser, sent by the user's browser from another site, doesn't count as approval.

    Control: the user's own form, sent by the same browser, leads to the third party.
    Means: a site that the user visits approves clients in his name.
    Fix: put a random value into the form, bind it to the browser session, and compare it when the form comes back.
    """
    judge_decision_is_not_forged(proxy)


@requirement("MCP-SBP-04")
def test_the_consent_page_can_not_be_framed(proxy: McpProxy) -> None:
    """The page forbids other sites to frame it, by Content-Security-Policy or X-Frame-Options.

    Control: approval on that page leads to the third party, and to a code.
    Means: a site that lays its own page over yours makes users approve without seeing it.
    Fix: send Content-Security-Policy: frame-ancestors 'none' (or X-Frame-Options: DENY) with the page.
    """
    judge_page_is_not_framed(proxy)


@requirement("MCP-SBP-06")
def test_the_redirect_uri_is_the_registered_one(proxy: McpProxy) -> None:
    """A request with nearly the registered redirect URI leads neither to the third party nor to a client.

    Control: the registered one leads to the third party, and to a code.
    Means: a code that the third party's user never meant for anybody else goes to an attacker.
    Fix: compare redirect_uri with the registered one as strings before anything else.
    """
    judge_redirect_uri_is_exact(proxy)
