"""Scopes in challenges and metadata, as MCP has them: Scope Selection Strategy and Refresh Tokens."""

from conformance.catalogue import requirement
from conformance.client.refusal import GARBAGE, NO_TOKEN, refusal_requests
from conformance.client.resource_server import ResourceServer
from conformance.vocabulary import NotApplicable, Violation

_REFRESH_SCOPE = "offline_access"


@requirement("MCP-SCOPE-01")
def test_the_challenge_says_which_scopes_to_ask_for(resource_server: ResourceServer) -> None:
    """The challenge to a request without a token has scope.

    Means: clients ask for every scope there is, or for none, and users are shown a needlessly long list.
    Fix: add scope with the scopes of the basic functions to WWW-Authenticate of the 401.
    """
    refusal = resource_server.refusals()[0]
    if not refusal.parameter("scope"):
        raise Violation("no scope in the challenge", expected='scope="..."', observed=refusal.described())


@requirement("MCP-SCOPE-06")
def test_the_same_request_is_challenged_with_the_same_scopes(resource_server: ResourceServer) -> None:
    """A request that is refused again gets the same set of scopes in its challenge.

    Means: clients ask their users for another permission each time, or run in circles.
    Fix: build the scope of a challenge from the request alone.
    """
    first = {r.credentials: r.parameter("scope") for r in resource_server.refusals()}
    requests = refusal_requests(resource_server.mcp.probe())
    compared = [kind for kind in (NO_TOKEN, GARBAGE) if first.get(kind)]
    if not compared:
        raise NotApplicable("no challenge has scope, see MCP-SCOPE-01")
    for kind in compared:
        again = resource_server.refused_again(kind, requests[kind]).parameter("scope")
        if set((again or "").split()) != set((first[kind] or "").split()):
            expected = f"scope={first[kind]!r} as for the same request before"
            raise Violation("another set of scopes", expected=expected, observed=f"scope={again!r}")


@requirement("MCP-RT-05")
def test_offline_access_is_not_asked_for(resource_server: ResourceServer) -> None:
    """offline_access is neither in the scope of a challenge nor in scopes_supported.

    Means: clients ask for long-lived refresh tokens that this server has no use for, and users have to grant them.
    Fix: take offline_access out of both; whether to refresh is between client and authorization server.
    """
    challenged = [r.parameter("scope") or "" for r in resource_server.refusals()]
    listed = resource_server.metadata().value.get("scopes_supported")
    if not any(challenged) and not listed:
        raise NotApplicable("neither a challenge nor the metadata has scopes")
    if any(_REFRESH_SCOPE in scope.split() for scope in challenged):
        expected, observed = f"a challenge without {_REFRESH_SCOPE}", f"scope with {_REFRESH_SCOPE} in a challenge"
        raise Violation(f"{_REFRESH_SCOPE} in a challenge", expected=expected, observed=observed)
    if isinstance(listed, list) and _REFRESH_SCOPE in listed:
        raise Violation(f"{_REFRESH_SCOPE} in scopes_supported", expected="other scopes only", observed=repr(listed))
