"""Resource indicators at the token endpoint, where grants get narrower and never wider: RFC 8707, 2.2."""

from conformance.catalogue import requirement
from conformance.client.authorization_server import AuthorizationServer
from conformance.client.flow import AuthorizationFlow
from conformance.client.requests import FormRequest
from conformance.client.resource_indicators import ResourceIndicators
from conformance.client.token_content import effective_scope
from conformance.expect import TokenAnswer, expect
from conformance.vocabulary import NotApplicable, Violation


@requirement("RFC8707-2.2-a")
def test_a_code_is_redeemed_for_the_named_resource(
    authorization_server: AuthorizationServer, flow: AuthorizationFlow
) -> None:
    """A token request for a code that names its resource gives a token for that resource and no other.

    Control: a code for another resource is redeemed likewise, to know that resource's audience.
    Means: the client gets a token that its resource refuses, or one that is good elsewhere.
    Fix: read resource in token requests of the authorization code grant and set aud by it.
    """
    indicators = ResourceIndicators(authorization_server, flow)
    others = indicators.audience_for(indicators.first)
    indicators.not_meant_for(indicators.grant(indicators.second).token, others, indicators.second)


@requirement("RFC8707-2.2-a")
def test_a_refresh_is_for_the_named_resource(
    authorization_server: AuthorizationServer, flow: AuthorizationFlow
) -> None:
    """A refresh request that names the resource of the grant gives a token for that resource and no other.

    Control: a code for another resource is redeemed, to know that resource's audience.
    Means: after an hour, the client gets a token that its resource refuses.
    Fix: read resource in refresh requests and set aud by it.
    """
    indicators = ResourceIndicators(authorization_server, flow)
    others = indicators.audience_for(indicators.first)
    granted = indicators.grant(indicators.second).token
    refreshed = flow.redeem(_refresh(flow, granted, indicators.second))
    expect(refreshed).issues_token()
    indicators.not_meant_for(refreshed, others, indicators.second)


@requirement("RFC8707-2.2-a")
def test_a_client_credentials_token_is_for_the_named_resource(authorization_server: AuthorizationServer) -> None:
    """A client credentials request that names a resource gives a token for that resource and no other.

    Control: the same request for the first resource gives a token, which shows that resource's audience.
    Means: a machine client gets a token that its resource refuses, or one that is good elsewhere.
    Fix: read resource in client credentials requests and set aud by it.
    """
    flow = authorization_server.machine_flow()
    indicators = ResourceIndicators(authorization_server, flow)
    others = indicators.audience(indicators.machine_token(indicators.first, flow.scope))
    indicators.not_meant_for(indicators.machine_token(indicators.second, None), others, indicators.second)


@requirement("RFC8707-2.2-b")
def test_a_code_is_not_redeemed_for_another_resource(
    authorization_server: AuthorizationServer, flow: AuthorizationFlow
) -> None:
    """A code granted for one resource gives no token for another one.

    Control: a code granted for the other resource gives a token for it, whose audience is compared.
    Means: a client gets access to resources that its user never agreed to.
    Fix: refuse a resource outside of the grant with error=invalid_target.
    """
    indicators = ResourceIndicators(authorization_server, flow)
    outside = indicators.audience_for(indicators.second)
    token_request = flow.token_request(*indicators.granted(indicators.first))
    indicators.not_widened(flow.redeem(token_request.with_(resource=indicators.second)), outside)


@requirement("RFC8707-2.2-c")
def test_a_token_for_one_of_two_granted_resources_is_for_that_one(
    authorization_server: AuthorizationServer, flow: AuthorizationFlow
) -> None:
    """A code for two resources can be redeemed for one of them, and the token is not good for the other.

    Control: a code for the other resource alone gives a token, whose audience is compared.
    Means: clients can't limit what a token is good for, so each one opens everything that was granted.
    Fix: let resource in the token request choose among the resources of the grant.
    """
    indicators = ResourceIndicators(authorization_server, flow)
    others = indicators.audience_for(indicators.second)
    answer = flow.redeem(flow.token_request(*indicators.granted_together()))
    expect(answer).issues_token()
    indicators.not_meant_for(answer, others, indicators.first)


@requirement("RFC8707-2.2-c")
def test_a_refresh_token_keeps_all_granted_resources(
    authorization_server: AuthorizationServer, flow: AuthorizationFlow
) -> None:
    """After a token for one of two granted resources, the refresh token still gives one for the other.

    Control: a code for the other resource alone gives a token, whose audience is compared.
    Means: the second resource that the user agreed to is out of reach until the next login.
    Fix: keep the resources of the whole grant with the refresh token, not those of one access token.
    """
    indicators = ResourceIndicators(authorization_server, flow)
    wanted = indicators.audience_for(indicators.second)
    first = flow.control_redeem(flow.token_request(*indicators.granted_together()))
    answer = flow.redeem(_refresh(flow, first, indicators.second))
    expect(answer).issues_token()
    if indicators.audience(answer).isdisjoint(wanted):
        expected, observed = f"aud {sorted(wanted)!r}", f"aud {sorted(indicators.audience(answer))!r}"
        raise Violation("the token is not for the other resource", expected=expected, observed=observed)


@requirement("RFC8707-2.2-d")
def test_the_scope_of_a_token_fits_its_resource(
    authorization_server: AuthorizationServer, flow: AuthorizationFlow
) -> None:
    """A token for one of two granted resources has no scope that only the other one gives by default.

    Control: each resource is granted alone, to learn its default scope.
    Means: a resource server sees, and can misuse, permissions that concern another one.
    Fix: leave out of the token's scope what its resource does not understand.
    """
    indicators = ResourceIndicators(authorization_server, flow)
    known = [effective_scope(authorization_server, flow, indicators.grant(resource).token)
             for resource in (indicators.first, indicators.second)]  # fmt: skip
    foreign = (known[1] or frozenset()) - (known[0] or frozenset())
    if not foreign:
        raise NotApplicable("the second resource gives no scope by default that the first one does not give too")
    answer = flow.control_redeem(flow.token_request(*indicators.granted_together()))
    scope = effective_scope(authorization_server, flow, answer) or frozenset()
    if scope & foreign:
        raise Violation(
            "the token has scope of another resource",
            expected=f"a scope without {' '.join(sorted(foreign))}",
            observed=f"scope {' '.join(sorted(scope))}",
        )


def _refresh(flow: AuthorizationFlow, granted: TokenAnswer, resource: str) -> FormRequest:
    if granted.refresh_token is None:
        raise NotApplicable("the server gives this client no refresh token")
    return flow.refresh_request(granted.refresh_token).with_(resource=resource).as_control()
