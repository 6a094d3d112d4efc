"""What is sent to every resource server: tokens of the harness's issuer, each wrong in one way or of unusual form."""

import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import Any

from conformance.client import dpop
from conformance.client.dpop import DpopKey, DpopProof
from conformance.client.forged_token import (
    ForeignKey,
    WrongToken,
    cut_short,
    nobodys_token,
    signed_by_public_key,
    with_altered_payload,
    with_altered_signature,
    without_signature,
)
from conformance.client.mcp import is_result
from conformance.client.resource_server import ResourceServer
from conformance.client.scope_denial import scoped_tool
from conformance.issuer.id_token import id_token, id_token_for_this_server_too
from conformance.issuer.keys import new_signing_key, public_jwk
from conformance.issuer.mint import Mint
from conformance.wire import HttpRequest

HOUR = 3600
ACCEPTED, REFUSED, EITHER = "accepted", "refused", "either"


@dataclass(frozen=True)
class Bench:
    """One server under the table. `dpop_scheme` is under which it takes bound tokens with a proof, None for nowhere."""

    server: ResourceServer
    mint: Mint
    key: DpopKey
    dpop_scheme: str | None = None

    def under(self, scheme: str, token: str, *proofs: DpopProof) -> HttpRequest:
        request = self.server.mcp.probe().with_added_header("Authorization", f"{scheme} {token}")
        for proof in proofs:
            request = request.with_added_header("DPoP", proof.compact())
        return request

    def bound(self, scheme: str, *alterations: Callable[[DpopProof], DpopProof]) -> HttpRequest:
        """A bound token under that scheme with one proof for each alteration of a good one."""
        token = self.mint.with_claims(cnf={"jkt": self.key.jkt})
        good = self.server.mcp.probe()
        proof = self.key.proof(good.method, good.url, access_token=token)
        return self.under(scheme, token, *(alter(proof.with_nonce(None)) for alter in alterations))

    def with_dpop_scheme(self) -> "Bench":
        """The same, knowing under which scheme bound tokens are taken: where a proof is served and no proof is not."""
        for scheme in ("DPoP", "Bearer"):
            served = is_result(self.server.wire.send(self.bound(scheme, _same)))
            if served and not is_result(self.server.wire.send(self.bound(scheme))):
                return replace(self, dpop_scheme=scheme)
        return self


Make = Callable[[Bench], HttpRequest]


@dataclass(frozen=True)
class Variant:
    """`wanted` is what `rows` (ids of the catalogue) want, a refusal with one of `statuses`.

    `of_dpop`: wanted of servers that check proofs only.
    """

    name: str
    make: Make
    wanted: str = REFUSED
    rows: tuple[str, ...] = ()
    of_dpop: bool = False
    statuses: tuple[int, ...] = (400, 401)


def variants() -> tuple[Variant, ...]:
    """All of them, in the order of the table."""
    return (*_good(), *_presented(), *_signed(), *_claimed(), *_typed(), *_scoped(), *_bound())


def _good() -> tuple[Variant, ...]:
    return (
        Variant("good, `aud` a string", _claims({}), ACCEPTED, ("RFC6750-2.1-b",)),
        Variant("good, `aud` an array with one more", _audiences, ACCEPTED),
        Variant("good, signed with RS256", _minted(lambda m: m.good("RS256")), ACCEPTED, ("RFC9068-2.1-d",)),
        Variant("good, signed with ES256", _minted(lambda m: m.good("ES256")), EITHER),
        Variant("expired 10 s ago", _claims({"exp": _now(-10)}), EITHER),
        Variant("no `kid`", _minted(lambda m: m.headed("", without=("kid",)).token), EITHER),
        *(Variant(f"no `{name}`", _lacking(name), EITHER) for name in ("sub", "client_id", "jti", "iat")),
    )


def _presented() -> tuple[Variant, ...]:
    return (
        Variant("no token", lambda b: b.server.mcp.probe(), REFUSED, ("MCP-TOK-12",)),
        Variant("scheme `bearer`", lambda b: b.under("bearer", b.mint.good()), ACCEPTED, ("RFC9110-11.1-a",)),
        Variant("two spaces after `Bearer`", lambda b: b.under("Bearer ", b.mint.good()), ACCEPTED, ("RFC6750-2.1-c",)),
        Variant("in the query", _in_query, REFUSED, ("MCP-TOK-04",)),
        Variant("without scheme", _without_scheme, REFUSED, ("RFC6750-2.1-c",)),
        Variant("in two Authorization headers", _in_two_headers, REFUSED, ("RFC6750-3.1-a",)),
    )


