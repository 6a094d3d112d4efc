"""The JWT bearer grant: RFC 7523, 3.1."""

from conformance.catalogue import requirement
from conformance.client.assertions import Assertion, AssertionGrant, id_jag_grant, workload_grant
from conformance.client.authorization_server import AuthorizationServer
from conformance.client.forged_token import WrongToken
from conformance.profiles import Params
from conformance.vocabulary import NotApplicable


@requirement("RFC7523-3.1-a")
def test_an_assertion_that_is_no_jwt_is_an_invalid_grant(authorization_server: AuthorizationServer) -> None:
    """A JWT bearer request whose assertion is a word earns invalid_grant.

    Control: the same request with a good assertion gives a token.
    Means: clients can't tell a bad assertion from a bad request, and don't fetch a new one.
    Fix: answer every assertion that is not valid with invalid_grant, status 400.
    """
    grant, good = _good(authorization_server)
    grant.refused(good, [WrongToken("that is no JWT", "conformance")])


@requirement("RFC7523-3.1-a")
def test_an_expired_assertion_is_an_invalid_grant(authorization_server: AuthorizationServer, params: Params) -> None:
    """A JWT bearer request with an expired assertion earns invalid_grant.

    Control: the same request with a good assertion gives a token.
    Means: an assertion that leaked once is good for ever, or clients don't learn that they need a new one.
    Fix: compare exp with the clock and answer invalid_grant.
    """
    grant, good = _good(authorization_server)
    grant.refused(good, [good.expired(params.clock_skew_seconds).wrong()])


def _good(server: AuthorizationServer) -> tuple[AssertionGrant, Assertion]:
    """A grant by assertions and a good one for it: an ID-JAG, where there is no client for that a workload's."""
    try:
        grant = id_jag_grant(server)
    except NotApplicable:
        grant = workload_grant(server)
        return grant, grant.workload()
    return grant, grant.id_jag()
