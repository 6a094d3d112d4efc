"""What an ID-JAG is good for: MCP Enterprise-Managed Authorization, 5.1 and 7; ID-JAG, 3.1 and 4.4."""

from conformance.catalogue import requirement
from conformance.client.assertions import AssertionGrant, id_jag_grant
from conformance.client.authorization_server import AuthorizationServer, unguessable
from conformance.client.published import holding
from conformance.client.races import COPIES, judge_single_use
from conformance.client.token_content import audience_of, effective_scope
from conformance.client.transport_security import SecuredEndpoint
from conformance.expect import TokenAnswer, expect
from conformance.vocabulary import NotApplicable, Violation


@requirement("EXTEMA-03")
def test_the_token_is_for_the_resource_of_the_assertion(authorization_server: AuthorizationServer) -> None:
    """ID-JAGs for two resources give tokens whose audiences have nothing in common.

    Control: both give a token; where only one resource is known, its audience is the resource itself.
    Means: what the identity provider allows for one MCP server opens another.
    Fix: make the resource claim of the ID-JAG the audience of the token.
    """
    grant = id_jag_grant(authorization_server)
    resource, second = grant.flow.resource, authorization_server.context.facts.second_resource
    audience = _audience(grant, grant.control(grant.id_jag()))
    if resource in audience and len(audience) == 1:
        if second is None:
            return
    elif second is None:
        raise NotApplicable("the target file names no second_resource, so audiences can't be compared")
    other = _audience(grant, grant.control(grant.id_jag(resource=second, scope=None)))
    if audience & other:
        raise Violation(
            "tokens for two resources share an audience",
            expected="an audience that stands for the resource claim alone",
            observed=f"aud {sorted(audience)!r} and aud {sorted(other)!r}",
        )


@requirement("EXTEMA-03")
def test_the_request_cannot_widen_the_resource(authorization_server: AuthorizationServer) -> None:
    """A resource parameter for another MCP server gives no token for that one.

    Control: the same ID-JAG without the parameter gives a token, and an ID-JAG for the other resource one for that.
    Means: a client helps itself to MCP servers that the identity provider did not allow.
    Fix: refuse a resource parameter that is not in the ID-JAG as invalid_target, or leave it out of the token.
    """
    grant = id_jag_grant(authorization_server)
    second = authorization_server.context.facts.second_resource
    if second is None:
        raise NotApplicable("the target file names no second_resource")
    grant.control(grant.id_jag())
    outside = _audience(grant, grant.control(grant.id_jag(resource=second, scope=None)))
    answer = grant.send(grant.id_jag().saying("for one resource, asked for with another"), resource=second)
    if answer.access_token and _audience(grant, answer) & outside:
        raise Violation(
            "the token is good for a resource that the assertion does not name",
            expected=f"no token for {second}",
            observed=f"aud {sorted(_audience(grant, answer))!r}",
        )


@requirement("EXTEMA-04")
def test_the_request_cannot_widen_the_scope(authorization_server: AuthorizationServer) -> None:
    """A request for more scope than the ID-JAG has gets no more than the ID-JAG has.

    Control: an ID-JAG with the whole scope gives it.
    Means: a client helps itself to permissions that the identity provider did not allow.
    Fix: grant the intersection of the scope claim and the scope parameter.
    """
    grant = id_jag_grant(authorization_server)
    narrow, broad = _scopes(grant)
    grant.control(grant.id_jag(), scope=broad)
    answer = grant.send(grant.id_jag(scope=narrow), scope=broad)
    _has_no_more_than(grant, answer, narrow)


@requirement("EXTEMA-04")
def test_the_request_can_narrow_the_scope(authorization_server: AuthorizationServer) -> None:
    """A request for less scope than the ID-JAG has gets no more than it asks for.

    Control: the same ID-JAG with a request for its whole scope gives a token.
    Means: tokens carry permissions that nobody asked for, and lose more when they leak.
    Fix: grant the intersection of the scope claim and the scope parameter.
    """
    grant = id_jag_grant(authorization_server)
    narrow, broad = _scopes(grant)
    grant.control(grant.id_jag(), scope=broad)
    answer = grant.send(grant.id_jag(), scope=narrow)
    expect(answer).issues_token()
    _has_no_more_than(grant, answer, narrow)


