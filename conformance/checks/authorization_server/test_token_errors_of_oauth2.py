"""How the token endpoint refuses, by RFC 6749, 5.2."""

from conformance.catalogue import requirement
from conformance.client.authorization_server import AuthorizationServer
from conformance.client.flow import AuthorizationFlow
from conformance.client.second_client import SECRET_METHODS
from conformance.client.token_faults import TokenFaults, expect_error, wrong_secret
from conformance.expect import expect


@requirement("RFC6749-5.2-a")
def test_a_request_without_grant_type_is_invalid(
    authorization_server: AuthorizationServer, flow: AuthorizationFlow
) -> None:
    """A token request without grant_type earns 400 with error=invalid_request in JSON.

    Control: the same request with grant_type gives a token.
    Means: client libraries can't tell their user or developer what is wrong.
    Fix: answer with status 400, Content-Type application/json and {"error": "invalid_request"}.
    """
    expect_error(TokenFaults(authorization_server, flow).without("grant_type"), "invalid_request")


@requirement("RFC6749-5.2-a")
def test_a_grant_type_that_nobody_knows_is_unsupported(
    authorization_server: AuthorizationServer, flow: AuthorizationFlow
) -> None:
    """A token request of a grant type that the server does not have earns error=unsupported_grant_type.

    Control: the same request of the authorization code grant gives a token.
    Means: a client that tries a newer grant can't fall back, for it takes the refusal for another fault.
    Fix: answer with status 400, Content-Type application/json and {"error": "unsupported_grant_type"}.
    """
    expect_error(TokenFaults(authorization_server, flow).unknown_grant_type(), "unsupported_grant_type")


@requirement("RFC6749-5.2-a")
def test_a_code_that_nobody_issued_is_an_invalid_grant(
    authorization_server: AuthorizationServer, flow: AuthorizationFlow
) -> None:
    """A code that nobody issued earns error=invalid_grant.

    Control: a code that was issued gives a token.
    Means: clients start a new login at invalid_grant only, so theirs is stuck.
    Fix: answer with status 400, Content-Type application/json and {"error": "invalid_grant"}.
    """
    expect_error(TokenFaults(authorization_server, flow).unknown_code(), "invalid_grant")


@requirement("RFC6749-5.2-a")
def test_a_secret_that_is_wrong_is_an_invalid_client(authorization_server: AuthorizationServer) -> None:
    """A wrong client secret earns error=invalid_client with status 400 or 401.

    Control: the right secret gives a token.
    Means: operators look for an expired login where a secret was mistyped.
    Fix: answer with {"error": "invalid_client"} in JSON, with 401 where the client used the Authorization header.
    """
    expect_error(wrong_secret(authorization_server, *SECRET_METHODS), "invalid_client", statuses=(400, 401))


@requirement("RFC6749-5.2-a")
def test_a_wrong_secret_in_the_header_is_challenged(authorization_server: AuthorizationServer) -> None:
    """A wrong secret through HTTP Basic earns 401 and a WWW-Authenticate challenge of the scheme Basic.

    Control: the right secret gives a token.
    Means: HTTP clients don't recognise that their credentials were refused, and don't ask for others.
    Fix: answer failed Basic authentication with 401 and WWW-Authenticate: Basic realm="...".
    """
    answer = wrong_secret(authorization_server, "client_secret_basic")
    expect(answer).issues_no_token()
    expect(answer).has_status(401)
    expect(answer).challenge("Basic")
