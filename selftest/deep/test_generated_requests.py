"""Generated requests: made from the metadata, the same for the same seed, without URLs that a server would fetch."""

import json
from collections import Counter

from conformance.client.facts import DeepFacts
from conformance.deep.cases import GeneratedRequest, generated_requests
from conformance.deep.grammars import Slip
from conformance.deep.openapi import FORM, MARKUP, Known, document, endpoints_of

METADATA = {
    "issuer": "https://as.example",
    "authorization_endpoint": "https://as.example/authorize?tenant=1",
    "token_endpoint": "https://as.example/token",
    "registration_endpoint": "https://as.example/register",
    "revocation_endpoint": ["not a string"],
    "grant_types_supported": ["authorization_code", 7],
}
KNOWN = Known("client-1", "https://client.example/cb", "read", "https://mcp.example/mcp")


def generated(seed: int, examples: int = 12) -> list[GeneratedRequest]:
    endpoints = endpoints_of(METADATA, registration=True)
    return generated_requests(document(endpoints, METADATA, KNOWN), endpoints, DeepFacts(seed, examples))


def test_endpoints_are_those_of_the_metadata() -> None:
    assert set(endpoints_of(METADATA, registration=True)) == {
        "authorization_endpoint",
        "token_endpoint",
        "registration_endpoint",
    }
    assert "registration_endpoint" not in endpoints_of(METADATA, registration=False)


def test_the_same_seed_gives_the_same_requests_and_another_one_others() -> None:
    assert generated(1) == generated(1)
    assert generated(1) != generated(2)


def test_every_endpoint_gets_requests_good_and_bad() -> None:
    requests = generated(0, 30)
    counts = Counter(request.endpoint for request in requests)
    assert set(counts) == set(endpoints_of(METADATA, registration=True))
    assert all(5 <= n <= 30 for n in counts.values())
    told = [request.as_http() for request in requests]
    assert any(b"client_id=client-1" in each.body for each in told)
    assert any("conformance%3E" in each.url or b"conformance%3E" in each.body for each in told)
    assert all(each.url.startswith("https://as.example/") for each in told)


def test_a_request_keeps_the_query_of_its_endpoint() -> None:
    request = GeneratedRequest("authorization_endpoint", "GET", METADATA["authorization_endpoint"], (("state", "a b"),))
    assert request.as_http().url == "https://as.example/authorize?tenant=1&state=a%20b"


def test_a_request_gets_smaller_part_by_part() -> None:
    headers, body = (("Authorization", "Basic"),), (("a", "1"), (MARKUP, "2"))
    request = GeneratedRequest("token_endpoint", "POST", "https://as.example/token", (), headers, FORM, body)
    assert [each.described() for each in request.smaller()] == [
        f"POST token_endpoint with a, {MARKUP}",
        f"POST token_endpoint with Authorization, {MARKUP}",
        "POST token_endpoint with Authorization, a",
    ]


def test_registration_names_nothing_that_a_server_would_fetch() -> None:
    schema = json.dumps(document(["registration_endpoint"], METADATA, KNOWN))
    assert not any(
        name in schema for name in ("jwks_uri", "logo_uri", "client_uri", "sector_identifier_uri", "request_uri")
    )


def test_a_slip_changes_one_place() -> None:
    assert Slip("insert", 1, "X").of("abc") == "aXbc"
    assert Slip("delete", 4, "").of("abc") == "ac"
    assert Slip("encode", 0, "").of("abc") == "%61bc"
    assert Slip("backslash", 1, "").of("a/b/c") == "a/b\\c"
    assert Slip("backslash", 1, "").of("abc") == "abc"
