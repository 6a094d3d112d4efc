"""Tokens for somebody else: MCP, Token Audience Binding; OAuth 2.1, section 7.1.4; RFC 9700, section 2.3.

Judged by acceptance: a token of the same authorization server, of the same client and user, for another resource.
"""

from conformance.catalogue import requirement
from conformance.client.resource_server import ResourceServer
from conformance.issuer.foreign import foreign_token


@requirement("MCP-TOK-06")
def test_a_token_for_another_resource_is_unauthorized(resource_server: ResourceServer) -> None:
    """A token that was issued for another resource is answered 401.

    Control: a token of the same server for this resource is accepted.
    Means: any service that a user gives a token to can act on this server in the user's name.
    Fix: accept a token only when its audience is the identifier of this server.
    """
    foreign_token(resource_server).is_unauthorized()


@requirement(
    "MCP-TOK-10", "MCP-TOK-11", "MCP-TOK-14", "MCP-SBP-09", "OAUTH21-7.1.4-a", "OAUTH21-5.2-a", "RFC9700-2.3-b"
)
def test_only_tokens_for_this_server_are_accepted(resource_server: ResourceServer) -> None:
    """A token that is valid for another resource only gives no access.

    Control: a token of the same server for this resource is accepted.
    Means: any service that a user gives a token to can act on this server in the user's name.
    Fix: accept a token only when its audience is the identifier of this server.
    """
    foreign_token(resource_server).is_refused()
