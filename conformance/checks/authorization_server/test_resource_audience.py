"""Whom a token is for: RFC 8707, 2 and 2.1; RFC 6750, 5.3; RFC 9728, 7.4; MCP, Canonical Server URI."""

from conformance.catalogue import requirement
from conformance.client.authorization_server import AuthorizationServer
from conformance.client.flow import AuthorizationFlow
from conformance.client.resource_indicators import ResourceIndicators
from conformance.vocabulary import NotApplicable, Violation


@requirement("RFC8707-2-h")
def test_a_token_has_an_audience(authorization_server: AuthorizationServer, flow: AuthorizationFlow) -> None:
    """A token that was asked for with resource has an audience; which string stands for the resource is free.

    Means: any resource server of this issuer takes the token, so a malicious one can use it at the others.
    Fix: put the requested resource, or the identifier it maps to, into aud.
    """
    indicators = ResourceIndicators(authorization_server, flow)
    request = flow.authorization_request(resource=indicators.first)
    indicators.not_meant_for(flow.grant(request).token, (), indicators.first)


@requirement("RFC8707-2-h", "RFC9728-7.4-a")
def test_tokens_for_two_resources_have_different_audiences(
    authorization_server: AuthorizationServer, flow: AuthorizationFlow
) -> None:
    """A token for one resource and a token for another one have no audience in common.

    Control: both tokens are issued.
    Means: a token that leaks at one resource opens the other one.
    Fix: let aud follow the resource parameter, one token for one resource.
    """
    _expect_apart(ResourceIndicators(authorization_server, flow))


@requirement("RFC6750-5.3-d", "OAUTH21-7.1.3.6-a", "RFC9700-2.3-a")
def test_a_bearer_token_is_restricted_to_an_audience(
    authorization_server: AuthorizationServer, flow: AuthorizationFlow
) -> None:
    """A bearer token names the resource server that it is for, and not a second one that is known too.

    Control: the tokens are issued.
    Means: a token that leaks at one resource server opens all the others.
    Fix: put the resource server into aud, and make resource servers refuse other audiences.
    """
    ResourceIndicators(authorization_server, flow).judge_restricted()


@requirement("RFC8707-2.1-d")
def test_a_resource_holds_for_the_whole_grant(
    authorization_server: AuthorizationServer, flow: AuthorizationFlow
) -> None:
    """A code that was granted for a resource is redeemed, without naming it again, for a token for that resource.

    Control: the same with resource in the token request too gives the audience to compare with.
    Means: clients that name the resource only once get tokens that their resource refuses.
    Fix: keep the resource with the code and use it when the token request names none.
    """
    indicators = ResourceIndicators(authorization_server, flow)
    resource = indicators.second if indicators.has_second else indicators.first
    expected = indicators.audience_for(resource)
    token_request = flow.token_request(*indicators.granted(resource)).without("resource")
    audience = indicators.audience(flow.control_redeem(token_request))
    if audience != expected:
        raise Violation(
            "the token is for another audience than the grant",
            expected=f"aud {sorted(expected)!r}",
            observed=f"aud {sorted(audience)!r}",
        )


@requirement("MCP-RES-07")
def test_the_audience_is_written_like_the_resource(
    authorization_server: AuthorizationServer, flow: AuthorizationFlow
) -> None:
    """The audience of a token and the resource that was asked for don't differ in a trailing slash alone.

    Control: the tokens are issued.
    Means: an MCP server that compares strings, as it should, refuses the token.
    Fix: keep resource identifiers as strings; never let a URL library write them anew.
    """
    indicators = ResourceIndicators(authorization_server, flow)
    known = [indicators.first, *([indicators.second] if indicators.has_second else [])]
    mapped = True
    for resource in known:
        audience = indicators.audience_for(resource)
        other_form = resource.rstrip("/") if resource.endswith("/") else f"{resource}/"
        if other_form in audience:
            raise Violation(
                "a trailing slash makes the difference between resource and aud",
                expected=f"aud {resource!r}",
                observed=f"aud {sorted(audience)!r}",
            )
        mapped = mapped and resource not in audience
    if mapped:
        raise NotApplicable("the server maps resources to identifiers of its own, so there is nothing to compare")


def _expect_apart(indicators: ResourceIndicators) -> None:
    first = indicators.audience_for(indicators.first)
    indicators.not_meant_for(indicators.grant(indicators.second).token, first, indicators.second)
