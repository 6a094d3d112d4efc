"""The harness's own issuer: what it publishes, what it introspects, what it remembers, and that it leaves nothing."""

import threading
from collections.abc import Iterator
from urllib.parse import urlencode

import pytest
from joserfc import jwt
from joserfc.jwk import KeySet

from conformance.client.identity import basic
from conformance.issuer.control import IssuerControl
from conformance.issuer.mint import Mint
from conformance.issuer.server import INTROSPECTION_CLIENT, IssuerError, IssuerOptions, RunningIssuer
from conformance.vocabulary import Inconclusive
from conformance.wire import HttpRequest, Limits, Response, SecretBook, Transcript, Transport, Wire

AUDIENCE = "https://mcp.example/mcp"


@pytest.fixture(params=[False, True], ids=["http", "https"])
def issuer(request: pytest.FixtureRequest) -> Iterator[RunningIssuer]:
    running = RunningIssuer(IssuerOptions(tls=request.param))
    yield running
    running.stop()


@pytest.fixture
def wire(issuer: RunningIssuer) -> Iterator[Wire]:
    transport = Transport(Limits(), issuer.facts.ca_pem)
    yield Wire(transport, Transcript(SecretBook()))
    transport.close()


@pytest.fixture
def control(issuer: RunningIssuer, wire: Wire) -> IssuerControl:
    return IssuerControl(issuer.facts, wire)


@pytest.fixture
def mint(issuer: RunningIssuer) -> Mint:
    return Mint(issuer.facts, AUDIENCE, "mcp:echo")


def introspect(issuer: RunningIssuer, wire: Wire, token: str, secret: str | None = None) -> Response:
    password = issuer.facts.introspection_secret if secret is None else secret
    headers = (("Authorization", basic(INTROSPECTION_CLIENT, password)),)
    body = urlencode({"token": token}).encode()
    return wire.send(HttpRequest("POST", f"{issuer.facts.issuer}/introspect", headers, body))


@pytest.mark.parametrize("name", ["oauth-authorization-server", "openid-configuration"])
def test_metadata_is_its_own(issuer: RunningIssuer, wire: Wire, name: str) -> None:
    metadata = wire.get(f"{issuer.facts.issuer}/.well-known/{name}").json
    assert metadata["issuer"] == issuer.facts.issuer
    assert metadata["jwks_uri"].startswith(issuer.facts.issuer)


def test_the_key_set_has_no_private_members(issuer: RunningIssuer, wire: Wire) -> None:
    keys = wire.get(f"{issuer.facts.issuer}/jwks.json").json["keys"]
    assert {key["alg"] for key in keys} == {"ES256", "RS256"}
    assert not any({"d", "p", "q", "k"} & key.keys() for key in keys)


@pytest.mark.parametrize("algorithm", ["ES256", "RS256"])
def test_a_good_token_verifies_with_the_published_keys(
    issuer: RunningIssuer, wire: Wire, mint: Mint, algorithm: str
) -> None:
    keys = KeySet.import_key_set(wire.get(f"{issuer.facts.issuer}/jwks.json").json)
    token = jwt.decode(mint.good(algorithm), keys, algorithms=[algorithm])
    assert token.header["typ"] == "at+jwt"
    assert (token.claims["aud"], token.claims["scope"]) == (AUDIENCE, "mcp:echo")


def test_a_rotated_key_is_published_beside_or_instead(
    issuer: RunningIssuer, wire: Wire, control: IssuerControl
) -> None:
    def published() -> list[str]:
        return [key["kid"] for key in wire.get(f"{issuer.facts.issuer}/jwks.json").json["keys"]]

    before = published()
    beside = control.rotate("ES256")
    assert published() == [beside["kid"], *before]
    instead = control.rotate("ES256", keep_old=False)
    assert instead["kid"] in published()
    assert beside["kid"] not in published()
    assert len(published()) == 2


