"""What the metadata of both servers say has to fit together: RFC 9728, section 2; MCP, Scope Selection Strategy."""

from conformance.catalogue import requirement
from conformance.client.dpop_flow import DpopFlow
from conformance.client.mcp import is_result
from conformance.client.newcomer import Newcomer
from conformance.expect import expect
from conformance.vocabulary import Inconclusive, NotApplicable, Violation

_ALGORITHMS = "dpop_signing_alg_values_supported"
_BINDING_REQUIRED = "dpop_bound_access_tokens_required"
_DETAILS = "authorization_details_types_supported"


@requirement("RFC9728-2-f")
def test_the_listed_scopes_can_be_asked_for(newcomer: Newcomer) -> None:
    """The authorization server of the resource knows every scope of scopes_supported.

    Control: without these scopes a client gets in.
    Means: clients that ask for what the document lists are refused, and never get in.
    Fix: list scopes by the names that the authorization server has for them.
    """
    listed = newcomer.listed_scopes()
    if not listed:
        raise NotApplicable("the metadata has no scopes_supported, which is optional")
    server = newcomer.server.authorization_server()
    flow = newcomer.flow(server, " ".join(listed))
    answer = flow.send(flow.authorization_request())
    if answer.code:
        return
    newcomer.flow(server, None).grant()
    if answer.error != "invalid_scope":
        raise Inconclusive(f"asking for all listed scopes ended elsewhere: {answer.described()}", root="authorization")
    known = server.metadata().value.get("scopes_supported") or []
    unknown = [scope for scope in listed if scope not in known]
    if not unknown:
        raise NotApplicable("the authorization server knows the scopes and doesn't give this client all of them")
    observed = f"{answer.described()}; not in its own scopes_supported: {', '.join(unknown)}"
    raise Violation("listed scopes can't be asked for", expected="a code", observed=observed)


@requirement("MCP-SCOPE-01")
def test_the_challenged_scope_is_enough(newcomer: Newcomer) -> None:
    """A token with exactly the scope of the challenge is enough for the request that was challenged.

    Control: the authorization server gives the token, and the MCP server doesn't call it invalid.
    Means: clients do what the challenge says, bother their user, and are refused again.
    Fix: put every scope that the request needs into the challenge.
    """
    challenged = newcomer.challenged_scope()
    if challenged is None:
        raise NotApplicable("the challenge has no scope")
    token = newcomer.granted(newcomer.server.authorization_server(), challenged)
    answer = newcomer.server.send(newcomer.server.with_token(token.access_token or ""))
    if answer.status == 403:
        expected = f"a result, for a token with the scope {challenged!r}"
        raise Violation("the challenged scope is not enough", expected=expected, observed=expect(answer).described())
    if not is_result(answer):
        raise Inconclusive(f"the token was answered {answer.status}", root="token")


@requirement("RFC9728-2-m")
def test_one_proof_algorithm_is_known_to_both(newcomer: Newcomer) -> None:
    """MCP server and authorization server, where both list proof algorithms for DPoP, have one in common.

    Means: no client can use one key for both, as a bound token demands.
    Fix: accept ES256 at both.
    """
    here = newcomer.server.metadata().strings(_ALGORITHMS)
    there = newcomer.server.authorization_server().metadata().strings(_ALGORITHMS)
    if not here or not there:
        raise NotApplicable("one of them lists no algorithm")
    if not set(here) & set(there):
        observed = f"{', '.join(here)} at the MCP server, {', '.join(there)} at the authorization server"
        raise Violation("no algorithm in common", expected="one in both lists", observed=observed)


@requirement("RFC9728-2-n")
def test_bound_tokens_can_be_had_where_they_are_required(newcomer: Newcomer) -> None:
    """Where dpop_bound_access_tokens_required is true, the authorization server binds tokens to the key of a proof.

    Control: the same request with a proof is granted.
    Means: the MCP server demands tokens that nobody can get.
    Fix: switch DPoP on at the authorization server.
    """
    if not newcomer.server.metadata().boolean(_BINDING_REQUIRED):
        raise NotApplicable(f"{_BINDING_REQUIRED} is false")
    server = newcomer.server.authorization_server()
    if not server.metadata().value.get(_ALGORITHMS):
        raise Violation("no bound tokens", expected=f"{_ALGORITHMS} at the authorization server", observed="none")
    answer = DpopFlow.of(server, newcomer.flow(server, newcomer.scope())).code_granted()
    token_type = str(answer.members.get("token_type"))
    if token_type.lower() != "dpop":
        raise Violation("no bound tokens", expected="token_type DPoP", observed=f"token_type {token_type}")


@requirement("RFC9728-2-l")
def test_the_listed_authorization_details_are_known(newcomer: Newcomer) -> None:
    """The authorization server lists every type of authorization details that the resource lists.

    Means: clients ask for rights in a form that the authorization server doesn't understand.
    Fix: list types that both know.
    """
    listed = newcomer.server.metadata().strings(_DETAILS)
    known = newcomer.server.authorization_server().metadata().strings(_DETAILS)
    unknown = [each for each in listed if each not in known]
    if unknown:
        raise Violation("unknown types", expected=f"types of {', '.join(known)}", observed=", ".join(unknown))
