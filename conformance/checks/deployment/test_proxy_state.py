"""What a proxy's browsers take to the third party and bring back: MCP, OAuth State Parameter Validation."""

from conformance.catalogue import requirement
from conformance.client.mcp_proxy import McpProxy
from conformance.client.proxy_state import (
    judge_no_cookie_holds_the_state_early,
    judge_nothing_waits_before_approval,
    judge_state_counts_once,
    judge_state_is_compared,
    judge_state_is_of_this_browser,
    judge_state_is_random,
)


@requirement("MCP-SBP-07")
def test_the_state_is_random(proxy: McpProxy) -> None:
    """Each request to the third party has a state of its own, and nobody can guess the next one.

    Control: the first request's way ended with a code.
    Means: an attacker makes up a callback that your server takes for its own user's.
    Fix: send a fresh state of at least 128 random bits with each request.
    """
    judge_state_is_random(proxy)


@requirement("MCP-SBP-07")
def test_the_state_is_compared_at_the_callback(proxy: McpProxy) -> None:
    """A callback without state, or with another one, gives no code.

    Control: a callback that was left alone gave one.
    Means: a code of the third party counts that came from anywhere, so attackers bring users into their accounts.
    Fix: refuse callbacks whose state is not the one that was kept for this browser.
    """
    judge_state_is_compared(proxy)


@requirement("MCP-SBP-07")
def test_the_state_belongs_to_the_browser_that_left(proxy: McpProxy) -> None:
    """A callback in another browser, which is away with a state of its own, gives no code.

    Control: in the browser that had left with its state a callback gave one.
    Means: the link of an attacker's own callback, opened by the user, ties the attacker's account to the user's client.
    Fix: keep the state in a cookie or a cookie-based session of the browser, and compare it with that one alone.
    """
    judge_state_is_of_this_browser(proxy)


@requirement("MCP-SBP-07")
def test_a_state_counts_once(proxy: McpProxy) -> None:
    """A second callback with the same state, and a fresh code of the third party, gives no code.

    Control: the first callback with that state gave one.
    Means: a state that leaked from a log or a Referer header lets an attacker finish further logins.
    Fix: delete the state when it has been compared.
    """
    judge_state_counts_once(proxy)


@requirement("MCP-SBP-08")
def test_no_state_is_accepted_before_approval(proxy: McpProxy) -> None:
    """While the user has not decided, nothing that the server gave the browser is good as state at the callback.

    Control: the way of an approved client ended with a code.
    Means: whoever makes the user open two links gets a code for a client that was never approved.
    Fix: make the state, and the session that holds it, when the user has approved, just before the redirect.
    """
    judge_nothing_waits_before_approval(proxy)


@requirement("MCP-SBP-08")
def test_no_cookie_holds_the_state_before_approval(proxy: McpProxy) -> None:
    """The state that went to the third party was in no cookie while the page still asked the user.

    Control: the browser left with a state, and its way ended with a code.
    Means: the consent page can be skipped: the cookie that the callback looks for is there without it.
    Fix: set the cookie in the response that redirects to the third party.
    """
    judge_no_cookie_holds_the_state_early(proxy)
