"""Tokens of the same issuer that were made for something else: RFC 8725, section 3.12; MCP, Token Handling."""

from conformance.catalogue import requirement
from conformance.client.forged_token import WrongToken
from conformance.client.granted_token import tokens_of_a_login
from conformance.client.resource_server import ResourceServer
from conformance.client.token_trial import TokenTrial
from conformance.issuer.id_token import id_token, id_token_for_this_server_too
from conformance.issuer.mint import Mint


@requirement("MCP-TOK-05", "MCP-TOK-11")
def test_an_id_token_is_no_access_token(resource_server: ResourceServer, mint: Mint) -> None:
    """An ID token, as the issuer makes it for one of its clients, gives no access.

    Control: an access token of the same issuer for the same user is accepted.
    Means: what every client learns about a login, and every server behind a single sign-on, opens the resource.
    Fix: accept access tokens for this server only: compare typ and aud.
    """
    TokenTrial(resource_server, mint.good()).refusals([id_token(mint)])


@requirement("MCP-TOK-05", "MCP-TOK-11")
def test_the_id_token_of_a_login_is_no_access_token(resource_server: ResourceServer) -> None:
    """The ID token that the authorization server gives with an access token gives no access itself.

    Control: the access token of the same grant is accepted.
    Means: what every client learns about a login opens the resource.
    Fix: accept access tokens for this server only: compare typ and aud.
    """
    resource_server.require_bearer()
    access_token, id_token = tokens_of_a_login(resource_server)
    wrong = WrongToken("that is the ID token of the same login", id_token)
    TokenTrial(resource_server, access_token).refusals([wrong])


@requirement("RFC8725-3.12-a")
def test_no_other_kind_of_token_passes_for_an_access_token(resource_server: ResourceServer, mint: Mint) -> None:
    """An ID token that names this server in aud, beside its client, is refused all the same.

    Control: an access token of the same issuer for the same user is accepted.
    Means: a token that says who logged in, and grants nothing, is taken for a permission.
    Fix: require what only access tokens have: typ at+jwt, client_id and jti, or a scope.
    """
    TokenTrial(resource_server, mint.good()).refusals([id_token_for_this_server_too(mint)])
