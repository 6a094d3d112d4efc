"""Resource indicators in authorization and token requests: RFC 8707, 2 and 2.1; MCP, Canonical Server URI."""

from urllib.parse import urlunsplit

from conformance.catalogue import requirement
from conformance.client.authorization_server import AuthorizationServer
from conformance.client.flow import AuthorizationFlow
from conformance.client.resource_indicators import ResourceIndicators
from conformance.client.token_content import token_content
from conformance.expect import expect
from conformance.vocabulary import NotApplicable, Violation
from conformance.wire.addresses import split_url


@requirement("RFC8707-2-b")
def test_a_relative_resource_is_not_granted(authorization_server: AuthorizationServer, flow: AuthorizationFlow) -> None:
    """A resource that is no absolute URI, here the path of the real one, gets no code.

    Control: the same request with the real resource is granted; a server that ignores resource is not judged.
    Means: it depends on the server's guess which resource a token is good for.
    Fix: refuse resource values without a scheme with error=invalid_target.
    """
    indicators = ResourceIndicators(authorization_server, flow)
    _expect_not_granted(indicators, split_url(indicators.first).path.rstrip("/") or "/mcp")


@requirement("RFC8707-2-c")
def test_a_resource_with_a_fragment_is_not_granted(
    authorization_server: AuthorizationServer, flow: AuthorizationFlow
) -> None:
    """A resource with a fragment gets no code.

    Control: the same request without the fragment is granted; a server that ignores resource is not judged.
    Means: values that differ only in what servers never see pass as different resources, or are silently merged.
    Fix: refuse resource values that contain "#" with error=invalid_target.
    """
    indicators = ResourceIndicators(authorization_server, flow)
    _expect_not_granted(indicators, f"{indicators.first}#fragment")


@requirement("RFC8707-2.1-c")
def test_an_unknown_resource_is_answered_with_invalid_target(
    authorization_server: AuthorizationServer, flow: AuthorizationFlow
) -> None:
    """An authorization request for a resource that the server can't know is redirected with error=invalid_target.

    Control: the same request for the real resource is granted; a server that ignores resource is not judged.
    Means: a client gets a token for something else than it asked for, or an error that misleads its developer.
    Fix: keep a list of resources, and refuse others with error=invalid_target.
    """
    indicators = ResourceIndicators(authorization_server, flow)
    request = flow.authorization_request(resource=indicators.first)
    flow.control(request)
    unknown = indicators.unknown()
    answer = flow.send(request.with_(resource=unknown))
    if answer.code is None:
        expect(answer).redirects_with(error="invalid_target", state=request.state)
        return
    token = flow.redeem(flow.token_request(request, answer).without("resource"))
    expected = "a redirect with error=invalid_target"
    if indicators.is_for(token, unknown):
        raise Violation("an unknown resource was granted", expected=expected, observed=f"a token with aud {unknown!r}")
    if not indicators.audience_for(indicators.second).isdisjoint(indicators.audience(token)):
        raise NotApplicable("the server takes no notice of resource, and may do so")
    raise Violation("an unknown resource was replaced by another one", expected=expected, observed="a code")


@requirement("RFC8707-2-g")
def test_a_refused_resource_is_answered_with_invalid_target(
    authorization_server: AuthorizationServer, flow: AuthorizationFlow
) -> None:
    """A token request that is refused for its unknown resource is refused with invalid_target.

    Control: another code of the client, redeemed with the real resource, gives a token.
    Means: the client can't tell a wrong resource from a wrong code, and throws the user's login away.
    Fix: answer an unknown, malformed or missing resource with error=invalid_target and status 400.
    """
    indicators = ResourceIndicators(authorization_server, flow)
    unknown = indicators.unknown()
    answer = flow.refused_only_when(lambda good: good.with_(resource=unknown))
    if answer.access_token:
        raise NotApplicable("the token endpoint does not refuse an unknown resource")
    expect(answer).refuses_with("invalid_target")


