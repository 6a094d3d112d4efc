"""Tokens in a form that no access token has: without a real signature, encrypted, in another serialization."""

import json
from typing import Any

from joserfc import jwe
from joserfc.jwk import RSAKey

from conformance.client.forged_token import ForeignKey, WrongToken, encoded
from conformance.issuer.keys import public_jwk
from conformance.issuer.mint import ACCESS_TOKEN_TYPE, Mint

_P256_SIGNATURE_BYTES = 64


def with_zero_signature(mint: Mint) -> WrongToken:
    """An ES256 token whose r and s are zero, which broken verifiers take for every message's signature."""
    return WrongToken("with a signature of zeros", f"{_unsigned(mint)}.{encoded(bytes(_P256_SIGNATURE_BYTES))}")


def with_empty_signature(mint: Mint) -> WrongToken:
    """An ES256 token with nothing behind its last dot."""
    return WrongToken("with an empty signature", f"{_unsigned(mint)}.")


def with_two_algorithms(mint: Mint) -> list[WrongToken]:
    """Unsigned tokens whose header has alg twice, none and a real one in either order."""
    kid, payload = mint.signing_key("ES256")["kid"], encoded(mint.claims())
    pairs = (("none", "ES256"), ("ES256", "none"))
    headers = (f'{{"alg":"{a}","typ":"{ACCESS_TOKEN_TYPE}","kid":"{kid}","alg":"{b}"}}'.encode() for a, b in pairs)
    return [WrongToken("with alg twice and no signature", f"{encoded(header)}.{payload}.") for header in headers]


def by_nobody_without_key_id(mint: Mint) -> WrongToken:
    """A token signed by a key of nobody that names no key at all."""
    return ForeignKey.fresh().signs(mint.good(), "signed by another key, without kid", without=("kid",))


def encrypted(mint: Mint) -> WrongToken:
    """Claims that nobody signed, encrypted with the issuer's public key: everybody can do that."""
    key = mint.signing_key("RS256")
    recipient = RSAKey.import_key({n: v for n, v in public_jwk(key).items() if n not in ("alg", "use")})
    header: dict[str, Any] = {"alg": "RSA-OAEP", "enc": "A256GCM", "typ": ACCESS_TOKEN_TYPE, "kid": key["kid"]}
    claims = json.dumps(mint.claims()).encode()
    return WrongToken("that is encrypted and not signed", jwe.encrypt_compact(header, claims, recipient))


def in_json(mint: Mint) -> WrongToken:
    """A well-signed token in the JSON serialization (RFC 7515, 7.2.2), which is no b64token and no JWT."""
    protected, payload, signature = mint.good().split(".")
    members = {"payload": payload, "protected": protected, "signature": signature}
    return WrongToken("in JSON serialization", json.dumps(members, separators=(",", ":")))


def _unsigned(mint: Mint) -> str:
    return f"{encoded(mint.header('ES256'))}.{encoded(mint.claims())}"
