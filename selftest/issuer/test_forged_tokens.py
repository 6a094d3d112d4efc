"""Wrong tokens are wrong in the intended way and in no other: judged with a JOSE library that made none of them."""

import hashlib
import hmac
import json
from base64 import urlsafe_b64decode
from typing import Any

import pytest
from joserfc import jws, jwt
from joserfc.errors import BadSignatureError
from joserfc.jwk import import_key

from conformance.client.facts import IssuerFacts
from conformance.client.forged_token import (
    ForeignKey,
    cut_short,
    signed_by_public_key,
    with_altered_payload,
    with_altered_signature,
    without_signature,
)
from conformance.issuer.keys import new_signing_key, public_jwk
from conformance.issuer.mint import Mint
from conformance.vocabulary import NotApplicable

KEY = new_signing_key("ES256")
FACTS = IssuerFacts("https://issuer.example", (KEY,), "", "", "", algorithm="ES256")
MINT = Mint(FACTS, "https://mcp.example/mcp", "mcp:echo")
PUBLIC = import_key(public_jwk(KEY))


def part(token: str, index: int) -> dict[str, Any]:
    raw = token.split(".")[index]
    value = json.loads(urlsafe_b64decode(raw + "=" * (-len(raw) % 4)))
    assert isinstance(value, dict)
    return value


def is_signed(token: str) -> bool:
    try:
        jws.deserialize_compact(token, PUBLIC, algorithms=["ES256"])
    except BadSignatureError:
        return False
    return True


def test_an_altered_signature_leaves_header_and_claims_alone() -> None:
    good = MINT.good()
    wrong = with_altered_signature(good).token
    assert wrong.split(".")[:2] == good.split(".")[:2]
    assert (is_signed(good), is_signed(wrong)) == (True, False)


def test_an_altered_payload_keeps_every_claim_of_the_good_one() -> None:
    good = MINT.good()
    wrong = with_altered_payload(good).token
    assert part(wrong, 0) == part(good, 0)
    assert part(good, 1).items() < part(wrong, 1).items()
    assert not is_signed(wrong)


def test_a_token_without_signature_keeps_its_claims() -> None:
    good = MINT.good()
    wrong = without_signature(good, "nOnE").token
    assert wrong.split(".")[1:] == [good.split(".")[1], ""]
    assert part(wrong, 0) == part(good, 0) | {"alg": "nOnE"}


def test_the_public_key_as_secret_really_signs() -> None:
    good = MINT.good()
    pem = bytes(PUBLIC.as_pem(private=False))  # type: ignore[union-attr]
    first = signed_by_public_key(good, public_jwk(KEY))[0]
    signing_input, _, signature = first.token.rpartition(".")
    expected = hmac.digest(pem, signing_input.encode(), hashlib.sha256)
    assert urlsafe_b64decode(signature + "=" * (-len(signature) % 4)) == expected
    assert part(first.token, 1) == part(good, 1)


def test_a_foreign_key_really_signs_what_it_was_given() -> None:
    key, good = ForeignKey.fresh(), MINT.good()
    wrong = key.signs(good, "foreign", jwk=key.public).token
    assert jwt.decode(wrong, import_key(dict(key.public)), algorithms=["ES256"]).claims == part(good, 1)
    assert part(wrong, 0) == part(good, 0) | {"jwk": key.public}
    assert not is_signed(wrong)


@pytest.mark.parametrize("make", [with_altered_signature, with_altered_payload, without_signature])
def test_what_is_no_jwt_cannot_be_altered(make: Any) -> None:
    with pytest.raises(NotApplicable):
        make("an-opaque-token")


def test_tokens_are_cut_so_that_nobody_can_read_them() -> None:
    assert cut_short("a.b.c").token == "a.b"
    assert cut_short("an-opaque-token-of-some-length").token == "an-opaque-token-of"


@pytest.mark.parametrize("claim", ["iss", "aud", "exp", "sub", "client_id", "iat", "jti"])
def test_a_lacking_claim_is_the_only_difference(claim: str) -> None:
    wrong = MINT.lacking(claim).token
    assert MINT.claims().keys() - part(wrong, 1).keys() == {claim}
    assert is_signed(wrong)


def test_a_minted_flaw_is_the_only_difference() -> None:
    wrong = MINT.saying("for others", aud=["https://other.example"]).token
    good = MINT.claims()
    assert {name for name, value in part(wrong, 1).items() if good[name] != value} <= {"aud", "jti", "iat", "exp"}
    assert part(wrong, 0) == MINT.header()
    assert is_signed(wrong)


def test_a_repeated_claim_is_in_the_bytes_twice() -> None:
    wrong = MINT.saying_twice("aud twice", "aud", "first", "last").token
    raw = wrong.split(".")[1]
    pairs = json.loads(urlsafe_b64decode(raw + "=" * (-len(raw) % 4)), object_pairs_hook=list)
    assert [value for name, value in pairs if name == "aud"] == ["first", "last"]
    assert is_signed(wrong)


def test_a_header_flaw_is_the_only_difference() -> None:
    wrong = MINT.headed("no typ", without=("typ",)).token
    assert MINT.header().keys() - part(wrong, 0).keys() == {"typ"}
    assert is_signed(wrong)
