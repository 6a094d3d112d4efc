"""The issuer identifies itself in authorization responses: MCP 2026-07-28, Authorization Response Validation."""

from conformance.catalogue import requirement
from conformance.client.flow import AuthorizationFlow
from conformance.expect import AuthorizationAnswer
from conformance.vocabulary import NotApplicable, Violation


@requirement("MCP-ISS-02")
def test_a_code_comes_with_iss(flow: AuthorizationFlow) -> None:
    """The redirect that brings a code has an iss parameter.

    Means: a client of several authorization servers can't tell whose code it holds (mix-up attack).
    Fix: add iss, the issuer identifier of the metadata, to every authorization response.
    """
    _expect_iss(flow.control(flow.authorization_request()))


@requirement("MCP-ISS-02")
def test_an_error_comes_with_iss(flow: AuthorizationFlow) -> None:
    """The redirect that brings an error has an iss parameter.

    Control: the same request with response_type=code is granted.
    Means: a client of several authorization servers takes another server's error for this one's.
    Fix: add iss, the issuer identifier of the metadata, to error responses too.
    """
    request = flow.authorization_request()
    flow.control(request)
    answer = flow.send(request.with_(response_type="conformance-unsupported"))
    if answer.error is None:
        raise NotApplicable("the server shows this error on a page of its own instead of sending it to the client")
    _expect_iss(answer)


def _expect_iss(answer: AuthorizationAnswer) -> None:
    if not answer.iss:
        raise Violation(
            "the authorization response has no iss", expected="an iss parameter", observed=answer.described()
        )
