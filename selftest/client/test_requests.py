"""Requests are values: an alteration is a new request that says what was changed, and the old one stays as it was."""

import dataclasses

import pytest

from conformance.client.pkce import ProofKey, new_proof_key, s256
from conformance.client.requests import AuthorizationRequest, form
from conformance.wire import HttpRequest

GOOD = AuthorizationRequest("https://as.example/a", (("client_id", "c"), ("state", "s")), proof_key=ProofKey("v", "c"))


def test_alterations_leave_the_good_request_alone() -> None:
    before = dataclasses.astuple(GOOD)
    for altered in (
        GOOD.without("state"),
        GOOD.with_(state="t", x="y"),
        GOOD.repeated("state"),
        GOOD.with_headers("h", ("A", "b")),
    ):
        assert altered is not GOOD
        assert altered.changes
        assert altered.proof_key == GOOD.proof_key
    assert dataclasses.astuple(GOOD) == before
    with pytest.raises(dataclasses.FrozenInstanceError):
        GOOD.endpoint = "elsewhere"  # type: ignore[misc]


def test_every_change_is_told_in_order() -> None:
    altered = GOOD.without("state").with_(client_id="other").repeated("client_id").with_("told otherwise", x="1")
    assert altered.changes == (
        "state removed", "client_id set to 'other'", "client_id sent a second time", "told otherwise",
    )  # fmt: skip
    assert altered.as_control().changes == ()
    assert altered.as_get().changes == altered.changes


def test_parameters_keep_order_and_duplicates() -> None:
    assert GOOD.with_(client_id="d").parameters == (("client_id", "d"), ("state", "s"))
    assert GOOD.with_(state=None).parameters == GOOD.parameters
    twice = GOOD.repeated("state", "t")
    assert twice.parameters[-2:] == (("state", "s"), ("state", "t"))
    assert twice.get("state") == "s"


def test_an_endpoint_with_a_query_keeps_it() -> None:
    request = AuthorizationRequest("https://as.example/a?tenant=1", (("x", "a b&c"),))
    assert request.as_get().url in (
        "https://as.example/a?tenant=1&x=a%20b%26c",
        "https://as.example/a?tenant=1&x=a+b%26c",
    )


def test_forms_leave_out_what_is_none_and_headers_are_replaced() -> None:
    request = form("https://as.example/t", [("a", "1"), ("b", None)]).with_headers(
        "json", ("Content-Type", "text/plain")
    )
    sent = request.as_post()
    assert sent.body == b"a=1"
    assert [v for k, v in sent.headers if k.lower() == "content-type"] == ["text/plain"]


def test_http_requests_note_changes_too() -> None:
    sent = HttpRequest("GET", "https://a/", (("A", "1"),))
    altered = (
        sent.with_header("a", "2")
        .with_added_header("A", "3")
        .with_method("POST")
        .without_header("B")
        .with_body(b"x", "body")
    )
    assert altered.headers == (("a", "2"), ("A", "3"))
    assert len(altered.changes) == 5
    assert sent == HttpRequest("GET", "https://a/", (("A", "1"),))


def test_proof_keys_are_those_of_appendix_b() -> None:
    assert s256("dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk") == "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM"
    assert len({new_proof_key().verifier for _ in range(50)}) == 50
    assert len(new_proof_key(128).verifier) == 128
