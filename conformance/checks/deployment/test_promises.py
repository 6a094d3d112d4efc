"""What authorization server metadata promises is what happens: RFC 8414, section 2."""

from conformance.catalogue import requirement
from conformance.client.authorization_server import AuthorizationServer, unguessable
from conformance.client.promises import (
    INVALID_CLIENT,
    INVALID_GRANT,
    UNSUPPORTED_GRANT_TYPE,
    asked_by_client,
    asked_by_grant,
    asked_by_stranger,
    client_by_method,
    tells_unsupported_grants,
)
from conformance.client.requests import form
from conformance.expect import expect
from conformance.vocabulary import NotApplicable, Violation

_BY_GET = "authorization_endpoint"
_NOTHING_THERE = (404, 405, 501)


@requirement("RFC8414-2-k")
def test_the_listed_grant_types_are_supported(authorization_server: AuthorizationServer) -> None:
    """No listed grant type is answered unsupported_grant_type (RFC 6749, 5.2).

    Control: a grant type that no server has is answered so.
    Means: clients choose their way in by the document, and end at a wall.
    Fix: list only grant types that the token endpoint serves.
    """
    listed = authorization_server.metadata().strings("grant_types_supported")
    flow = authorization_server.flow()
    if not tells_unsupported_grants(flow):
        raise NotApplicable("the token endpoint doesn't tell which grant types it supports")
    judged = 0
    for grant_type in listed:
        try:
            answer = asked_by_grant(flow, grant_type)
        except NotApplicable:
            continue
        judged += 1
        if answer.error == UNSUPPORTED_GRANT_TYPE:
            raise Violation(f"{grant_type} is not supported", expected="another answer", observed=answer.described())
    if not judged:
        raise NotApplicable("no listed grant type is one that the judge can ask by")


@requirement("RFC8414-2-l")
def test_the_listed_methods_authenticate_a_client(authorization_server: AuthorizationServer) -> None:
    """A client that is registered with a listed method, and uses it for a made-up code, is not called invalid_client.

    Control: the code is called invalid_grant, and the same request of a client that nobody knows invalid_client.
    Means: clients choose their authentication by the document, and are locked out.
    Fix: list only methods that the token endpoint takes.
    """
    judged = 0
    for method in authorization_server.metadata().strings("token_endpoint_auth_methods_supported"):
        try:
            client = client_by_method(authorization_server, method)
        except NotApplicable:
            continue
        answer = asked_by_client(authorization_server, client)
        judged += (
            answer.error == INVALID_GRANT and asked_by_stranger(authorization_server, client).error == INVALID_CLIENT
        )
        if answer.error == INVALID_CLIENT:
            raise Violation(f"{method} does not work", expected=INVALID_GRANT, observed=answer.described())
    if not judged:
        raise NotApplicable("for no listed method a client can be had whose made-up code is called invalid_grant")


@requirement("RFC8414-2-x")
def test_the_listed_endpoints_are_there(authorization_server: AuthorizationServer) -> None:
    """A POST to each endpoint that the metadata lists, but for the authorization endpoint, is answered by an endpoint.

    Control: the same at a path that no server has shows how the host says that nothing is there.
    Means: clients that go by the document fail at the worst time, when they want to revoke a token for example.
    Fix: list only endpoints that are served, with the URL at which they are.
    """
    metadata = authorization_server.metadata()
    listed = [name for name in metadata.value if name.endswith("_endpoint") and name != _BY_GET]
    nowhere = unguessable(f"{authorization_server.issuer.rstrip('/')}/no-such-path-")
    if authorization_server.wire.send(form(nowhere, []).as_post()).status not in _NOTHING_THERE:
        raise NotApplicable("the host doesn't say where nothing is")
    for name in listed:
        answer = authorization_server.wire.send(form(metadata.url(name), []).as_post())
        if answer.status in _NOTHING_THERE:
            expected = f"the {name.replace('_', ' ')}"
            raise Violation(f"nothing is at the {name}", expected=expected, observed=expect(answer).described())