@requirement("EXTEMA-08")
def test_an_id_jag_is_good_once(authorization_server: AuthorizationServer) -> None:
    """An ID-JAG that gave a token earns invalid_grant when it comes again.

    Control: its first use, and another ID-JAG after it, give tokens.
    Means: who finds an ID-JAG in a log gets a token of the user.
    Fix: remember jti with iss until exp, and refuse what is remembered.
    """
    grant = id_jag_grant(authorization_server)
    assertion = grant.id_jag()
    grant.control(assertion)
    again = grant.request(assertion.compact()).with_("the same ID-JAG a second time")
    answer = grant.flow.redeem(again)
    grant.control(grant.id_jag())
    expect(answer).refuses_with("invalid_grant")


@requirement("EXTEMA-08")
def test_an_id_jag_is_good_once_in_a_race(authorization_server: AuthorizationServer) -> None:
    """Of several simultaneous requests with one ID-JAG one is granted.

    Control: one of them is.
    Means: whoever is fast enough uses a stolen ID-JAG beside its owner.
    Fix: remember jti in one atomic step with the look-up, such as an INSERT under a unique key.
    """
    grant = id_jag_grant(authorization_server)
    request = grant.request(grant.id_jag().compact())
    judge_single_use(grant.flow.wire, [request] * COPIES, "ID-JAG")


@requirement("EXTEMA-09")
def test_an_unknown_resource_is_refused(authorization_server: AuthorizationServer) -> None:
    """An ID-JAG for a resource that this server does not know earns invalid_grant.

    Control: the same ID-JAG for the target's resource gives a token.
    Means: tokens are issued for servers that nobody registered here.
    Fix: compare the resource claim with the registered MCP servers.
    """
    grant = id_jag_grant(authorization_server)
    unknown = f"https://{unguessable('unknown-').lower().replace('_', '-').strip('-')}.example/mcp"
    good = grant.id_jag()
    grant.refused(good, [good.saying("for a resource that nobody knows", resource=unknown).wrong()])


@requirement("EXTEMA-12")
def test_no_refresh_token_comes_with_an_id_jag(authorization_server: AuthorizationServer) -> None:
    """The answer to an ID-JAG has no refresh_token.

    Control: it has an access_token.
    Means: access goes on after the identity provider has ended it.
    Fix: issue no refresh token for the JWT bearer grant; clients get a new ID-JAG instead.
    """
    grant = id_jag_grant(authorization_server)
    answer = grant.control(grant.id_jag())
    if answer.refresh_token:
        raise Violation("a refresh token was issued", expected="no refresh_token", observed=answer.described())


@requirement("EXTEMA-14")
def test_id_jags_travel_over_tls(authorization_server: AuthorizationServer) -> None:
    """The token endpoint, where ID-JAGs go and access tokens come from, is https and completes a TLS handshake.

    Control: an ID-JAG gives a token there.
    Means: whoever sits on the way reads an ID-JAG or a token, and either will do to be the user.
    Fix: serve the token endpoint by https alone.
    """
    grant = id_jag_grant(authorization_server)
    grant.control(grant.id_jag())
    for members in holding(authorization_server, "token_endpoint"):
        url = members.url("token_endpoint")
        SecuredEndpoint(authorization_server.context, url, "the token endpoint").session()


def _audience(grant: AssertionGrant, answer: TokenAnswer) -> frozenset[str]:
    audience = audience_of(grant.server, grant.flow, answer)
    if not audience:
        raise Violation("the access token has no audience", expected="aud with the MCP server", observed="no aud")
    return audience


def _scopes(grant: AssertionGrant) -> tuple[str, str]:
    """A narrow scope and a broader one with it. Raises NotApplicable."""
    narrow, broad = grant.server.context.facts.narrow_scope, grant.flow.scope
    if not narrow or not broad or not set(narrow.split()) < set(broad.split()):
        raise NotApplicable("the target file gives no narrow_scope that is part of scope")
    return narrow, broad


def _has_no_more_than(grant: AssertionGrant, answer: TokenAnswer, scope: str) -> None:
    if not answer.access_token:
        expect(answer).refuses_with("invalid_scope", "invalid_grant")
        return
    granted = effective_scope(grant.server, grant.flow, answer)
    if granted is None:
        raise NotApplicable("nothing says which scope the token has")
    if not granted <= set(scope.split()):
        raise Violation(
            "the token has more scope than it may have",
            expected=f"scope {scope!r} at most",
            observed=f"scope {' '.join(sorted(granted))!r}",
        )
