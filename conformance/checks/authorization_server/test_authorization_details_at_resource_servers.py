"""What resource servers learn of rich authorization requests: RFC 9396, 9 to 9.2."""

from collections.abc import Iterator, Mapping
from typing import Any

from conformance.catalogue import requirement
from conformance.client.authorization_server import AuthorizationServer
from conformance.client.details import judge_holds, rich_requests
from conformance.client.introspection import endpoint_of, own_introspection
from conformance.client.jose import unverified_jwt
from conformance.client.second_client import confidential_flow
from conformance.client.token_content import token_content
from conformance.vocabulary import NotApplicable, Violation

_NAME = "authorization_details"


@requirement("RFC9396-9-a")
def test_the_resource_server_learns_what_was_granted(authorization_server: AuthorizationServer) -> None:
    """The access token, or its introspection, has authorization_details with an object of the granted type.

    Control: the grant succeeds.
    Means: the MCP server can't enforce what the user has agreed to.
    Fix: put authorization_details into the JWT, or into the introspection response as a top-level member.
    """
    rich = rich_requests(authorization_server)
    answer = rich.grant().token
    content = token_content(authorization_server, rich.flow, answer)
    if content is None:
        raise NotApplicable("the access token is opaque and introspection says nothing about it")
    if _NAME not in content.claims and unverified_jwt(answer.access_token or ""):
        endpoint_of(authorization_server)
        members = own_introspection(authorization_server, rich.flow, answer.access_token or "")
        judge_holds(rich.good, members.get(_NAME), "neither the token nor its introspection has them")
        return
    judge_holds(rich.good, content.claims.get(_NAME), content.source)


@requirement("RFC9396-9.1-a")
def test_a_jwt_says_what_was_granted(authorization_server: AuthorizationServer) -> None:
    """An access token that is a JWT has a claim authorization_details with an object of the granted type.

    Control: the grant succeeds.
    Means: MCP servers that read the JWT only can't enforce what the user has agreed to.
    Fix: add authorization_details to the claims, as far as they concern the audience.
    """
    rich = rich_requests(authorization_server)
    jwt = unverified_jwt(rich.grant().access_token)
    if jwt is None:
        raise NotApplicable("the access token is no JWT")
    judge_holds(rich.good, jwt.claims.get(_NAME), "the token's claims")


@requirement("RFC9396-9.2-a")
def test_introspected_details_are_at_the_top(authorization_server: AuthorizationServer) -> None:
    """What introspection says of the granted authorization_details is a member of that name at the top.

    Control: the token of the grant is active.
    Means: MCP servers look for the permissions where they have to be and find none.
    Fix: make authorization_details a member of the introspection response itself.
    """
    members = _introspected(authorization_server)
    if _NAME in members:
        return
    if any(_NAME in inner for inner in _objects(members)):
        raise Violation(
            "authorization_details are nested", expected="a top-level member", observed=repr(sorted(members))
        )
    raise NotApplicable("introspection says nothing of authorization_details")


@requirement("RFC9396-9.2-b")
def test_introspected_details_are_objects_with_a_type(authorization_server: AuthorizationServer) -> None:
    """authorization_details of an introspection response are an array of objects, each with a type.

    Control: the token of the grant is active.
    Means: MCP servers can't read the permissions of a token.
    Fix: give them the structure of the request: a JSON array of objects, not text.
    """
    members = _introspected(authorization_server)
    if _NAME not in members:
        raise NotApplicable("introspection says nothing of authorization_details at the top, see RFC9396-9.2-a")
    value = members[_NAME]
    if not isinstance(value, list) or not all(isinstance(d, dict) and isinstance(d.get("type"), str) for d in value):
        wanted = "an array of objects with a type"
        raise Violation("not of that structure", expected=wanted, observed=f"{_NAME}: {repr(value)[:200]}")


def _introspected(server: AuthorizationServer) -> Mapping[str, Any]:
    endpoint_of(server)
    rich = rich_requests(server, confidential_flow(server))
    return own_introspection(server, rich.flow, rich.grant().access_token)


def _objects(value: Any) -> Iterator[Mapping[str, Any]]:
    inner = value.values() if isinstance(value, dict) else value if isinstance(value, list) else ()
    for each in inner:
        if isinstance(each, dict):
            yield each
        yield from _objects(each)
