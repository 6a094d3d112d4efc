"""How authorization requests are read: OAuth 2.1, 3.1 and 4.1.1; RFC 6749, 3.1; RFC 9700, 2.6."""

from conformance.catalogue import requirement
from conformance.client.authorization_server import AuthorizationServer, unguessable
from conformance.client.flow import AuthorizationFlow
from conformance.client.preflight import judge_no_cross_origin_access
from conformance.client.stranger import where_a_stranger_ends
from conformance.client.wrong_password import judge_wrong_password
from conformance.expect import AuthorizationAnswer, expect
from conformance.vocabulary import NotApplicable, Violation

_UNTRUSTED = ("client_id", "redirect_uri")
_OTHERS = ("state", "scope", "response_type", "code_challenge")


@requirement("OAUTH21-3.1-a")
def test_a_browser_without_login_gets_no_code(
    authorization_server: AuthorizationServer, flow: AuthorizationFlow
) -> None:
    """A browser that was never here ends at a page of the server, not at the client with a code.

    Control: the same request by the user is granted.
    Means: anybody gets into somebody's account.
    Fix: authenticate the user before granting anything.
    """
    if any(user.kind == "auto" for user in authorization_server.context.facts.users[:1]):
        raise NotApplicable("the target file says that the server knows its user at once (user_agent.kind auto)")
    request = flow.authorization_request()
    flow.control(request)
    target = where_a_stranger_ends(flow.wire, flow.authorization_request().as_get())
    if target.startswith(flow.client.redirect_uri) and "code=" in target:
        raise Violation("a code was granted without login", expected="a login page", observed="a redirect with a code")


@requirement("OAUTH21-3.1-a")
def test_a_wrong_password_is_no_login(authorization_server: AuthorizationServer) -> None:
    """A password that is wrong in its last character leads to no code.

    Control: the right one, typed in a browser that was never here either, leads to a code.
    Means: whoever knows a user's name gets into the account.
    Fix: compare the whole password with the stored hash before the session becomes the user's.
    """
    judge_wrong_password(authorization_server)


@requirement("OAUTH21-3.1-d", "RFC6749-3.1-a")
def test_an_unknown_parameter_is_ignored(flow: AuthorizationFlow) -> None:
    """An authorization request with a parameter that no specification knows is granted.

    Control: the same request without that parameter is granted.
    Means: clients that use an extension which the server does not have can't log in.
    Fix: read the parameters that you know and leave the others alone.
    """
    expect(_with_unknown_parameter(flow)).grants_code()


@requirement("OAUTH21-3.1-e")
def test_client_and_redirect_uri_are_named_once(flow: AuthorizationFlow) -> None:
    """An authorization request with two client_id or two redirect_uri gets no code, even when both are the same.

    Control: the same request with one of each is granted.
    Means: the check may look at one value and the redirect at the other.
    Fix: count the occurrences of each parameter and refuse more than one (resource excepted).
    """
    _judge_repeated(flow, _UNTRUSTED)


@requirement("OAUTH21-3.1-e")
def test_no_parameter_is_repeated(flow: AuthorizationFlow) -> None:
    """An authorization request that repeats state, scope, response_type or code_challenge gets no code.

    Control: the same request with one of each is granted.
    Means: two parts of a system may read two different values out of one request.
    Fix: count the occurrences of each parameter and refuse more than one with invalid_request (resource excepted).
    """
    _judge_repeated(flow, _OTHERS)


@requirement("OAUTH21-3.1-f", "RFC6749-3.1-a")
def test_an_empty_scope_counts_as_omitted(flow: AuthorizationFlow) -> None:
    """An authorization request with an empty scope ends like the same request without scope.

    Control: the same request with its usual scope is granted.
    Means: client libraries that send all their parameters, set or not, can't log in.
    Fix: drop parameters without a value before looking at the request.
    """
    _judge_empty_scope(flow)


@requirement("OAUTH21-3.1-g", "RFC9700-2.6-c")
def test_scripts_have_no_access_to_the_authorization_endpoint(flow: AuthorizationFlow) -> None:
    """The answer to an authorization request from another origin lets no script read it, and no preflight succeeds.

    Control: the same request is granted in a browser.
    Means: a script on any site can read pages and codes of a user who is logged in.
    Fix: send no Access-Control-Allow-Origin at the authorization endpoint.
    """
    judge_no_cross_origin_access(flow)


@requirement("OAUTH21-4.1.1-a")
def test_a_missing_response_type_is_an_error(flow: AuthorizationFlow) -> None:
    """An authorization request without response_type earns an error at the redirect URI.

    Control: the same request with response_type=code is granted.
    Means: the client waits for an answer that does not come, or gets one that it did not ask for.
    Fix: redirect with error=invalid_request.
    """
    request = flow.authorization_request()
    flow.control(request)
    answer = flow.send(request.without("response_type"))
    expect(answer).redirects_with(error=("invalid_request", "unsupported_response_type"))


@requirement("OAUTH21-4.1.1-a")
def test_an_unknown_response_type_is_unsupported(flow: AuthorizationFlow) -> None:
    """An authorization request with a response_type that nobody knows earns an error at the redirect URI.

    Control: the same request with response_type=code is granted.
    Means: the client waits for an answer that does not come, or gets one that it did not ask for.
    Fix: redirect with error=unsupported_response_type.
    """
    request = flow.authorization_request()
    flow.control(request)
    answer = flow.send(request.with_(response_type="conformance-unsupported"))
    expect(answer).redirects_with(error=("unsupported_response_type", "invalid_request"))


@requirement("RFC6749-3.1-a")
def test_parameters_occur_once(flow: AuthorizationFlow) -> None:
    """An authorization request that has one of its parameters twice gets no code.

    Control: the same request with one of each is granted.
    Means: two parts of a system may read two different values out of one request.
    Fix: count the occurrences of each parameter and refuse more than one with invalid_request (resource excepted).
    """
    _judge_repeated(flow, (*_UNTRUSTED, *_OTHERS))


def _with_unknown_parameter(flow: AuthorizationFlow) -> AuthorizationAnswer:
    request = flow.authorization_request()
    flow.control(request)
    name = unguessable("conformance_").replace("-", "_")
    return flow.send(flow.authorization_request().with_(**{name: "1"}))


def _judge_repeated(flow: AuthorizationFlow, names: tuple[str, ...]) -> None:
    flow.control(flow.authorization_request())
    for name in names:
        request = flow.authorization_request()
        if request.get(name) is not None:
            answer = flow.send(request.repeated(name))
            expect(answer).grants_no_code()
            expect(answer).has_no_server_error()


def _judge_empty_scope(flow: AuthorizationFlow) -> None:
    flow.control(flow.authorization_request())
    omitted = flow.send(flow.authorization_request().without("scope"))
    answer = flow.send(flow.authorization_request().without("scope").as_control().with_(scope=""))
    if (answer.code is None) != (omitted.code is None) or answer.error != omitted.error:
        raise Violation(
            "an empty scope is not treated like none",
            expected=f"as without scope: {omitted.described().split(' with ')[0]}, error={omitted.error}",
            observed=answer.described(),
        )
