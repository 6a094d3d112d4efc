"""How the token endpoint refuses: OAuth 2.1, 3.2.4; RFC 6749, 5.2."""

import re

from conformance.catalogue import requirement
from conformance.client.authorization_server import AuthorizationServer
from conformance.client.flow import AuthorizationFlow
from conformance.client.second_client import SECRET_METHODS
from conformance.client.token_faults import (
    TokenFaults,
    expect_error,
    foreign_grant,
    two_methods,
    unknown_scope,
    wrong_secret,
)
from conformance.expect import TokenAnswer, expect
from conformance.vocabulary import Inconclusive, NotApplicable, Violation

_WORDS = re.compile(r"[\x20-\x21\x23-\x5b\x5d-\x7e]*")
_URI_CHARACTERS = re.compile(r"[\x21\x23-\x5b\x5d-\x7e]*")


@requirement("OAUTH21-3.2.4-a", "RFC6749-5.2-a")
def test_a_missing_grant_type_is_an_invalid_request(
    authorization_server: AuthorizationServer, flow: AuthorizationFlow
) -> None:
    """A token request without grant_type earns 400 with error=invalid_request in JSON.

    Control: the same request with grant_type gives a token.
    Means: client libraries can't tell their user or developer what is wrong.
    Fix: answer with status 400, Content-Type application/json and {"error": "invalid_request"}.
    """
    expect_error(TokenFaults(authorization_server, flow).without("grant_type"), "invalid_request")


@requirement("OAUTH21-3.2.4-a", "RFC6749-5.2-a")
def test_an_unknown_grant_type_is_unsupported(
    authorization_server: AuthorizationServer, flow: AuthorizationFlow
) -> None:
    """A token request of a grant type that the server does not have earns error=unsupported_grant_type.

    Control: the same request of the authorization code grant gives a token.
    Means: a client that tries a newer grant can't fall back, for it takes the refusal for another fault.
    Fix: answer with status 400, Content-Type application/json and {"error": "unsupported_grant_type"}.
    """
    expect_error(TokenFaults(authorization_server, flow).unknown_grant_type(), "unsupported_grant_type")


@requirement("OAUTH21-3.2.4-a")
def test_a_missing_code_is_an_invalid_request(
    authorization_server: AuthorizationServer, flow: AuthorizationFlow
) -> None:
    """A token request of the code grant without code earns error=invalid_request.

    Control: the same request with its code gives a token.
    Means: client libraries start a new login where their request has to be mended.
    Fix: answer with status 400, Content-Type application/json and {"error": "invalid_request"}.
    """
    expect_error(TokenFaults(authorization_server, flow).without("code"), "invalid_request")


@requirement("OAUTH21-3.2.4-a", "RFC6749-5.2-a")
def test_an_unknown_code_is_an_invalid_grant(
    authorization_server: AuthorizationServer, flow: AuthorizationFlow
) -> None:
    """A code that nobody issued earns error=invalid_grant.

    Control: a code that was issued gives a token.
    Means: clients start a new login at invalid_grant only, so theirs is stuck.
    Fix: answer with status 400, Content-Type application/json and {"error": "invalid_grant"}.
    """
    expect_error(TokenFaults(authorization_server, flow).unknown_code(), "invalid_grant")


@requirement("OAUTH21-3.2.4-a")
def test_an_unknown_refresh_token_is_an_invalid_grant(
    authorization_server: AuthorizationServer, flow: AuthorizationFlow
) -> None:
    """A refresh token that nobody issued earns error=invalid_grant.

    Control: a refresh token that was issued gives a token.
    Means: clients start a new login at invalid_grant only; with any other error the user is stuck.
    Fix: answer with status 400, Content-Type application/json and {"error": "invalid_grant"}.
    """
    expect_error(TokenFaults(authorization_server, flow).unknown_refresh_token(), "invalid_grant")


@requirement("OAUTH21-3.2.4-a", "RFC6749-5.2-a")
def test_a_wrong_secret_is_an_invalid_client(authorization_server: AuthorizationServer) -> None:
    """A wrong client secret earns error=invalid_client with status 400 or 401.

    Control: the right secret gives a token.
    Means: operators look for an expired login where a secret was mistyped.
    Fix: answer with {"error": "invalid_client"} in JSON, with 401 where the client used the Authorization header.
    """
    expect_error(wrong_secret(authorization_server, *SECRET_METHODS), "invalid_client", statuses=(400, 401))


