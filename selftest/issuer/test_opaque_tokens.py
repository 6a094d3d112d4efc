"""Opaque tokens of the harness's issuer: what introspection says of them, and who may ask for one."""

from collections.abc import Iterator
from dataclasses import replace
from urllib.parse import urlencode

import pytest

from conformance.client.context import Context
from conformance.client.facts import TargetFacts
from conformance.client.identity import basic
from conformance.issuer.control import IssuerControl
from conformance.issuer.expired import mint_for, opaque_mint_for
from conformance.issuer.opaque import OpaqueMint
from conformance.issuer.server import INTROSPECTION_CLIENT, RunningIssuer
from conformance.wire import HttpRequest, Limits, Response, SecretBook, Transcript, Transport, Wire

AUDIENCE = "https://mcp.example/mcp"


@pytest.fixture
def issuer() -> Iterator[RunningIssuer]:
    running = RunningIssuer()
    yield running
    running.stop()


@pytest.fixture
def transport() -> Iterator[Transport]:
    opened = Transport(Limits())
    yield opened
    opened.close()


@pytest.fixture
def mint(issuer: RunningIssuer, transport: Transport) -> OpaqueMint:
    control = IssuerControl(issuer.facts, Wire(transport, Transcript(SecretBook())))
    return OpaqueMint(issuer.facts, AUDIENCE, "mcp:echo", control=control)


def introspect(mint: OpaqueMint, token: str) -> Response:
    headers = (("Authorization", basic(INTROSPECTION_CLIENT, mint.facts.introspection_secret)),)
    body = urlencode({"token": token}).encode()
    return mint.control.wire.send(HttpRequest("POST", f"{mint.facts.issuer}/introspect", headers, body))


def test_a_good_token_is_active_with_its_members_and_holds_none_itself(mint: OpaqueMint) -> None:
    token = mint.good()
    answer = introspect(mint, token).json
    assert (answer["active"], answer["aud"], answer["scope"]) == (True, AUDIENCE, "mcp:echo")
    assert "." not in token


def test_an_honest_answer_ends_with_exp_and_begins_with_nbf(mint: OpaqueMint) -> None:
    for times in ({"exp": 1}, {"nbf": 2**40}):
        assert introspect(mint, mint.saying("", **times).token).json == {"active": False}


def test_a_bound_token_is_of_type_dpop(mint: OpaqueMint) -> None:
    assert introspect(mint, mint.saying("", cnf={"jkt": "x"}).token).json["token_type"] == "DPoP"


def test_a_dishonest_answer_is_given_as_told(mint: OpaqueMint) -> None:
    wrong = mint.answered("without active", without=("active",), exp=1, status=503)
    answer = introspect(mint, wrong.token)
    assert (answer.status, answer.json["exp"], "active" in answer.json) == (503, 1, False)


def test_a_revoked_token_is_inactive(mint: OpaqueMint) -> None:
    token = mint.good()
    mint.revoke(token)
    assert introspect(mint, token).json == {"active": False}


def test_bytes_are_no_answer(mint: OpaqueMint) -> None:
    with pytest.raises(TypeError):
        mint.saying_twice("twice", "aud", AUDIENCE, "other")


@pytest.mark.parametrize(
    ("tokens", "jwt", "opaque"), [("jwt", True, False), ("opaque", False, True), ("both", True, True)]
)
def test_which_mint_there_is_follows_the_target(
    issuer: RunningIssuer, transport: Transport, tokens: str, *, jwt: bool, opaque: bool
) -> None:
    facts = TargetFacts("t", "url", mcp_url=AUDIENCE, token_issuer=replace(issuer.facts, tokens=tokens))
    context = Context(facts, transport, SecretBook(), ())
    usual = mint_for(context)
    assert usual is not None
    assert isinstance(usual, OpaqueMint) is not jwt
    assert (opaque_mint_for(context) is not None) is opaque


def test_a_withdrawn_key_leaves_the_key_set_alone(mint: OpaqueMint) -> None:
    def published() -> set[str]:
        return {key["kid"] for key in mint.control.wire.get(f"{mint.facts.issuer}/jwks.json").json["keys"]}

    before = published()
    key = mint.control.rotate("ES256")
    assert published() == {*before, key["kid"]}
    mint.control.withdraw(key["kid"])
    assert published() == before
