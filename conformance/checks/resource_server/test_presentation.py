"""Other ways to present a token: RFC 6750, sections 2.2, 2.3, 3.1 and 5.2; OAuth 2.1, section 5.1; MCP."""

from urllib.parse import urlencode

from conformance.catalogue import requirement
from conformance.client.mcp import is_result
from conformance.client.resource_server import ResourceServer
from conformance.expect import expect
from conformance.vocabulary import NotApplicable, Violation
from conformance.wire import HttpRequest, Response

_REFUSED = (400, 401, 403)


@requirement("MCP-TOK-04")
def test_a_token_in_the_query_gives_no_access(resource_server: ResourceServer) -> None:
    """A good token that is only in the query string is as good as none: 401.

    Control: the same token is accepted in the Authorization header.
    Means: tokens end up in access logs, browser histories and Referer headers, where others find them.
    Fix: never look for access_token in the query.
    """
    expect(_answer_to_query_token(resource_server)).has_status(401)


@requirement("OAUTH21-5.1-b")
def test_a_token_in_the_query_is_ignored(resource_server: ResourceServer) -> None:
    """The server acts as if the query held no token: it answers as it answers a request without one.

    Control: the same token is accepted in the Authorization header.
    Means: tokens in URLs work, so clients send them there, where logs and Referer headers spread them.
    Fix: never look for access_token in the query.
    """
    usual = resource_server.refusals()[0].response.status
    expect(_answer_to_query_token(resource_server)).has_status(usual)


@requirement("RFC6750-2.3-b")
def test_answers_to_query_tokens_are_private(resource_server: ResourceServer) -> None:
    """Where a token in the query is accepted, the answer has Cache-Control: private.

    Control: the same token is accepted in the Authorization header.
    Means: shared caches keep answers under a URL that holds somebody's token.
    Fix: refuse tokens in the query; if you can't, send Cache-Control: private.
    """
    answer = _answer_to_query_token(resource_server)
    if answer.status // 100 != 2:
        raise NotApplicable("the server accepts no token in the query")
    directives = {each.strip().lower() for each in (answer.header("cache-control") or "").split(",")}
    if not directives & {"private", "no-store"}:
        observed = f"Cache-Control: {answer.header('cache-control')}"
        raise Violation("the answer may be cached by all", expected="Cache-Control: private", observed=observed)


@requirement("RFC6750-2.3-d")
def test_the_query_method_is_used_as_announced(resource_server: ResourceServer) -> None:
    """A token in the query is accepted if and only if bearer_methods_supported lists query.

    Control: the same token is accepted in the Authorization header.
    Means: clients can't rely on what the server publishes about itself.
    Fix: list in bearer_methods_supported exactly the methods that work.
    """
    announced = "query" in _announced_methods(resource_server)
    accepted = _answer_to_query_token(resource_server).status not in _REFUSED
    _expect_as_announced("query", announced=announced, accepted=accepted)


@requirement("RFC6750-2.2-c")
def test_the_body_method_is_used_as_announced(resource_server: ResourceServer) -> None:
    """A token in a form-encoded body is accepted if and only if bearer_methods_supported lists body.

    Control: the same token is accepted in the Authorization header.
    Means: clients can't rely on what the server publishes about itself.
    Fix: list in bearer_methods_supported exactly the methods that work; MCP requests are JSON and have no such body.
    """
    announced = "body" in _announced_methods(resource_server)
    token = resource_server.control()
    form = urlencode({"access_token": token}).encode()
    request = resource_server.mcp.probe().with_header("Content-Type", "application/x-www-form-urlencoded")
    answer = resource_server.send(request.with_body(form, "the token sent in a form-encoded body"))
    _expect_as_announced("body", announced=announced, accepted=answer.status not in _REFUSED)


@requirement("RFC6750-3.1-a")
def test_two_authorization_headers_are_a_bad_request(resource_server: ResourceServer) -> None:
    """A request with two Authorization headers is answered 400.

    Control: the request with one of them is accepted.
    Means: a gateway and the server may each look at another header, and so at another user.
    Fix: refuse a request with more than one Authorization header with 400 and invalid_request.
    """
    expect(_answer_to_two_headers(resource_server)).has_status(400)


@requirement("RFC6750-3.1-a")
def test_two_authorization_headers_are_called_invalid_request(resource_server: ResourceServer) -> None:
    """When a request with two Authorization headers is answered 400, the error code is invalid_request.

    Control: the request with one of them is accepted.
    Means: clients can't tell a malformed request from a bad token.
    Fix: send error="invalid_request" in the challenge.
    """
    answer = _answer_to_two_headers(resource_server)
    if answer.status != 400:
        raise NotApplicable(f"two Authorization headers are answered {answer.status}, not 400")
    codes = [challenge.get("error") for challenge in expect(answer).challenges()]
    if "invalid_request" not in codes:
        expected = 'error="invalid_request" in the challenge'
        raise Violation("not called invalid_request", expected=expected, observed=f"error codes: {codes!r}")


