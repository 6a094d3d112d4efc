"""Parameters and URL of the token endpoint, and grants that are gone: OAuth 2.1, 3.1, 3.2 and 10; RFC 9700, 2.4."""

from conformance.catalogue import requirement
from conformance.client.authorization_server import AuthorizationServer, unguessable
from conformance.client.flow import AuthorizationFlow
from conformance.client.published import holding
from conformance.client.requests import form
from conformance.client.token_faults import TokenFaults, expect_error
from conformance.expect import expect
from conformance.vocabulary import Violation

_REFUSED_GRANT = ("unsupported_grant_type", "unauthorized_client", "invalid_request", "invalid_client")


@requirement("OAUTH21-3.2-a")
def test_the_token_endpoint_has_no_fragment(authorization_server: AuthorizationServer) -> None:
    """The URL of the token endpoint has no fragment.

    Means: clients differ in what they do with it, and some can't send their request.
    Fix: name the token endpoint in the metadata without "#".
    """
    _expect_no_fragment(authorization_server, "token_endpoint")


@requirement("OAUTH21-3.1-b")
def test_the_authorization_endpoint_has_no_fragment(authorization_server: AuthorizationServer) -> None:
    """The URL of the authorization endpoint has no fragment.

    Means: the parameters that clients append end up behind the fragment and never reach the server.
    Fix: name the authorization endpoint in the metadata without "#".
    """
    _expect_no_fragment(authorization_server, "authorization_endpoint")


@requirement("OAUTH21-3.2-c")
def test_an_unknown_parameter_of_a_token_request_is_ignored(flow: AuthorizationFlow) -> None:
    """A token request with a parameter that no specification knows gives a token.

    Control: the same request without that parameter gives a token.
    Means: clients that use an extension which the server does not have can't log in.
    Fix: read the parameters that you know and leave the others alone.
    """
    name = unguessable("conformance_").replace("-", "_")
    expect(flow.refused_only_when(lambda good: good.with_(**{name: "1"}))).issues_token()


@requirement("OAUTH21-3.2-c")
def test_an_empty_parameter_of_a_token_request_counts_as_omitted(flow: AuthorizationFlow) -> None:
    """A token request with an empty scope gives a token, as without scope.

    Control: the same request without scope gives a token.
    Means: client libraries that send all their parameters, set or not, can't log in.
    Fix: drop parameters without a value before looking at the request.
    """
    answer = flow.refused_only_when(lambda good: good.with_("an empty scope added", scope=""))
    expect(answer).issues_token()


@requirement("OAUTH21-3.2-c")
def test_an_empty_code_counts_as_omitted(authorization_server: AuthorizationServer, flow: AuthorizationFlow) -> None:
    """A token request with an empty code earns what one without code does: error=invalid_request.

    Control: the same request with its code gives a token.
    Means: a client that lost its code is told that the code was wrong.
    Fix: drop parameters without a value before looking at the request.
    """
    expect_error(TokenFaults(authorization_server, flow).with_value("code", ""), "invalid_request")


@requirement("OAUTH21-3.2-c")
def test_a_repeated_parameter_of_a_token_request_is_refused(
    authorization_server: AuthorizationServer, flow: AuthorizationFlow
) -> None:
    """A token request that has its code twice earns error=invalid_request, even when both are the same.

    Control: the same request with one code gives a token.
    Means: two parts of a system may read two different values out of one request.
    Fix: count the occurrences of each parameter and refuse more than one with invalid_request (resource excepted).
    """
    expect_error(TokenFaults(authorization_server, flow).repeating("code"), "invalid_request")


@requirement("OAUTH21-10-a", "RFC9700-2.4-a")
def test_the_password_grant_is_gone(authorization_server: AuthorizationServer, flow: AuthorizationFlow) -> None:
    """The metadata does not list the password grant, and a request with the user's real password gets no token.

    Control: the code flow of the same client and user gives a token.
    Means: apps go on asking users for the password of their account, and second factors are bypassed.
    Fix: remove the resource owner password credentials grant.
    """
    _judge_password_grant(authorization_server, flow)


@requirement("OAUTH21-10.1-a")
def test_the_implicit_grant_is_gone(authorization_server: AuthorizationServer, flow: AuthorizationFlow) -> None:
    """The metadata lists no response type with a token, and a request for one gets no token.

    Control: the same request for a code is granted.
    Means: tokens travel in URLs, where browser history, logs and scripts can read them.
    Fix: refuse response_type=token with unsupported_response_type and remove it from response_types_supported.
    """
    listed = authorization_server.metadata().value.get("response_types_supported", [])
    implicit = [item for item in listed if isinstance(item, str) and "token" in item.split()]
    if implicit:
        raise Violation("an implicit response type is offered", expected="no token", observed=f"{implicit!r}")
    request = flow.authorization_request()
    flow.control(request)
    expect(flow.send(request.with_(response_type="token"))).grants_no_code()


def _expect_no_fragment(server: AuthorizationServer, name: str) -> None:
    for members in holding(server, name):
        if "#" in members.url(name):
            raise Violation(f"{name} has a fragment", expected="a URL without #", observed=members.url(name))


def _judge_password_grant(server: AuthorizationServer, flow: AuthorizationFlow) -> None:
    if server.supports("grant_types_supported", "password"):
        listed = server.metadata().value["grant_types_supported"]
        raise Violation("the password grant is offered", expected="no password grant", observed=f"{listed!r}")
    flow.grant()
    users = server.context.facts.users
    fields = users[0].fields if users else {}
    # The right password may be refused in any way; invalid_grant for a made-up one says that the grant is served.
    refusals = (*_REFUSED_GRANT, "invalid_grant") if "password" in fields else _REFUSED_GRANT
    password = fields.get("password", unguessable("password-"))
    flow.wire.transcript.secrets.learn("password", password)
    user = fields.get("username", "conformance")
    pairs = [("grant_type", "password"), ("username", user), ("password", password), ("scope", flow.scope)]
    request = flow.authenticated(form(flow.endpoint("token_endpoint"), pairs)).with_("a request of the password grant")
    expect(flow.redeem(request)).refuses_with(*refusals)
