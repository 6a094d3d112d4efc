"""What scope a token has and whether the client learns it: RFC 6750, 5.2; RFC 8707, 2.2 with RFC 6749, 5.1."""

from dataclasses import replace

from conformance.catalogue import requirement
from conformance.client.authorization_server import AuthorizationServer
from conformance.client.flow import AuthorizationFlow, Grant
from conformance.client.token_content import effective_scope, token_content
from conformance.expect import expect
from conformance.vocabulary import NotApplicable, Violation

_OFFLINE = "offline_access"


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


@requirement("RFC8707-2.2-e")
def test_a_scope_that_differs_from_the_requested_one_is_returned(
    authorization_server: AuthorizationServer, flow: AuthorizationFlow
) -> None:
    """When the token gets another scope than was asked for, the token response says which.

    Control: the request with its usual scope is granted; then offline_access is added, which servers often drop.
    Means: the client believes it has permissions that it lacks, and fails later without knowing why.
    Fix: send scope in the token response whenever it differs from the request; sending it always is simplest.
    """
    usual = flow.scope or flow.grant().token.scope
    if not usual:
        raise NotApplicable("the target file gives no scope to ask for")
    asked = f"{usual} {_OFFLINE}"
    answer = _granted_with(flow, asked).token
    content = token_content(authorization_server, flow, answer)
    effective = content.scope if content else None
    if effective is None and answer.scope is None:
        raise NotApplicable("nothing that can be read says which scope the token has")
    if effective == frozenset(asked.split()):
        raise NotApplicable("the server grants exactly what it is asked for")
    returned = frozenset((answer.scope or "").split())
    if answer.scope is None or (effective is not None and not effective <= returned):
        raise Violation(
            "the token's scope is not the one that the client is told",
            expected=f"scope {' '.join(sorted(effective or ()))} in the token response",
            observed=f"scope {answer.scope}" if answer.scope else "no scope",
        )


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


def _granted_with(flow: AuthorizationFlow, scope: str) -> Grant:
    flow.control(flow.authorization_request())
    request = flow.authorization_request().with_(scope=scope)
    answer = flow.send(request)
    if answer.code is None:
        expect(answer).has_no_server_error()
        raise NotApplicable("the server refuses a scope that it does not grant in full")
    token_request = flow.token_request(request, answer)
    return Grant(request, answer, token_request, flow.control_redeem(token_request))
