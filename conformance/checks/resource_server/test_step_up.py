"""What a client needs to ask for more scope: MCP, Runtime Insufficient Scope Errors."""

from conformance.catalogue import requirement
from conformance.client.resource_server import ResourceServer
from conformance.client.scope_denial import (
    INSUFFICIENT_SCOPE,
    Shape,
    call_with_scope,
    denial_again,
    scope_denial,
)
from conformance.vocabulary import NotApplicable, Violation


@requirement("MCP-STEP-01")
def test_the_challenge_says_insufficient_scope(resource_server: ResourceServer) -> None:
    """A missing scope is answered with a Bearer challenge whose error is insufficient_scope.

    Control: the same call is served with a token that has the scope.
    Means: clients can't start step-up authorization: they don't learn that more scope would help.
    Fix: answer 403 with WWW-Authenticate: Bearer error="insufficient_scope".
    """
    denial = scope_denial(resource_server)
    if denial.challenge_parameter("error") != INSUFFICIENT_SCOPE:
        expected = f'error="{INSUFFICIENT_SCOPE}"'
        raise Violation("the challenge has another error", expected=expected, observed=denial.described())


@requirement("MCP-STEP-01")
def test_the_challenge_names_the_scope(resource_server: ResourceServer) -> None:
    """The challenge to a missing scope has a scope parameter.

    Control: the same call is served with a token that has the scope.
    Means: clients know that a scope is missing, but not which.
    Fix: add scope="..." with what the operation needs.
    """
    denial = scope_denial(resource_server)
    if not denial.challenge_parameter("scope"):
        raise Violation("no scope in the challenge", expected='scope="..."', observed=denial.described())


@requirement("MCP-STEP-01")
def test_the_challenge_links_the_metadata(resource_server: ResourceServer) -> None:
    """The challenge to a missing scope has resource_metadata.

    Control: the same call is served with a token that has the scope.
    Means: clients that got their token elsewhere don't find the authorization server.
    Fix: add resource_metadata="..." to this challenge as to that of a 401.
    """
    denial = scope_denial(resource_server)
    if not denial.challenge_parameter("resource_metadata"):
        expected = 'resource_metadata="https://..."'
        raise Violation("no resource_metadata in the challenge", expected=expected, observed=denial.described())


@requirement("MCP-STEP-02")
def test_the_challenged_scope_is_what_the_operation_needs(resource_server: ResourceServer) -> None:
    """The scope that the target file gives for the tool is in the challenge.

    Control: the same call is served with a token that has the scope.
    Means: clients ask their user for the wrong thing and are refused again.
    Fix: put the scopes that the operation needs into the challenge.
    """
    denial = scope_denial(resource_server)
    hierarchy = resource_server.context.facts.scope_hierarchy
    challenged = set(denial.challenged_scope().split())
    covered = challenged | {hierarchy[scope] for scope in challenged if scope in hierarchy}
    missing = [scope for scope in denial.scope.split() if scope not in covered]
    if missing:
        expected = f"{' '.join(missing)}, which {denial.tool} needs, is in scope"
        raise Violation("the needed scope is not challenged", expected=expected, observed=denial.described())


@requirement("MCP-STEP-03")
def test_one_challenge_is_enough(resource_server: ResourceServer) -> None:
    """A token with exactly the challenged scopes is not turned down for a further one.

    Control: the call is served with the full scope, and turned down with the narrow one.
    Means: users are sent to the consent page once for every scope of one operation.
    Fix: put all the scopes that the operation needs into one challenge, those held already included.
    """
    first = scope_denial(resource_server)
    second = call_with_scope(resource_server, first.challenged_scope(), first.tool, first.scope)
    if second.shape is Shape.STATUS and second.refusal.parameter("error") == INSUFFICIENT_SCOPE:
        expected = f"no second insufficient_scope with the scope {second.held!r}"
        raise Violation("a second challenge follows the first", expected=expected, observed=second.described())


@requirement("MCP-STEP-04")
def test_the_same_call_is_challenged_alike(resource_server: ResourceServer) -> None:
    """The same call with the same token is refused in the same way, with the same scope, again.

    Control: the call is served with the full scope, and turned down with the narrow one.
    Means: clients can't predict what they have to ask for.
    Fix: compute the challenged scope from the operation alone.
    """
    first = scope_denial(resource_server)
    if first.shape is Shape.NONE:
        raise Violation("nothing is challenged", expected="a refusal", observed=first.described())
    for _ in range(2):
        again = denial_again(resource_server)
        if again.kind() != first.kind():
            expected = f"the same as the first time: {first.described()}"
            raise Violation("the same call is refused in another way", expected=expected, observed=again.described())


@requirement("MCP-ELI-01")
def test_a_call_without_token_gets_no_elicitation(resource_server: ResourceServer) -> None:
    """A tool call without a token is answered 401, not by a request to open a URL and log in.

    Control: the same request is served with a good token.
    Means: the server invents an authorization of its own, which no client can check.
    Fix: authorize clients by OAuth: answer 401 with a challenge before any tool runs.
    """
    tools = resource_server.context.facts.tools
    if not tools:
        raise NotApplicable("the target file names no tool to call: give one under mcp_server.tools")
    token = resource_server.control()
    tool, (arguments, _) = next(iter(tools.items()))
    request = resource_server.open_session(token).call(tool, dict(arguments))
    answer = resource_server.send(request)
    if answer.status != 401:
        observed = f"{answer.status} ({answer.media_type or 'no media type'})"
        raise Violation("a tool call without token is not refused with 401", expected="401", observed=observed)