def _scoped() -> tuple[Variant, ...]:
    rows = ("MCP-STEP-01", "RFC6750-3.1-c")
    return (Variant("without the scope of the tool that it calls", _too_narrow, rows=rows, statuses=(403,)),)


def _signed() -> tuple[Variant, ...]:
    return (
        Variant("a random string", _wrong(lambda _: nobodys_token()), REFUSED, ("MCP-TOK-05",)),
        Variant("cut short", _wrong(lambda m: cut_short(m.good())), REFUSED, ("MCP-TOK-05",)),
        Variant("one bit of the signature", _wrong(lambda m: with_altered_signature(m.good())), rows=("RFC9068-4-i",)),
        Variant("payload altered", _wrong(lambda m: with_altered_payload(m.good())), rows=("RFC9068-4-i",)),
        Variant("`alg` none", _wrong(lambda m: without_signature(m.good())), rows=("RFC9068-4-j",)),
        Variant("`alg` nOnE", _wrong(lambda m: without_signature(m.good(), "nOnE")), rows=("RFC9068-4-j",)),
        Variant("HS256 with the public key (PEM)", _wrong(_confused), rows=("RFC8725-3.1-a",)),
        Variant("PS256 by the key for RS256", _minted(_ps256), rows=("RFC8725-3.1-a",)),
        Variant("foreign key, same `kid`", _foreign(), rows=("RFC9068-4-k",)),
        Variant("foreign key, unknown `kid`", _foreign(kid="nobody-knows-it"), rows=("RFC9068-4-k",)),
        Variant("foreign key in `jwk`", _wrong(_embedded), rows=("RFC9068-4-k",)),
        Variant("unknown `crit`", _minted(lambda m: m.headed("", crit=["x"], x=True).token), rows=("RFC9068-4-i",)),
    )


def _claimed() -> tuple[Variant, ...]:
    return (
        Variant("`iss` of somebody else", _claims({"iss": "https://other.example"}), rows=("RFC9068-4-g",)),
        Variant("`iss` with a slash more", lambda b: _claims({"iss": f"{_iss(b)}/"})(b), rows=("RFC9068-4-g",)),
        Variant("no `iss`", _lacking("iss"), rows=("RFC9068-4-g",)),
        Variant("`aud` of somebody else", _claims({"aud": "https://other.example/mcp"}), rows=("RFC9068-4-h",)),
        Variant("`aud` with a slash more", lambda b: _claims({"aud": f"{_aud(b)}/"})(b), rows=("RFC9068-4-h",)),
        Variant("`aud` a prefix of ours", lambda b: _claims({"aud": _aud(b)[:-1]})(b), rows=("RFC9068-4-h",)),
        Variant("`aud` the issuer", lambda b: _claims({"aud": _iss(b)})(b), rows=("MCP-TOK-06",)),
        Variant("`aud` an empty array", _claims({"aud": []}), rows=("RFC9068-4-h",)),
        Variant("no `aud`", _lacking("aud"), rows=("RFC9068-4-h",)),
        Variant("expired an hour ago", _claims({"exp": _now(-HOUR)}), rows=("RFC9068-4-l",)),
        Variant("no `exp`", _lacking("exp"), rows=("RFC9068-4-l",)),
        Variant("good in an hour (`nbf`)", _claims({"nbf": _now(HOUR)}), rows=("MCP-TOK-05",)),
        Variant("issued in an hour (`iat`)", _claims({"iat": _now(HOUR)}), EITHER),
        Variant("`sub` a number", _claims({"sub": 7}), rows=("RFC8725-3.8-a",)),
    )


def _typed() -> tuple[Variant, ...]:
    spelt = (("application/at+jwt", ACCEPTED), ("AT+JWT", ACCEPTED), ("JWT", REFUSED), ("dpop+jwt", REFUSED))
    missing = _minted(lambda m: m.headed("", without=("typ",)).token)
    return (
        *(Variant(f"`typ` {typ}", _headed(typ=typ), wanted, ("RFC9068-4-e",)) for typ, wanted in spelt),
        Variant("no `typ`", missing, rows=("RFC9068-4-e",)),
        Variant("an ID token", _wrong(id_token), rows=("MCP-TOK-05",)),
        Variant("an ID token for this server too", _wrong(id_token_for_this_server_too), rows=("RFC8725-3.12-a",)),
    )