@requirement("MCP-TOK-04", "OAUTH21-5.1-b")
def test_a_token_in_the_query_mends_no_bad_header(resource_server: ResourceServer) -> None:
    """A bad token in the header and a good one in the query give no access: 400 or 401.

    Control: the good token is accepted in the Authorization header.
    Means: tokens in URLs work after all, as soon as a client sends some header with them.
    Fix: never look for access_token in the query, whatever became of the header.
    """
    token = resource_server.control()
    bad = resource_server.with_token("nobody-issued-this-token")
    change = "a bad token in the header, a good one in the query"
    expect(resource_server.send(bad.with_url(_url_with(bad.url, token), change))).has_status(400, 401)


@requirement("RFC6750-3.1-a")
def test_a_token_in_header_and_query_is_a_bad_request_or_counts_once(resource_server: ResourceServer) -> None:
    """A request with the token in the header and in the query is answered 400, or served by the header alone.

    Control: the request with the header alone is accepted.
    Means: the client is told of a bad token, though its token is good.
    Fix: answer 400 and invalid_request (RFC 6750, 3.1), or act as if the query held no token (OAuth 2.1, 5.1).
    """
    good = resource_server.with_token(resource_server.control())
    change = "the token in the header and in the query"
    token = (good.header("Authorization") or "").partition(" ")[2]
    answer = resource_server.send(good.with_url(_url_with(good.url, token), change))
    if not is_result(answer):
        expect(answer).has_status(400)


@requirement("MCP-ERR-01")
def test_a_malformed_authorization_is_a_bad_request_or_unauthorized(resource_server: ResourceServer) -> None:
    """Two Authorization headers, one of them without a good token, give no access: 400 or 401.

    Control: the request with the good one alone is accepted.
    Means: a request that no two programs understand alike is let through.
    Fix: refuse a request with more than one Authorization header with 400.
    """
    good = resource_server.with_token(resource_server.control()).header("Authorization") or ""
    change = "a bad token in the first Authorization header, a good one in a second"
    bad = resource_server.with_token("nobody-issued-this-token")
    request = bad.with_added_header("Authorization", good, change)
    expect(resource_server.send(request)).has_status(400, 401)


@requirement("RFC6750-5.2-h")
def test_no_token_travels_in_an_unprotected_cookie(resource_server: ResourceServer) -> None:
    """No cookie of the server holds the token without the attribute Secure.

    Control: the request that might set it is accepted.
    Means: browsers send the token over unencrypted connections, where everybody can read and use it.
    Fix: set no cookie from a token; if you must, with Secure, HttpOnly and SameSite.
    """
    token = resource_server.control()
    answer = resource_server.send(resource_server.with_token(token))
    holding = [cookie for cookie in answer.all_headers("set-cookie") if token in cookie]
    if not holding:
        raise NotApplicable("the server puts no token into a cookie")
    for cookie in holding:
        attributes = {part.strip().lower() for part in cookie.split(";")[1:]}
        if "secure" not in attributes:
            observed = f"Set-Cookie: {cookie.partition('=')[0]}=... without Secure"
            raise Violation("a cookie holds the token", expected="no such cookie, or Secure", observed=observed)


def _answer_to_query_token(server: ResourceServer) -> Response:
    token = server.control()
    good = server.mcp.probe()
    return server.send(good.with_url(_url_with(good.url, token), "the token sent in the query instead of the header"))


def _url_with(url: str, token: str) -> str:
    separator = "&" if "?" in url else "?"
    return f"{url}{separator}{urlencode({'access_token': token})}"


def _answer_to_two_headers(server: ResourceServer) -> Response:
    token = server.control()
    request: HttpRequest = server.with_token(token)
    return server.send(request.with_added_header("Authorization", request.header("Authorization") or ""))


def _announced_methods(server: ResourceServer) -> list[str]:
    return server.metadata().strings("bearer_methods_supported")


def _expect_as_announced(method: str, *, announced: bool, accepted: bool) -> None:
    if announced != accepted:
        expected = f"a token in the {method} is {'accepted' if announced else 'refused'}, as the metadata says"
        observed = "accepted" if accepted else "refused"
        raise Violation(f"the {method} method is not used as announced", expected=expected, observed=observed)
