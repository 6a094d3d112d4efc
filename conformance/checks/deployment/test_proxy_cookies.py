"""The cookies by which a proxy remembers approvals: MCP, Consent Cookie Security."""

from conformance.catalogue import requirement
from conformance.client.mcp_proxy import McpProxy
from conformance.client.proxy_cookies import judge_consent_cookies


@requirement("MCP-SBP-05")
def test_cookies_that_track_consent_are_safe(proxy: McpProxy) -> None:
    """Cookies without which an approved client is asked for again have the right name and attributes.

    They count for no other client, also when its client_id is put in. Control: with them the client is not asked for.
    Means: a neighbouring host, a script or the user's own tools plant an approval that nobody gave.
    Fix: keep approvals on the server, or in a signed cookie __Host-... with Secure, HttpOnly and SameSite=Lax that
    names each client_id.
    """
    judge_consent_cookies(proxy)
