"""Tokens give what their scope says and no more: RFC 6749, section 7; RFC 9068, section 4; OAuth 2.1, section 5."""

from conformance.catalogue import requirement
from conformance.client.granted_token import token_with_scope
from conformance.client.resource_server import ResourceServer
from conformance.client.scope_denial import Shape, scope_denial, tool_call_is_served
from conformance.vocabulary import Inconclusive, NotApplicable, Violation


@requirement("MCP-TOK-05", "OAUTH21-5-a", "OAUTH21-5.2-a", "RFC6749-7-a", "RFC9068-4-n")
def test_a_token_is_good_for_its_scope_only(resource_server: ResourceServer) -> None:
    """A tool that needs a scope does nothing for a token without it.

    Control: the tool works with a token that has the scope.
    Means: consent and scopes are decoration: every token can do everything.
    Fix: compare the token's scope with what the operation needs before doing it.
    """
    _expect_denied(resource_server)


@requirement("MCP-ERR-01")
def test_a_missing_scope_is_forbidden(resource_server: ResourceServer) -> None:
    """A missing scope is answered 403, or refused within JSON-RPC (which MCP-STEP-01 judges).

    Control: the request is served with a token that has the scope.
    Means: clients take missing rights for a bad token and log the user in again, in vain.
    Fix: answer 403 when the token is good and lacks a scope.
    """
    denial = scope_denial(resource_server)
    if denial.shape is Shape.NONE or (denial.shape is Shape.STATUS and denial.response.status != 403):
        raise Violation("not answered 403", expected="403", observed=denial.described())


@requirement("RFC6750-3.1-c")
def test_a_missing_scope_goes_with_403(resource_server: ResourceServer) -> None:
    """A missing scope is answered 403.

    Control: the request is served with a token that has the scope.
    Means: clients can't tell that more scope would help.
    Fix: answer 403 with a Bearer challenge that says insufficient_scope.
    """
    denial = scope_denial(resource_server)
    if denial.response.status != 403:
        raise Violation(f"a missing scope shows as {denial.shape}", expected="403", observed=denial.described())


@requirement("RFC6750-3.1-c")
def test_a_missing_scope_is_called_insufficient_scope(resource_server: ResourceServer) -> None:
    """The challenge of a 403 for a missing scope has the error code insufficient_scope.

    Control: the request is served with a token that has the scope.
    Means: clients can't tell that more scope would help.
    Fix: add error="insufficient_scope" to the challenge.
    """
    denial = scope_denial(resource_server)
    if denial.response.status != 403:
        raise NotApplicable("a missing scope is not answered 403")
    if denial.refusal.parameter("error") != "insufficient_scope":
        expected = 'error="insufficient_scope"'
        raise Violation("not called insufficient_scope", expected=expected, observed=denial.described())


@requirement("MCP-STEP-10")
def test_a_broader_scope_includes_the_narrower(resource_server: ResourceServer) -> None:
    """A token with only the broad scope is good for a tool that needs a scope which the broad one implies.

    Control: the tool works with a token that has the usual scopes.
    Means: users who granted everything are asked again for a part of it.
    Fix: expand the scopes of a token by your hierarchy before you compare.
    """
    tool, broad, narrower = _hierarchy(resource_server)
    if not tool_call_is_served(resource_server, resource_server.token(), tool):
        raise Inconclusive(f"the tool {tool} is not served with the usual scopes", root="tool")
    if not tool_call_is_served(resource_server, token_with_scope(resource_server, broad), tool):
        expected = f"{tool}, which needs {narrower}, is served with the scope {broad}"
        raise Violation(f"{broad} is not taken for {narrower}", expected=expected, observed="refused")


def _expect_denied(server: ResourceServer) -> None:
    denial = scope_denial(server)
    if denial.shape is Shape.NONE:
        expected = f"{denial.tool}, which needs {denial.scope}, is refused with the scope {denial.held}"
        raise Violation("a token without the scope is served", expected=expected, observed="the result of the tool")


def _hierarchy(server: ResourceServer) -> tuple[str, str, str]:
    facts = server.context.facts
    for broad, narrower in facts.scope_hierarchy.items():
        for tool, (_, scope) in facts.tools.items():
            if scope == narrower:
                return tool, broad, narrower
    raise NotApplicable("the target file names no scope_hierarchy for the scope of one of its tools")
