"""How tokens are presented: under Bearer, or bound to a key and with a proof for each request."""

from dataclasses import dataclass, field
from typing import cast

import pytest

from conformance.client.facts import IssuerFacts
from conformance.client.forged_token import ForeignKey, signed
from conformance.client.jose import unverified_jwt
from conformance.client.presentation import REQUIRED, Presentation
from conformance.expect import parse_challenges
from conformance.vocabulary import NotApplicable
from conformance.wire import HttpRequest, Response, Wire

URL = "https://mcp.example/mcp?a=b"
DEMANDING = {REQUIRED: True, "dpop_signing_alg_values_supported": ["ES384"]}


@dataclass
class Answering:
    """Stands in for a wire: remembers what is sent and answers in turn."""

    answers: list[Response]
    sent: list[HttpRequest] = field(default_factory=list)

    def send(self, request: HttpRequest) -> Response:
        self.sent.append(request)
        return self.answers[len(self.sent) - 1]


def answer(status: int, *headers: tuple[str, str]) -> Response:
    return Response(status, headers, b"", URL)


def with_token(scheme: str) -> HttpRequest:
    return HttpRequest("POST", URL, (("Authorization", f"{scheme} a-token"),))


def claims_of(request: HttpRequest) -> dict[str, object]:
    proof = unverified_jwt(request.header("DPoP") or "")
    assert proof is not None
    return dict(proof.claims)


def test_without_a_demand_a_token_is_a_bearer_token() -> None:
    for metadata in ({}, {REQUIRED: False}, {REQUIRED: "true"}):
        plain = Presentation.demanded_by(metadata)
        assert (plain.scheme, plain.binding, plain.given("a-token", None)) == ("Bearer", {}, "a-token")
        wire = Answering([answer(401, ("DPoP-Nonce", "n"))])
        plain.send(cast("Wire", wire), with_token("DPoP"))
        assert wire.sent == [with_token("DPoP")]


def test_a_demand_is_met_with_a_key_that_the_server_knows() -> None:
    bound = Presentation.demanded_by(DEMANDING)
    assert bound.key is not None
    assert bound.key.algorithm == "ES384"
    assert (bound.scheme, bound.binding) == ("DPoP", {"cnf": {"jkt": bound.key.jkt}})
    with pytest.raises(NotApplicable, match="judge can make no proof"):
        Presentation.demanded_by(DEMANDING | {"dpop_signing_alg_values_supported": ["XY1"]})


@pytest.mark.parametrize(("header", "scheme"), [("DPoP", "DPoP"), ("Bearer x=y, DPoP", "Bearer"), ("Basic", "Bearer")])
def test_a_server_that_challenges_for_dpop_alone_demands_it(header: str, scheme: str) -> None:
    assert Presentation.demanded_by({}, parse_challenges([header])).scheme == scheme


def test_a_ready_made_token_of_somebody_else_cannot_be_bound() -> None:
    key, ours = ForeignKey.fresh(), IssuerFacts("https://issuer.example", (), "", "", "")
    theirs = signed({"alg": "ES256", "kid": key.public["kid"]}, {"sub": "somebody"}, key.private)
    for token, issuer in (("opaque", None), (theirs, None), (theirs, ours)):
        with pytest.raises(NotApplicable, match="bound tokens only"):
            Presentation.demanded_by(DEMANDING).given(token, issuer)


def test_a_ready_made_token_of_the_harness_is_made_anew() -> None:
    key, bound = ForeignKey.fresh(), Presentation.demanded_by(DEMANDING)
    ours = IssuerFacts("https://issuer.example", (dict(key.private.as_dict(private=True)),), "", "", "")
    token = signed({"alg": "ES256", "kid": key.public["kid"]}, {"sub": "somebody"}, key.private)
    made = unverified_jwt(bound.given(token, ours))
    assert made is not None
    assert made.claims == {"sub": "somebody", **bound.binding}


@pytest.mark.parametrize("scheme", ["DPoP", "dpop"])
def test_each_request_gets_a_proof_of_its_own(scheme: str) -> None:
    bound, wire = Presentation.demanded_by(DEMANDING), Answering([answer(200), answer(200)])
    for _ in range(2):
        bound.send(cast("Wire", wire), with_token(scheme))
    first, second = (claims_of(request) for request in wire.sent)
    assert (first["htm"], first["htu"]) == ("POST", "https://mcp.example/mcp")
    assert first["jti"] != second["jti"]


def test_the_servers_nonce_is_used_once_it_is_asked_for() -> None:
    wire = Answering([answer(401, ("DPoP-Nonce", "n1")), answer(200)])
    last = Presentation.demanded_by(DEMANDING).send(cast("Wire", wire), with_token("DPoP"))
    assert (last.status, [claims_of(request).get("nonce") for request in wire.sent]) == (200, [None, "n1"])


def test_a_request_that_brings_its_own_proof_is_left_alone() -> None:
    own, wire = with_token("DPoP").with_added_header("DPoP", "a-proof"), Answering([answer(401, ("DPoP-Nonce", "n1"))])
    Presentation.demanded_by(DEMANDING).send(cast("Wire", wire), own)
    assert wire.sent == [own]


def test_a_token_under_another_scheme_gets_no_proof() -> None:
    wire = Answering([answer(401)])
    Presentation.demanded_by(DEMANDING).send(cast("Wire", wire), with_token("Bearer"))
    assert wire.sent == [with_token("Bearer")]
