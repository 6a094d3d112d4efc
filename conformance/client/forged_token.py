"""Access tokens made wrong in one way, from a good one: tampered with, unsigned, or signed by somebody else."""

import hashlib
import hmac
import json
import secrets
from base64 import b64decode, urlsafe_b64decode, urlsafe_b64encode
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from joserfc.errors import JoseError
from joserfc.jwk import ECKey, Key, import_key
from joserfc.jws import JWSRegistry

from conformance.client.jose import unverified_jwt
from conformance.vocabulary import NotApplicable

NONE_SPELLINGS = ("none", "None", "NONE", "nOnE")
_CUT = 12


@dataclass(frozen=True, slots=True)
class WrongToken:
    """A token and its one `flaw`, in words that follow "a token ..."."""

    flaw: str
    token: str = field(repr=False)


def nobodys_token() -> WrongToken:
    """A random string of the size of a token."""
    return WrongToken("that nobody issued", secrets.token_urlsafe(32))


def cut_short(token: str) -> WrongToken:
    """The good token without its end: a JWT loses its signature and the dot before it, another its last characters."""
    head, dot, _ = token.rpartition(".")
    return WrongToken("whose end is missing", head if dot else token[:-_CUT])


def with_altered_signature(token: str) -> WrongToken:
    """The good JWT with one bit of its signature flipped. Raises NotApplicable for a token that is no JWT."""
    header, payload, signature = _parts(token)
    raw = bytearray(decoded(signature))
    raw[len(raw) // 2] ^= 1
    return WrongToken("with one bit of its signature altered", f"{header}.{payload}.{encoded(bytes(raw))}")


def with_altered_payload(token: str) -> WrongToken:
    """The good JWT with a claim added after signing. Raises NotApplicable for a token that is no JWT."""
    header, payload, signature = _parts(token)
    claims = json.loads(decoded(payload)) | {"conformance": "added after signing"}
    return WrongToken("whose payload was altered after signing", f"{header}.{encoded(claims)}.{signature}")


def without_signature(token: str, algorithm: str = "none") -> WrongToken:
    """The good claims under `alg: none` (in that spelling) and an empty signature. Raises NotApplicable."""
    header, payload, _ = _parts(token)
    changed = json.loads(decoded(header)) | {"alg": algorithm}
    return WrongToken(f"with alg {algorithm!r} and no signature", f"{encoded(changed)}.{payload}.")


def signed_by_public_key(token: str, public_jwk: Mapping[str, Any]) -> tuple[WrongToken, ...]:
    """The good claims signed with HS256, the issuer's public key taken as the secret in each usual form.

    Algorithm confusion (RFC 8725, 2.1 and 3.1). Raises NotApplicable for a token that is no JWT or a key of no use.
    """
    header, payload, _ = _parts(token)
    changed = json.loads(decoded(header)) | {"alg": "HS256"}
    signing_input = f"{encoded(changed)}.{payload}"
    try:
        pem = bytes(import_key(dict(public_jwk)).as_pem(private=False))  # type: ignore[union-attr]
    except (JoseError, ValueError, TypeError, AttributeError):
        raise NotApplicable("the issuer's key set holds no key that a PEM file could hold") from None
    shapes = {
        "as PEM": pem,
        "as PEM without its last line end": pem.rstrip(b"\n"),
        "as DER": b64decode(b"".join(pem.splitlines()[1:-1])),
        "as JWK": _json(public_jwk),
    }
    return tuple(
        WrongToken(
            f"signed with HS256 and the public key {shape} as secret",
            f"{signing_input}.{encoded(hmac.digest(secret, signing_input.encode(), hashlib.sha256))}",
        )
        for shape, secret in shapes.items()
    )


@dataclass(frozen=True)
class ForeignKey:
    """A key pair (P-256) that no issuer published."""

    private: Key
    public: Mapping[str, Any]

    @classmethod
    def fresh(cls) -> "ForeignKey":
        """A new pair with a `kid` of its own."""
        key = ECKey.generate_key("P-256", auto_kid=True)
        return cls(key, dict(key.as_dict(private=False)))

    def signs(self, token: str, flaw: str, *, without: tuple[str, ...] = (), **header: Any) -> WrongToken:
        """The good claims signed by this key with ES256; `header` adds or replaces members, `without` removes some.

        Raises NotApplicable for a token that is no JWT.
        """
        original, payload, _ = _parts(token)
        members = json.loads(decoded(original)) | {"alg": "ES256"} | header
        kept = {name: value for name, value in members.items() if name not in without}
        return WrongToken(flaw, signed(kept, decoded(payload), self.private))


def signed(header: Mapping[str, Any] | bytes, payload: Mapping[str, Any] | bytes, key: Key, algorithm: str = "") -> str:
    """A compact JWS over exactly these bytes (objects are serialised), whatever the header claims.

    The algorithm is the header's unless given. Raises ValueError for an algorithm that doesn't exist.
    """
    named = algorithm or (str(header["alg"]) if isinstance(header, Mapping) else "")
    signing_input = f"{encoded(header)}.{encoded(payload)}"
    model = JWSRegistry(algorithms=[named]).get_alg(named)
    return f"{signing_input}.{encoded(model.sign(signing_input.encode(), key))}"


def encoded(value: Mapping[str, Any] | bytes) -> str:
    """base64url without padding, of bytes or of an object as JSON."""
    raw = value if isinstance(value, bytes) else _json(value)
    return urlsafe_b64encode(raw).rstrip(b"=").decode()


def decoded(part: str) -> bytes:
    """The bytes behind base64url without padding. Raises ValueError."""
    return urlsafe_b64decode(part + "=" * (-len(part) % 4))


def _json(value: Mapping[str, Any]) -> bytes:
    return json.dumps(dict(value), separators=(",", ":")).encode()


def _parts(token: str) -> tuple[str, str, str]:
    if unverified_jwt(token) is None:
        raise NotApplicable("the access token is no signed JWT, so nobody can alter what it says")
    header, payload, signature = token.split(".")
    return header, payload, signature