def test_introspection_knows_its_own_tokens_while_they_last(issuer: RunningIssuer, wire: Wire, mint: Mint) -> None:
    good = introspect(issuer, wire, mint.good()).json
    assert good["active"] is True
    assert good["aud"] == AUDIENCE
    assert introspect(issuer, wire, mint.saying("expired", exp=1).token).json == {"active": False}
    assert introspect(issuer, wire, mint.good()[:-8] + "AAAAAAAA").json == {"active": False}
    assert introspect(issuer, wire, "unknown").json == {"active": False}


def test_introspection_knows_opaque_tokens_that_it_was_told(
    issuer: RunningIssuer, wire: Wire, control: IssuerControl
) -> None:
    control.know_opaque_token("opaque-token", {"sub": "somebody", "scope": "mcp:echo"})
    assert introspect(issuer, wire, "opaque-token").json["sub"] == "somebody"


def test_introspection_wants_its_client(issuer: RunningIssuer, wire: Wire, mint: Mint) -> None:
    refused = introspect(issuer, wire, mint.good(), secret="wrong")
    assert refused.status == 401
    assert "sub" not in refused.text


def test_planted_documents_are_served_and_fetches_of_them_counted(wire: Wire, control: IssuerControl) -> None:
    url = control.serve("/bait/1/jwks.json", '{"keys": []}')
    assert control.requests("/bait/1/") == []
    assert wire.get(url).json == {"keys": []}
    assert [seen["path"] for seen in control.requests("/bait/1/")] == ["/bait/1/jwks.json"]


def test_the_control_interface_is_closed_to_others(issuer: RunningIssuer, wire: Wire) -> None:
    assert wire.send(HttpRequest("POST", f"{issuer.facts.control_url}requests")).status == 401


def test_nonsense_at_the_control_interface_is_inconclusive(control: IssuerControl) -> None:
    with pytest.raises(Inconclusive):
        control.rotate("HS256")


def test_a_large_body_is_refused(issuer: RunningIssuer, wire: Wire) -> None:
    answer = wire.send(HttpRequest("POST", f"{issuer.facts.issuer}/introspect", (), b"x" * (300 * 1024)))
    assert answer.status == 413


def test_an_issuer_with_a_path_has_its_metadata_where_clients_look() -> None:
    running = RunningIssuer(IssuerOptions(url="http://127.0.0.1:1/tenant"))
    transport = Transport(Limits())
    try:
        base = running.facts.control_url.removesuffix("/tenant/control/")
        wire = Wire(transport, Transcript(SecretBook()))
        places = ("/.well-known/oauth-authorization-server/tenant", "/tenant/.well-known/openid-configuration")
        assert {wire.get(f"{base}{place}").json["issuer"] for place in places} == {"http://127.0.0.1:1/tenant"}
    finally:
        transport.close()
        running.stop()


def test_a_taken_port_is_one_line() -> None:
    first = RunningIssuer()
    try:
        port = int(first.facts.issuer.rpartition(":")[2])
        with pytest.raises(IssuerError, match=rf"port {port} of 127\.0\.0\.1 can't be used"):
            RunningIssuer(IssuerOptions(port=port))
    finally:
        first.stop()


def test_stopping_twice_leaves_no_thread() -> None:
    running = RunningIssuer()
    running.stop()
    running.stop()
    assert not [thread for thread in threading.enumerate() if thread.name == "issuer"]


def test_it_plays_an_api_and_keeps_what_that_was_sent(
    issuer: RunningIssuer, wire: Wire, control: IssuerControl
) -> None:
    headers = (("Authorization", "Bearer what-the-client-sent"), ("X-Kind", "report"))
    url = f"{issuer.facts.issuer}/upstream/report?day=1"
    assert wire.send(HttpRequest("GET", url, headers)).json == {"upstream": "conformance"}
    assert wire.send(HttpRequest("POST", url, headers, b"body=2")).status == 200
    first, second = control.upstream_requests()
    assert "GET /upstream/report?day=1" in first
    assert "Bearer what-the-client-sent" in first
    assert "X-Kind: report" in second
    assert second.endswith("body=2")
    assert control.requests("/upstream") == []
