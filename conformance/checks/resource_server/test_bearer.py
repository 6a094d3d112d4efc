"""The Authorization header: RFC 6750, section 2.1, and OAuth 2.1, section 5.1.1."""

from conformance.catalogue import requirement
from conformance.client.mcp import is_result
from conformance.client.refusal import MALFORMED, REFUSING, refusal_requests
from conformance.client.resource_server import ResourceServer
from conformance.expect import expect
from conformance.vocabulary import Violation


@requirement("RFC6750-2.1-b", "OAUTH21-5.1.1-a")
def test_the_authorization_header_is_supported(resource_server: ResourceServer) -> None:
    """A good token in the Authorization header counts for every kind of message, notifications included.

    Control: the same token is accepted with a request.
    Means: clients do what every standard tells them and are treated as if they had no token.
    Fix: read Authorization: Bearer ... on every request, whatever its body is.
    """
    _expect_token_counts(resource_server)


@requirement("RFC6750-2.1-c")
def test_several_spaces_may_follow_the_scheme(resource_server: ResourceServer) -> None:
    """Scheme and token may be separated by more than one space.

    Control: the same token is accepted after one space.
    Means: clients whose library pads the header are locked out.
    Fix: split at the first space and strip the spaces before the token.
    """
    resource_server.require_bearer()
    token = resource_server.control()
    _expect_accepted(resource_server, f"Bearer  {token}", "two spaces between scheme and token")


@requirement("RFC6750-2.1-c")
def test_the_scheme_may_be_written_in_upper_case(resource_server: ResourceServer) -> None:
    """A token sent as "BEARER" is accepted like one sent as "Bearer".

    Control: the same token is accepted as "Bearer".
    Means: clients that write the scheme in another case, as the grammar lets them, are locked out.
    Fix: compare the name of the scheme without regard to case.
    """
    resource_server.require_bearer()
    token = resource_server.control()
    _expect_accepted(resource_server, f"BEARER {token}", "scheme written as BEARER")


@requirement("RFC6750-2.1-c")
def test_illegal_characters_in_a_token_are_refused(resource_server: ResourceServer) -> None:
    """Credentials that aren't a b64token are answered 400 or 401.

    Control: a good token is accepted.
    Means: a malformed header breaks the server, or a parser further in sees what this one let through.
    Fix: check the token against the grammar and answer 400 with invalid_request, or 401 with invalid_token.
    """
    resource_server.control()
    answer = resource_server.send(refusal_requests(resource_server.mcp.probe())[MALFORMED])
    expect(answer).has_status(400, 401)


@requirement("RFC6750-2.1-c")
def test_a_token_without_scheme_and_space_is_refused(resource_server: ResourceServer) -> None:
    """A good token without a scheme, or without a space after it, is refused.

    Control: the same token is accepted after "Bearer" and a space.
    Means: gateway and server read the header by different rules, and one passes what the other means to stop.
    Fix: split the header at the first space and compare what stands before it with the names of your schemes.
    """
    token = resource_server.control()
    glued = f"{resource_server.presentation.scheme}{token}"
    for what, credentials in (("no scheme", token), ("no space after the scheme", glued)):
        request = resource_server.mcp.probe().with_header("Authorization", credentials, f"sent with {what}")
        expect(resource_server.send(request)).has_status(*REFUSING)


@requirement("OAUTH21-5.1.1-b")
def test_the_case_of_the_scheme_does_not_matter(resource_server: ResourceServer) -> None:
    """A token is accepted under bearer and BEARER as under Bearer.

    Control: the same token is accepted as "Bearer".
    Means: clients that write the scheme in another case are locked out.
    Fix: compare the name of the scheme without regard to case.
    """
    resource_server.require_bearer()
    token = resource_server.control()
    for scheme in ("bearer", "BEARER"):
        _expect_accepted(resource_server, f"{scheme} {token}", f"scheme written as {scheme}")


def _expect_accepted(server: ResourceServer, credentials: str, change: str) -> None:
    answer = server.send(server.mcp.probe().with_header("Authorization", credentials, change))
    if not is_result(answer):
        expected = "the request is processed as with Bearer and one space"
        raise Violation(f"refused: {change}", expected=expected, observed=expect(answer).described())


def _expect_token_counts(server: ResourceServer) -> None:
    token = server.control()
    dialect = server.open_session(token)
    answer = server.send(server.with_token(token, dialect.notification()))
    if answer.status in (401, 403):
        expected = "the token counts for a notification too"
        raise Violation(
            "a good token in the header is not seen", expected=expected, observed=expect(answer).described()
        )
