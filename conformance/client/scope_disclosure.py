"""Whether a client learns which scope it was given: RFC 6749, 5.1; OAuth 2.1, 1.4.1; RFC 8707, 2.2."""

from conformance.client.authorization_server import AuthorizationServer
from conformance.client.flow import AuthorizationFlow, Grant
from conformance.client.token_content import token_content
from conformance.expect import expect
from conformance.vocabulary import NotApplicable, Violation

_OFFLINE = "offline_access"


def judge_scope_is_told(server: AuthorizationServer, flow: AuthorizationFlow) -> None:
    """When a token gets another scope than was asked for, the token response says which.

    offline_access is added to the usual scope, which servers often drop. Raises Violation, NotApplicable.
    """
    usual = flow.scope or flow.grant().token.scope
    if not usual:
        raise NotApplicable("the target file gives no scope to ask for")
    asked = f"{usual} {_OFFLINE}"
    answer = _granted_with(flow, asked).token
    content = token_content(server, flow, answer)
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


def _granted_with(flow: AuthorizationFlow, scope: str) -> Grant:
    flow.control(flow.authorization_request())
    request = flow.authorization_request().with_(scope=scope)
    answer = flow.send(request)
    if answer.code is None:
        expect(answer).has_no_server_error()
        raise NotApplicable("the server refuses a scope that it does not grant in full")
    token_request = flow.token_request(request, answer)
    return Grant(request, answer, token_request, flow.control_redeem(token_request))