@requirement("OAUTH21-3.2.4-a")
def test_two_authentication_methods_are_an_invalid_request(authorization_server: AuthorizationServer) -> None:
    """A client that sends its secret in the header and in the body gets no token but error=invalid_request.

    Control: each secret alone gives a token, by the method that the client is registered with.
    Means: two parts of a system may read two different clients out of one request, a way to pose as another.
    Fix: count the methods that a request uses and refuse more than one with invalid_request.
    """
    expect_error(two_methods(authorization_server), "invalid_request", "invalid_client", statuses=(400, 401))


@requirement("OAUTH21-3.2.4-a")
def test_a_grant_of_other_clients_is_unauthorized(authorization_server: AuthorizationServer) -> None:
    """A client that is not registered for a grant of the server is refused with error=unauthorized_client.

    Control: a client that is registered for it gets a token.
    Means: the client's developer looks for a mistake in the secret instead of the registration.
    Fix: answer with status 400, Content-Type application/json and {"error": "unauthorized_client"}.
    """
    expect_error(foreign_grant(authorization_server), "unauthorized_client")


@requirement("OAUTH21-3.2.4-a")
def test_an_unknown_scope_is_invalid(authorization_server: AuthorizationServer) -> None:
    """A client credentials request for an unknown scope, if it is refused, is refused with error=invalid_scope.

    Control: the same request with the usual scope gives a token.
    Means: a client can't tell that asking for less would help.
    Fix: answer with status 400, Content-Type application/json and {"error": "invalid_scope"}.
    """
    expect_error(unknown_scope(authorization_server), "invalid_scope")


@requirement("OAUTH21-3.2.4-b", "RFC6749-5.2-a")
def test_failed_basic_authentication_is_challenged(authorization_server: AuthorizationServer) -> None:
    """A wrong secret through HTTP Basic earns 401 and a WWW-Authenticate challenge of the scheme Basic.

    Control: the right secret gives a token.
    Means: HTTP clients don't recognise that their credentials were refused, and don't ask for others.
    Fix: answer failed Basic authentication with 401 and WWW-Authenticate: Basic realm="...".
    """
    answer = wrong_secret(authorization_server, "client_secret_basic")
    expect(answer).issues_no_token()
    expect(answer).has_status(401)
    expect(answer).challenge("Basic")


@requirement("OAUTH21-3.2.4-c")
def test_errors_hold_only_characters_that_they_may(
    authorization_server: AuthorizationServer, flow: AuthorizationFlow
) -> None:
    """error, error_description and error_uri of a refusal keep to their characters, even when the request does not.

    Control: the same request of the authorization code grant gives a token.
    Means: what an attacker sends comes back in logs and consoles, and clients stumble over it.
    Fix: leave out of error_description what is not in %x20-21 / %x23-5B / %x5D-7E, above all what came in the request.
    """
    answer = TokenFaults(authorization_server, flow).with_value("grant_type", 'urn:"odd"\\\u00e9\nfault')
    _expect_clean(answer)


@requirement("OAUTH21-3.2.4-c")
def test_errors_do_not_repeat_odd_parameter_names(flow: AuthorizationFlow) -> None:
    """A refusal for a parameter that is sent twice holds none of the odd characters of that parameter's name.

    Control: the same request without that parameter gives a token.
    Means: what an attacker sends comes back in logs and consoles, and clients stumble over it.
    Fix: leave out of error_description what is not in %x20-21 / %x23-5B / %x5D-7E, above all what came in the request.
    """
    odd = 'odd"\\\u00e9'
    answer = flow.refused_only_when(lambda good: good.repeated(odd, "1").repeated(odd, "2"))
    if answer.access_token:
        raise NotApplicable("the server ignores a repeated parameter that it does not know")
    _expect_clean(answer)


def _expect_clean(answer: TokenAnswer) -> None:
    if not isinstance(answer.members.get("error"), str):
        raise Inconclusive(f"there is no error to look at, but {answer.described()}", root="token")
    for name, allowed in (("error", _WORDS), ("error_description", _WORDS), ("error_uri", _URI_CHARACTERS)):
        value = answer.members.get(name, "")
        if not isinstance(value, str) or not allowed.fullmatch(value):
            raise Violation(
                f"{name} holds characters that it must not",
                expected=f"{name} of the characters {allowed.pattern.rstrip('*')}",
                observed=f"{name}: {value!r}",
            )
