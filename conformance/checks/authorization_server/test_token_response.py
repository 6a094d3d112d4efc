"""Successful token responses: OAuth 2.1, 1.4.1, 3.2.3 and 7.1.3; RFC 6749, 5.1; RFC 9700, 2.3."""

from conformance.catalogue import requirement
from conformance.client.authorization_server import AuthorizationServer
from conformance.client.flow import AuthorizationFlow
from conformance.client.token_content import lifetimes
from conformance.client.uncacheable import expect_directive, machine_token, refreshed
from conformance.expect import expect
from conformance.profiles import Params
from conformance.vocabulary import Inconclusive, NotApplicable, Violation


@requirement("OAUTH21-3.2.3-a")
def test_a_token_response_has_its_required_form(flow: AuthorizationFlow) -> None:
    """A code is answered with 200, application/json, and access_token and token_type as strings.

    Means: client libraries can't find the token, though it was issued.
    Fix: answer with status 200, Content-Type application/json and a JSON object with access_token and token_type.
    """
    answer = flow.redeem(flow.code_for())
    if answer.error is not None or answer.status >= 400:
        raise Inconclusive(f"the token request was refused: {answer.status} {answer.error}", root="token")
    expect(answer).has_status(200)
    expect(answer).has_media_type("application/json")
    for name in ("access_token", "token_type"):
        value = answer.members.get(name)
        if not isinstance(value, str) or not value:
            seen = "missing" if name not in answer.members else f"a {type(value).__name__}"
            raise Violation(f"no {name} in the token response", expected=f"{name} as a string", observed=seen)


@requirement("OAUTH21-3.2.3-b")
def test_expires_in_is_a_number(flow: AuthorizationFlow) -> None:
    """expires_in of a token response is a JSON number above zero.

    Means: strictly typed clients refuse the response, others never refresh their token in time.
    Fix: send expires_in as a number of seconds, without quotes.
    """
    answer = flow.grant().token
    if "expires_in" not in answer.members:
        raise NotApplicable("the response has no expires_in, and the lifetime may be documented elsewhere")
    if not (answer.expires_in or 0) > 0:
        raise Violation(
            "expires_in is no lifetime",
            expected="expires_in as a JSON number of seconds",
            observed=f"expires_in: {answer.members['expires_in']!r}",
        )


@requirement("OAUTH21-3.2.3-d")
def test_a_token_for_a_code_is_not_stored(flow: AuthorizationFlow) -> None:
    """The response that brings a token for a code has Cache-Control: no-store.

    Control: the token is issued.
    Means: caches and browsers keep the token on disk.
    Fix: send Cache-Control: no-store with every answer of the token endpoint.
    """
    expect_directive(flow.grant().token, "Cache-Control", "no-store")


@requirement("OAUTH21-3.2.3-d")
def test_a_token_for_a_refresh_is_not_stored(flow: AuthorizationFlow) -> None:
    """The response that brings a token for a refresh token has Cache-Control: no-store.

    Control: the token is issued.
    Means: caches and browsers keep the token on disk.
    Fix: send Cache-Control: no-store with every answer of the token endpoint.
    """
    expect_directive(refreshed(flow), "Cache-Control", "no-store")


@requirement("OAUTH21-3.2.3-d")
def test_a_token_for_a_machine_is_not_stored(authorization_server: AuthorizationServer) -> None:
    """The response of the client credentials grant has Cache-Control: no-store.

    Control: the token is issued.
    Means: caches keep the token on disk.
    Fix: send Cache-Control: no-store with every answer of the token endpoint.
    """
    expect_directive(machine_token(authorization_server), "Cache-Control", "no-store")


@requirement("RFC6749-5.1-a")
def test_a_token_response_has_both_cache_headers(flow: AuthorizationFlow) -> None:
    """The response that brings a token has Cache-Control: no-store and Pragma: no-cache.

    Control: the token is issued.
    Means: caches, old ones included, keep the token on disk.
    Fix: send Cache-Control: no-store and Pragma: no-cache with every answer of the token endpoint.
    """
    answer = flow.grant().token
    expect_directive(answer, "Cache-Control", "no-store")
    expect_directive(answer, "Pragma", "no-cache")


@requirement("OAUTH21-1.4.1-b")
def test_without_scope_there_is_a_default_or_invalid_scope(flow: AuthorizationFlow) -> None:
    """An authorization request without scope is granted, or refused with error=invalid_scope.

    Control: the same request with scope is granted.
    Means: clients that leave the scope to the server can't log in, and are not told what to add.
    Fix: use a default scope, and document it, or answer with error=invalid_scope.
    """
    request = flow.authorization_request()
    flow.control(request)
    answer = flow.send(request.without("scope"))
    if answer.code is None:
        expect(answer).redirects_with(error="invalid_scope", state=request.state)


@requirement("OAUTH21-7.1.3.5-a")
def test_a_token_is_short_lived(
    authorization_server: AuthorizationServer, flow: AuthorizationFlow, params: Params
) -> None:
    """An access token lives no longer than the profile allows (access_token_max_seconds).

    Means: a token that leaks stays useful to the thief.
    Fix: shorten the access token's lifetime and rely on refresh tokens.
    """
    stated = lifetimes(authorization_server, flow, flow.grant().token)
    if not stated:
        raise NotApplicable("neither the token nor its answer nor introspection says how long the token lives")
    source, longest = max(stated.items(), key=lambda item: item[1])
    if longest > params.access_token_max_seconds:
        raise Violation(
            f"the access token lives for {longest:.0f} seconds",
            expected=f"at most {params.access_token_max_seconds} seconds",
            observed=f"{longest:.0f} seconds by {source}",
        )
