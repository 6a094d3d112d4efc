"""Workloads with a credential of their platform: MCP Workload Identity Federation (SEP-1933)."""

from conformance.catalogue import requirement
from conformance.client.assertions import AssertionGrant, workload_grant
from conformance.client.authorization_server import AuthorizationServer, unguessable
from conformance.client.forged_token import ForeignKey, WrongToken, with_altered_payload, without_signature
from conformance.expect import expect
from conformance.profiles import Params
from conformance.vocabulary import Inconclusive


@requirement("EXTWIF-01")
def test_a_workload_gets_a_token_for_the_mcp_server(authorization_server: AuthorizationServer) -> None:
    """A JWT bearer request with a workload's assertion and resource gives a token.

    Control: where it is refused, the same request without resource gives one.
    Means: workloads can't ask for tokens that their MCP server accepts.
    Fix: accept the JWT bearer grant with resource from workloads of trusted issuers.
    """
    grant = workload_grant(authorization_server)
    asked = {**grant.usual, "resource": grant.flow.resource}
    answer = grant.send(grant.workload(), **asked)
    if not answer.access_token:
        if grant.send(grant.workload(aud=grant.flow.issuer), **asked).access_token:
            raise Inconclusive("the server wants its issuer as audience, not its token endpoint", root="audience")
        grant.control(grant.workload(), **grant.usual)
    expect(answer).issues_token()


@requirement("EXTWIF-03")
def test_an_untrusted_issuer_is_refused(authorization_server: AuthorizationServer) -> None:
    """An assertion that names an issuer which is not trusted earns invalid_grant.

    Control: the same assertion of the trusted issuer gives a token.
    Means: anybody who runs an issuer gets tokens.
    Fix: keep a list of trusted issuers, compare iss with it as a string.
    """
    grant = workload_grant(authorization_server)
    wrong = grant.workload().saying("of an issuer that nobody trusts", iss="https://elsewhere.example").wrong()
    _refused(grant, [wrong])


@requirement("EXTWIF-03")
def test_a_bad_signature_is_refused(authorization_server: AuthorizationServer) -> None:
    """An assertion that is unsigned, altered after signing or signed by another key earns invalid_grant.

    Control: the same assertion signed by the trusted issuer gives a token.
    Means: anybody gets tokens as any workload.
    Fix: verify the signature with the keys of the issuer and a list of asymmetric algorithms.
    """
    grant = workload_grant(authorization_server)
    good = grant.workload().compact()
    foreign = ForeignKey.fresh().signs(good, "signed by another key with the issuer's kid")
    _refused(grant, [without_signature(good), with_altered_payload(good), foreign])


@requirement("EXTWIF-03")
def test_an_expired_credential_is_refused(authorization_server: AuthorizationServer, params: Params) -> None:
    """An assertion whose exp has passed earns invalid_grant.

    Control: a fresh one gives a token.
    Means: a credential that leaked once is good for ever.
    Fix: compare exp with the clock, with a tolerance of a minute at most.
    """
    grant = workload_grant(authorization_server)
    _refused(grant, [grant.workload().expired(params.clock_skew_seconds).wrong()])


@requirement("EXTWIF-03")
def test_a_credential_for_somebody_else_is_refused(authorization_server: AuthorizationServer) -> None:
    """An assertion whose aud is another server earns invalid_grant.

    Control: the same assertion for this server gives a token.
    Means: whoever a workload shows its credential to can use it here.
    Fix: compare aud with the token endpoint and the issuer, as strings.
    """
    grant = workload_grant(authorization_server)
    _refused(grant, [grant.workload().saying("for another server", aud="https://elsewhere.example").wrong()])


@requirement("EXTWIF-03")
def test_an_unknown_workload_is_refused(authorization_server: AuthorizationServer) -> None:
    """An assertion of the trusted issuer for a workload that nobody let in earns invalid_grant.

    Control: the assertion of a workload that was let in gives a token.
    Means: everything that runs on the platform gets tokens.
    Fix: decide by sub (or other claims) which workloads of an issuer may have a token.
    """
    grant = workload_grant(authorization_server)
    unknown = unguessable("unknown-workload-")
    _refused(grant, [grant.workload().saying("of a workload that nobody let in", sub=unknown).wrong()])


def _refused(grant: AssertionGrant, wrong: list[WrongToken]) -> None:
    grant.refused(grant.workload(), wrong, **grant.usual)
