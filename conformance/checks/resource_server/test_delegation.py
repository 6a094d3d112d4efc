"""Who acts for whom in a token: RFC 8693, section 4.1."""

from conformance.catalogue import requirement
from conformance.client.resource_server import ResourceServer
from conformance.client.scope_denial import Shape, call_with_token, scoped_tool, tool_call_is_served
from conformance.issuer.mint import Mint
from conformance.vocabulary import Inconclusive, Violation


@requirement("RFC8693-4.1-a")
def test_claims_inside_act_give_no_rights(resource_server: ResourceServer, any_mint: Mint) -> None:
    """Scopes inside `act` don't count: a token whose top-level scope is too narrow stays too narrow.

    Control: the tool is served with the scope at the top level.
    Means: every service that a token passed through lends its own rights to whoever holds it.
    Fix: read rights from the top-level claims only; `act` tells who acts, for the record.
    """
    tool, scope, narrow = scoped_tool(resource_server)
    if not tool_call_is_served(resource_server, any_mint.good(), tool):
        raise Inconclusive(f"the tool {tool} is not served with a minted token of the full scope", root="token_issuer")
    actor = {"sub": "conformance-service", "client_id": "conformance-service", "scope": scope}
    nested = actor | {"act": actor}
    wrong = any_mint.saying("whose missing scope is only inside act", scope=narrow, act=nested)
    denial = call_with_token(resource_server, wrong, tool, scope)
    if denial.shape is Shape.NONE:
        expected = f"{tool}, which needs {scope}, is refused with the scope {narrow}"
        raise Violation("scopes inside act are used", expected=expected, observed="the result of the tool")
