"""What scope a token has and whether the client learns it: RFC 6750, 5.2; RFC 8707, 2.2 with RFC 6749, 5.1."""

from dataclasses import replace

from conformance.catalogue import requirement
from conformance.client.authorization_server import AuthorizationServer
from conformance.client.flow import AuthorizationFlow
from conformance.client.requests import FormRequest
from conformance.client.scope_disclosure import judge_scope_is_told
from conformance.client.token_content import effective_scope
from conformance.vocabulary import NotApplicable, Violation


@requirement("RFC6750-5.2-c")
def test_a_token_is_limited_to_the_requested_scope(
    authorization_server: AuthorizationServer, flow: AuthorizationFlow
) -> None:
    """A token that was asked for with a narrow scope has no more than that scope.

    Control: the request is granted.
    Means: every token opens everything that the client may ever do, whatever the user agreed to.
    Fix: put the granted scope into the token (or its introspection) and never more than was asked for.
    """
    wanted = _narrow_scope(authorization_server)
    answer = flow.grant(flow.authorization_request(scope=wanted)).token
    _expect_within(effective_scope(authorization_server, flow, answer), wanted)


@requirement("RFC6750-5.2-c")
def test_a_machine_token_is_limited_to_the_requested_scope(authorization_server: AuthorizationServer) -> None:
    """A client credentials token that was asked for with a narrow scope has no more than that scope.

    Control: the request gives a token.
    Means: every machine client may do everything, so one that is broken into opens the whole system.
    Fix: put the granted scope into the token (or its introspection) and never more than was asked for.
    """
    wanted = _narrow_scope(authorization_server)
    flow = replace(authorization_server.machine_flow(), scope=wanted)
    answer = flow.control_redeem(flow.client_credentials_request())
    _expect_within(effective_scope(authorization_server, flow, answer), wanted)


@requirement("RFC6750-5.2-c")
def test_a_token_request_does_not_widen_the_scope(
    authorization_server: AuthorizationServer, flow: AuthorizationFlow
) -> None:
    """A code for a narrow scope gives no token with more than that, when the token request asks for more.

    Control: the same code request, redeemed without a scope, gives a token.
    Means: the user agrees to one thing and the client helps itself to another.
    Fix: take the scope from the code; refuse a wider one in the token request, or leave it out of account.
    """
    narrow, usual = authorization_server.context.facts.narrow_scope, flow.scope
    if not narrow or not usual or frozenset(usual.split()) <= frozenset(narrow.split()):
        raise NotApplicable("the target file gives no narrow_scope within a wider scope")
    answer = flow.redeem(_code_for(flow, narrow).with_(scope=usual))
    flow.control_redeem(_code_for(flow, narrow))
    if answer.access_token:
        _expect_within(effective_scope(authorization_server, flow, answer), narrow)


@requirement("RFC8707-2.2-e", "OAUTH21-1.4.1-a")
def test_a_scope_that_differs_from_the_requested_one_is_returned(
    authorization_server: AuthorizationServer, flow: AuthorizationFlow
) -> None:
    """When the token gets another scope than was asked for, the token response says which.

    Control: the request with its usual scope is granted; then offline_access is added, which servers often drop.
    Means: the client believes it has permissions that it lacks, and fails later without knowing why.
    Fix: send scope in the token response whenever it differs from the request; sending it always is simplest.
    """
    judge_scope_is_told(authorization_server, flow)


def _code_for(flow: AuthorizationFlow, scope: str) -> FormRequest:
    return flow.code_for(flow.authorization_request(scope=scope))


def _narrow_scope(server: AuthorizationServer) -> str:
    wanted = server.context.facts.narrow_scope or server.context.facts.scope
    if not wanted:
        raise NotApplicable("the target file gives no scope to ask for")
    return wanted


def _expect_within(granted: frozenset[str] | None, wanted: str) -> None:
    if granted is None:
        raise NotApplicable("neither the token nor its answer nor introspection says which scope it has")
    if not granted <= frozenset(wanted.split()):
        raise Violation(
            "the token has more scope than was asked for",
            expected=f"no scope beyond {wanted}",
            observed=f"scope {' '.join(sorted(granted))}",
        )
