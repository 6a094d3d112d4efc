"""Who is told anything by token introspection: RFC 7662, 2 and 2.3."""

from dataclasses import replace

from conformance.catalogue import requirement
from conformance.client.authorization_server import AuthorizationServer, unguessable
from conformance.client.introspection import Introspection, endpoint_of, own_introspection
from conformance.client.requests import form
from conformance.expect import expect
from conformance.vocabulary import NotApplicable, Violation
from conformance.wire import Response


@requirement("RFC7662-2-a")
def test_nobody_in_particular_learns_nothing(authorization_server: AuthorizationServer) -> None:
    """A request without any client authentication learns nothing about an active token.

    Control: a client with credentials is told that the token is active.
    Means: an attacker tries tokens until one is active, and learns whose it is.
    Fix: authenticate the caller of the introspection endpoint; refuse with 401.
    """
    introspection = Introspection.of(authorization_server)
    token = introspection.granted().access_token or ""
    introspection.active(token)
    _tells_nothing(introspection.send(introspection.bare_request(token).with_("client authentication left out")))


@requirement("RFC7662-2-a")
def test_a_client_id_alone_learns_nothing(authorization_server: AuthorizationServer) -> None:
    """A request that names a client with credentials, and doesn't show them, learns nothing about an active token.

    Control: with its credentials the client is told that the token is active.
    Means: a client_id is no secret, so everybody may introspect.
    Fix: require the credentials of the client that asks.
    """
    introspection = Introspection.of(authorization_server)
    token = introspection.granted().access_token or ""
    introspection.active(token)
    named = introspection.bare_request(token).with_(client_id=introspection.caller.client_id)
    _tells_nothing(introspection.send(replace(named, changes=("the client's credentials left out",))))


@requirement("RFC7662-2-a")
def test_a_public_client_learns_nothing(authorization_server: AuthorizationServer) -> None:
    """A client without credentials, asking about its own active token, learns nothing.

    Control: a client with credentials is told that the token is active.
    Means: a client_id is no secret, so everybody may introspect.
    Fix: serve introspection to clients that authenticate only.
    """
    endpoint = endpoint_of(authorization_server)
    flow = authorization_server.public_flow()
    token = flow.grant().token.access_token or ""
    request = flow.authenticated(form(endpoint, [("token", token)]))
    _tells_nothing(flow.wire.send(request.with_("by a client without credentials").as_post()))
    own_introspection(authorization_server, flow, token)


@requirement("RFC7662-2.3-a")
def test_wrong_credentials_are_answered_401(authorization_server: AuthorizationServer) -> None:
    """A caller with a wrong secret is answered 401.

    Control: with the right one it is told that the token is active.
    Means: a resource server with an old secret takes the refusal for something else.
    Fix: answer invalid credentials at the introspection endpoint with 401.
    """
    introspection = Introspection.of(authorization_server)
    if introspection.caller.client_secret is None:
        raise NotApplicable("no client with a secret may introspect")
    token = introspection.granted().access_token or ""
    introspection.active(token)
    stranger = replace(introspection.caller, client_secret=unguessable("wrong-"))
    request = introspection.flow.by(stranger).authenticated(introspection.bare_request(token))
    expect(introspection.send(request.with_("client_secret replaced"))).has_status(401)


def _tells_nothing(response: Response) -> None:
    members = response.json_object() or {}
    if members.get("active") is True or set(members) - {"active", "error", "error_description", "error_uri"}:
        raise Violation(
            "somebody without credentials learns about a token",
            expected="401, and nothing about the token",
            observed=f"{response.status} with {', '.join(sorted(members))}",
            decided_by=response.exchange,
        )
    expect(response).has_no_server_error()
