"""Malformed authorization requests: MCP, Error Handling."""

from conformance.catalogue import requirement
from conformance.client.flow import AuthorizationFlow
from conformance.expect import expect


@requirement("MCP-ERR-01")
def test_a_request_without_client_id_is_answered_with_400(flow: AuthorizationFlow) -> None:
    """An authorization request without client_id ends at a page with status 400.

    Control: the same request with client_id is granted.
    Means: monitoring and clients take a failed login for a success, or for a fault of the server.
    Fix: answer malformed authorization requests with status 400 when they can't be told to the client.
    """
    request = flow.authorization_request()
    flow.control(request)
    answer = flow.send(request.without("client_id"))
    expect(answer).does_not_redirect()
    expect(answer).has_status(400)


@requirement("MCP-ERR-01")
def test_a_request_whose_redirect_uri_is_no_uri_is_answered_with_400(flow: AuthorizationFlow) -> None:
    """An authorization request whose redirect_uri is no URI at all ends at a page with status 400.

    Control: the same request with the registered redirect_uri is granted.
    Means: monitoring and clients take a failed login for a success, or for a fault of the server.
    Fix: answer malformed authorization requests with status 400 when they can't be told to the client.
    """
    request = flow.authorization_request()
    flow.control(request)
    answer = flow.send(request.with_(redirect_uri="not a uri"))
    expect(answer).does_not_redirect()
    expect(answer).has_status(400)
