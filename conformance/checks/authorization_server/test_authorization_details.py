"""Rich authorization requests: RFC 9396, 5 and 7 to 9."""

from collections.abc import Mapping
from typing import Any

from conformance.catalogue import requirement
from conformance.client.authorization_server import AuthorizationServer, unguessable
from conformance.client.details import INVALID, details_parameter, rich_requests
from conformance.client.token_content import token_content
from conformance.expect import expect
from conformance.vocabulary import NotApplicable, Violation


@requirement("RFC9396-5-a")
def test_an_unknown_type_is_refused(authorization_server: AuthorizationServer) -> None:
    """A request with authorization_details of a type that nobody knows earns invalid_authorization_details.

    Control: the same request with the type of the target file is granted.
    Means: users agree to permissions that the server does not understand, and clients believe they have them.
    Fix: refuse every type that is not defined, instead of leaving it out.
    """
    rich = rich_requests(authorization_server)
    rich.judge_refused({**rich.good, "type": unguessable("unknown-type-")}, "type that nobody knows")


@requirement("RFC9396-5-a")
def test_an_unknown_member_is_refused(authorization_server: AuthorizationServer) -> None:
    """A request with a member that the type does not define earns invalid_authorization_details.

    Control: the same request without the member is granted.
    Means: what a client asks for in more detail is granted without that detail.
    Fix: validate each object against the definition of its type, unknown members included.
    """
    rich = rich_requests(authorization_server)
    name = unguessable("unknown-member-")
    rich.judge_refused({**rich.good, name: "conformance"}, "a member that the type does not define")


@requirement("RFC9396-7-a")
def test_the_token_response_says_what_was_granted(authorization_server: AuthorizationServer) -> None:
    """The token response has authorization_details with an object of the granted type.

    Control: the grant succeeds.
    Means: clients don't know which of their permissions the user has left them.
    Fix: add authorization_details as granted to every token response of such a grant.
    """
    rich = rich_requests(authorization_server)
    answer = rich.grant().token
    _holds(rich.good, answer.members.get("authorization_details"), "the token response")


@requirement("RFC9396-8-a")
def test_an_unknown_type_is_refused_with_the_code(authorization_server: AuthorizationServer) -> None:
    """A token request with authorization_details of an unknown type earns invalid_authorization_details.

    Control: a code of the same request is redeemed with the granted authorization_details.
    Means: clients believe that they have narrowed a token which has everything, or has something else.
    Fix: judge authorization_details of token requests as those of authorization requests.
    """
    rich = rich_requests(authorization_server)
    flow = rich.flow
    flow.control_redeem(flow.code_for(rich.request()).with_(**details_parameter(rich.good)).as_control())
    unknown = details_parameter({**rich.good, "type": unguessable("unknown-type-")})
    answer = flow.redeem(flow.code_for(rich.request()).with_("type that nobody knows", **unknown))
    expect(answer).refuses_with(INVALID)


@requirement("RFC9396-9-a")
def test_the_resource_server_learns_what_was_granted(authorization_server: AuthorizationServer) -> None:
    """The access token, or its introspection, has authorization_details with an object of the granted type.

    Control: the grant succeeds.
    Means: the MCP server can't enforce what the user has agreed to.
    Fix: put authorization_details into the JWT, or into the introspection response as a top-level member.
    """
    rich = rich_requests(authorization_server)
    content = token_content(authorization_server, rich.flow, rich.grant().token)
    if content is None:
        raise NotApplicable("the access token is opaque and introspection says nothing about it")
    _holds(rich.good, content.claims.get("authorization_details"), content.source)


def _holds(good: Mapping[str, Any], value: Any, source: str) -> None:
    listed = value if isinstance(value, list) else []
    if not any(isinstance(item, dict) and item.get("type") == good["type"] for item in listed):
        raise Violation(
            f"{source}: the granted authorization_details are missing",
            expected=f"authorization_details with an object of type {good['type']!r}",
            observed=f"authorization_details: {repr(value)[:200]}" if value is not None else "no authorization_details",
        )
