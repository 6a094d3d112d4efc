"""Each expectation accepts exactly what it says and raises a Violation that can be read without the source."""

import json
from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from conformance.expect import AuthorizationAnswer, Members, TokenAnswer, expect, expect_members
from conformance.vocabulary import NotApplicable, Violation
from conformance.wire import Response

JSON = st.recursive(
    st.none() | st.booleans() | st.floats(allow_nan=False) | st.text(max_size=10),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=6,
)


def answer(status: int = 200, body: object = None, *headers: tuple[str, str]) -> Response:
    raw = body if isinstance(body, bytes) else json.dumps(body).encode()
    return Response(
        status, (("Content-Type", "application/json; charset=utf-8"), *headers), raw, "https://as.example/x"
    )


def members(value: dict[str, Any], *, waive: bool = False) -> Members:
    return expect_members("the metadata", value, waive_loopback_http=waive)


@pytest.mark.parametrize("method", ["string", "strings", "boolean", "url", "https"])
def test_an_absent_member_is_not_applicable(method: str) -> None:
    with pytest.raises(NotApplicable, match="has no x"):
        getattr(members({}), method)("x")


def test_a_required_member_that_is_absent_is_a_violation() -> None:
    with pytest.raises(Violation, match="the metadata has no issuer"):
        members({}).require("issuer")
    assert members({"issuer": None}).require("issuer") is None


@pytest.mark.parametrize(
    ("method", "good", "bad"),
    [
        ("string", ["", "x"], [None, 1, True, [], {}]),
        ("boolean", [True, False], [None, 0, 1, "true"]),
        ("strings", [[], ["a"]], [None, "a", [1], ["a", None], {"a": "b"}]),
        ("url", ["http://a/", "https://a.example:1/b?c"], ["", "a", "//a", "ftp://a/", "http://", "http://[bad"]),
        ("https", ["https://a/"], ["http://a/", "http://127.0.0.1/"]),
    ],
)  # fmt: skip
def test_types(method: str, good: list[Any], bad: list[Any]) -> None:
    for value in good:
        assert getattr(members({"x": value}), method)("x") == value
    for value in bad:
        with pytest.raises(Violation) as caught:
            getattr(members({"x": value}), method)("x")
        assert caught.value.expected
        assert caught.value.observed


@given(JSON)
def test_no_value_breaks_an_expectation(value: object) -> None:
    for method in ("string", "strings", "boolean", "url", "https"):
        try:
            getattr(members({"x": value}), method)("x")
        except Violation as violation:
            observed = violation.observed
        else:
            observed = ""
        assert len(observed) < 400


def test_the_waiver_is_for_loopback_alone() -> None:
    for host in ("127.0.0.1", "127.9.9.9", "[::1]", "localhost", "as.localhost"):
        assert members({}, waive=True).is_https(f"http://{host}:8/")
        assert not members({}).is_https(f"http://{host}:8/")
    for host in ("as.example", "127.0.0.1.example", "localhost.example", "[bad"):
        assert not members({}, waive=True).is_https(f"http://{host}/")


def authorization(location: str | None, status: int = 302) -> AuthorizationAnswer:
    return AuthorizationAnswer.from_response(answer(status, {}), location)


def test_an_answer_of_the_authorization_endpoint_is_read_from_query_and_fragment() -> None:
    read = authorization("https://c/cb?code=1&code=2&state=s#access_token=t")
    assert (read.code, read.state, read.parameter("access_token")) == ("1", "s", "t")
    assert read.parameters["code"] == ("1", "2")
    assert authorization("https://c/cb?code=").code is None
    assert authorization(None).redirected_to is None
    assert authorization("http://[bad?code=1").redirected_to == "http://[bad?code=1"


@pytest.mark.parametrize(
    ("broken", "judge"),
    [
        ("https://c/cb?code=1", lambda e: e.grants_no_code()),
        ("https://c/cb#access_token=1", lambda e: e.grants_no_code()),
        ("https://c/cb?error=x", lambda e: e.grants_code()),
        ("https://c/cb?error=other&state=s", lambda e: e.redirects_with(error="invalid_request", state="s")),
        ("https://c/cb?error=invalid_request", lambda e: e.redirects_with(error="invalid_request", state="s")),
        ("https://c/cb?error=invalid_request&state=t", lambda e: e.redirects_with(error="invalid_request", state="s")),
        (None, lambda e: e.redirects_with(error=("a", "b"))),
        ("https://c/cb", lambda e: e.does_not_redirect()),
    ],
)
def test_broken_authorization_answers(broken: str | None, judge: Callable[[Any], object]) -> None:
    with pytest.raises(Violation) as caught:
        judge(expect(authorization(broken)))
    assert caught.value.expected
    assert caught.value.observed


def test_good_authorization_answers() -> None:
    assert expect(authorization("https://c/cb?code=1")).grants_code() == "1"
    expect(authorization("https://c/cb?error=b&state=s")).redirects_with(error=("a", "b"), state="s").grants_no_code()
    expect(authorization(None, 400)).does_not_redirect().has_status(400, 401)


@pytest.mark.parametrize(
    ("status", "body", "token", "error"),
    [
        (200, {"access_token": "t", "token_type": "Bearer"}, "t", None),
        (201, {"access_token": "t"}, None, None),
        (400, {"error": "invalid_grant"}, None, "invalid_grant"),
        (400, {"error": 5}, None, None),
        (200, [], None, None),
        (200, b"\xff", None, None),
        (200, b'{"access_token": "a", "access_token": "b"}', None, None),
        (200, b"[" * 5000, None, None),
    ],
)  # fmt: skip
def test_token_answers(status: int, body: object, token: str | None, error: str | None) -> None:
    read = TokenAnswer(answer(status, body))
    assert (read.access_token, read.error) == (token, error)
    assert read.described()


def test_a_token_beside_an_error_is_no_refusal() -> None:
    both = TokenAnswer(answer(400, {"error": "invalid_grant", "refresh_token": "r"}))
    with pytest.raises(Violation, match="refresh_token"):
        expect(both).refuses_with("invalid_grant")


def test_an_unreadable_challenge_is_a_violation_and_a_missing_one_too() -> None:
    with pytest.raises(Violation, match="can't be parsed"):
        expect(answer(401, {}, ("WWW-Authenticate", 'Bearer realm="'))).challenges()
    with pytest.raises(Violation, match="no Bearer challenge"):
        expect(answer(401, {}, ("WWW-Authenticate", "Basic"))).challenge("Bearer")
