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


@requirement("MCP-TOK-10")
def test_only_tokens_for_this_server_are_accepted(resource_server: ResourceServer) -> None:
    """A token that is valid for another resource only gives no access.

    Control: a token of the same server for this resource is accepted.
    Means: any service that a user gives a token to can act on this server in the user's name.
    Fix: accept a token only when its audience is the identifier of this server.
    """
    foreign_token(resource_server).is_refused()


@requirement("MCP-TOK-11")
def test_no_other_token_is_accepted(resource_server: ResourceServer) -> None:
    """A token for another resource is not accepted (whether tokens are passed on is not visible from outside).

    Control: a token of the same server for this resource is accepted.
    Means: tokens wander between services that trust the same authorization server.
    Fix: accept a token only when its audience is the identifier of this server, and get your own for others.
    """
    foreign_token(resource_server).is_refused()


@requirement("MCP-TOK-14")
def test_a_token_that_does_not_name_this_server_is_rejected(resource_server: ResourceServer) -> None:
    """A token whose audience is another resource is rejected.

    Control: a token of the same server for this resource is accepted.
    Means: any service that a user gives a token to can act on this server in the user's name.
    Fix: look for this server's identifier in `aud`, or ask the authorization server whom the token is for.
    """
    foreign_token(resource_server).is_refused()


@requirement("MCP-SBP-09")
def test_a_token_not_issued_for_this_server_is_not_accepted(resource_server: ResourceServer) -> None:
    """Token passthrough starts with accepting a foreign token: one for another resource is refused.

    Control: a token of the same server for this resource is accepted.
    Means: limits and audit of this server are worthless, for its callers come with other services' tokens.
    Fix: accept a token only when its audience is the identifier of this server.
    """
    foreign_token(resource_server).is_refused()


@requirement("OAUTH21-7.1.4-a")
def test_a_token_for_another_resource_server_is_refused(resource_server: ResourceServer) -> None:
    """A request with a token that is meant for another resource server is refused.

    Control: a token of the same server for this resource is accepted.
    Means: one compromised resource server opens all the others.
    Fix: verify for every request that the token was meant for this resource server.
    """
    foreign_token(resource_server).is_refused()


@requirement("OAUTH21-5.2-a")
def test_the_resource_of_the_token_is_checked(resource_server: ResourceServer) -> None:
    """Which resource the token is for is among what is checked before a request is served.

    Control: a token of the same server for this resource is accepted.
    Means: one compromised resource server opens all the others.
    Fix: compare the token's audience with the identifier of this server.
    """
    foreign_token(resource_server).is_refused()


@requirement("RFC9700-2.3-b")
def test_a_token_meant_for_another_server_is_refused(resource_server: ResourceServer) -> None:
    """A resource server refuses a token that is meant for another one.

    Control: a token of the same server for this resource is accepted.
    Means: one compromised resource server opens all the others.
    Fix: verify for every request that the token was meant for this resource server.
    """
    foreign_token(resource_server).is_refused()