@requirement("RFC8707-2-e")
def test_a_resource_named_twice_is_no_invalid_request(
    authorization_server: AuthorizationServer, flow: AuthorizationFlow
) -> None:
    """A request in which the resource parameter occurs twice is granted, or refused with invalid_target.

    Control: the same request with one resource parameter is granted.
    Means: resource is the one parameter that may be repeated; the server treats it like the others.
    Fix: exempt resource from the rule that no parameter may be repeated.
    """
    indicators = ResourceIndicators(authorization_server, flow)
    request = flow.authorization_request(resource=indicators.first)
    flow.control(request)
    answer = flow.send(request.repeated("resource"))
    if answer.code is None:
        expect(answer).redirects_with(error="invalid_target", state=request.state)


@requirement("RFC8707-2-e")
def test_two_resources_are_no_invalid_request(
    authorization_server: AuthorizationServer, flow: AuthorizationFlow
) -> None:
    """A request for two different resources is granted, or refused with invalid_target.

    Control: each of the two is granted alone.
    Means: a client that works with two resources has to send its user through login twice.
    Fix: grant the resources together, or answer invalid_target if they must be asked for one at a time.
    """
    indicators = ResourceIndicators(authorization_server, flow)
    indicators.granted(indicators.first)
    indicators.granted(indicators.second)
    request, answer = indicators.ask_for(indicators.first, indicators.second)
    if answer.code is None:
        expect(answer).redirects_with(error="invalid_target", state=request.state)


@requirement("RFC8707-2.1-b")
def test_a_missing_resource_is_answered_with_invalid_target(
    authorization_server: AuthorizationServer, flow: AuthorizationFlow
) -> None:
    """A server that insists on resource says so with error=invalid_target.

    Control: the same request with resource is granted.
    Means: the client can't tell from the error that it has to name a resource.
    Fix: answer authorization requests without resource with error=invalid_target, or use a default resource.
    """
    indicators = ResourceIndicators(authorization_server, flow)
    request = flow.authorization_request(resource=indicators.first)
    flow.control(request)
    answer = flow.send(request.without("resource"))
    if answer.code:
        raise NotApplicable("the server does not require resource")
    expect(answer).redirects_with(error="invalid_target", state=request.state)


@requirement("MCP-RES-06")
def test_a_resource_with_upper_case_origin_is_the_same_resource(
    authorization_server: AuthorizationServer, flow: AuthorizationFlow
) -> None:
    """Scheme and host of resource are compared without regard to case, and the token is for the same audience.

    Control: the same request with the resource as configured is granted.
    Means: clients that don't normalise the MCP server's URI get no token, or one that the MCP server refuses.
    Fix: lower-case scheme and host of resource before comparing it, and issue tokens for the registered form.
    """
    indicators = ResourceIndicators(authorization_server, flow)
    usual = token_content(authorization_server, flow, flow.grant().token)
    parts = split_url(indicators.first)
    shouted = urlunsplit(parts._replace(netloc=parts.netloc.upper())).replace(parts.scheme, parts.scheme.upper(), 1)
    request = flow.authorization_request().with_(resource=shouted)
    answer = flow.send(request)
    expect(answer).grants_code()
    token = flow.redeem(flow.token_request(request, answer))
    expect(token).issues_token()
    content = token_content(authorization_server, flow, token)
    if usual and content and content.audience != usual.audience:
        wanted, got = f"aud {sorted(usual.audience)!r}", f"aud {sorted(content.audience)!r}"
        raise Violation("the token is for another audience", expected=wanted, observed=got)


def _expect_not_granted(indicators: ResourceIndicators, value: str) -> None:
    flow = indicators.flow
    request = flow.authorization_request(resource=indicators.first)
    flow.control(request)
    answer = flow.send(request.with_(resource=value))
    expect(answer).has_no_server_error()
    if answer.code:
        indicators.judged(answer, request, value)