def _bound() -> tuple[Variant, ...]:
    faults: tuple[tuple[str, Callable[[DpopProof], DpopProof], str], ...] = (
        ("by another key", lambda p: replace(p, key=(k := DpopKey.fresh()), header={**p.header, "jwk": k.public}), "h"),
        ("for GET", dpop.for_another_method, "e"),
        ("for another path", lambda p: dpop.for_another_url(p)[0], "e"),
        ("for another token", lambda p: p.with_claims("", ath="47DEQpj8HBSa-_TImW-5JCeuQeRkm5NMpJWZG3hSuFU"), "g"),
        ("of yesterday", dpop.created_long_ago, "f"),
    )
    return (
        Variant(
            "bound, good proof, under `DPoP`", lambda b: b.bound("DPoP", _same), ACCEPTED, ("RFC9449-7.1-a",), True
        ),
        Variant("bound, good proof, under `Bearer`", lambda b: b.bound("Bearer", _same), rows=_BEARER, of_dpop=True),
        Variant("bound, no proof, under `Bearer`", lambda b: b.bound("Bearer"), rows=_BEARER, of_dpop=True),
        Variant("bound, no proof, under `DPoP`", _under_dpop(), rows=("RFC9449-7.1-a",), of_dpop=True),
        Variant("bound, two proofs", _faulty(_same, _same), rows=("RFC9449-4.3-a",), of_dpop=True),
        Variant("bound, proof sent before", _sent_before, EITHER),
        *(Variant(f"bound, proof {n}", _faulty(f), rows=(f"RFC9449-4.3-{r}",), of_dpop=True) for n, f, r in faults),
    )


_BEARER = ("RFC9449-7.2-a",)


def _same(proof: DpopProof) -> DpopProof:
    return proof


def _faulty(*alterations: Callable[[DpopProof], DpopProof]) -> Make:
    """Under the scheme that the server takes good proofs under, so that nothing else is wrong."""
    return lambda bench: bench.bound(bench.dpop_scheme or "DPoP", *alterations)


def _under_dpop(*alterations: Callable[[DpopProof], DpopProof]) -> Make:
    return lambda bench: bench.bound("DPoP", *alterations)


def _sent_before(bench: Bench) -> HttpRequest:
    request = _faulty(_same)(bench)
    bench.server.wire.send(request)
    return request


def _minted(make: Callable[[Mint], str]) -> Make:
    return lambda bench: bench.under("Bearer", make(bench.mint))


def _wrong(make: Callable[[Mint], WrongToken]) -> Make:
    return _minted(lambda mint: make(mint).token)


def _claims(changed: Mapping[str, Any]) -> Make:
    return _minted(lambda mint: mint.with_claims(**changed))


def _lacking(name: str) -> Make:
    return _wrong(lambda mint: mint.lacking(name))


def _headed(**members: Any) -> Make:
    return _wrong(lambda mint: mint.headed("", **members))


def _foreign(**header: Any) -> Make:
    def make(mint: Mint) -> str:
        algorithm = mint.facts.algorithm
        return mint.sign_with(new_signing_key(algorithm), mint.header() | header, mint.claims(), algorithm)

    return _minted(make)


def _embedded(mint: Mint) -> WrongToken:
    key = ForeignKey.fresh()
    return key.signs(mint.good(), "", without=("kid",), jwk=dict(key.public))


def _confused(mint: Mint) -> WrongToken:
    return signed_by_public_key(mint.good(), public_jwk(mint.signing_key(mint.facts.algorithm)))[0]


def _ps256(mint: Mint) -> str:
    key = mint.signing_key("RS256")
    return mint.sign_with(key, {"typ": "at+jwt", "alg": "PS256", "kid": key["kid"]}, mint.claims(), "PS256")


def _audiences(bench: Bench) -> HttpRequest:
    return _claims({"aud": [_aud(bench), "https://other.example/mcp"]})(bench)


def _too_narrow(bench: Bench) -> HttpRequest:
    tool, _, narrow = scoped_tool(bench.server)
    token = bench.mint.with_claims(scope=narrow)
    request = bench.server.open_session(token).call(tool, dict(bench.server.context.facts.tools[tool][0]))
    return bench.server.with_token(token, request)


def _in_query(bench: Bench) -> HttpRequest:
    good = bench.server.mcp.probe()
    return replace(good, url=f"{good.url}?access_token={bench.mint.good()}")


def _without_scheme(bench: Bench) -> HttpRequest:
    return bench.server.mcp.probe().with_added_header("Authorization", bench.mint.good())


def _in_two_headers(bench: Bench) -> HttpRequest:
    token = bench.mint.good()
    return bench.under("Bearer", token).with_added_header("Authorization", f"Bearer {token}")


def _aud(bench: Bench) -> str:
    return bench.mint.audience


def _iss(bench: Bench) -> str:
    return bench.mint.facts.issuer


def _now(offset: int) -> int:
    return int(time.time()) + offset
