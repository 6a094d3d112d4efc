"""Signed JWTs on the wire and public keys: decoding and signature arithmetic, no policy."""

import base64
import binascii
import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey
from joserfc.errors import JoseError
from joserfc.jwk import Key, import_key
from joserfc.jws import JWSRegistry

_BASE64URL = re.compile(r"[A-Za-z0-9_-]*")
MIN_RSA_BITS = 2048
MAX_RSA_BITS = 4096
MAX_RSA_EXPONENT = 2**32


class MalformedError(ValueError):
    """Bytes that are not what they should be; the text never repeats them."""


@dataclass(frozen=True, slots=True)
class SignedJwt:
    """A decoded, not yet verified, compact JWS (RFC 7515 section 7.1) whose payload is a JSON object."""

    header: Mapping[str, Any]
    claims: Mapping[str, Any] = field(repr=False)
    signing_input: bytes = field(repr=False)
    signature: bytes = field(repr=False)


@dataclass(frozen=True, slots=True)
class VerificationKey:
    """A public key of a JWK Set: the members that say what it is for, and the key itself."""

    members: Mapping[str, Any]
    key: Key

    @property
    def kid(self) -> str | None:
        """The key ID, if the key has one."""
        return self.members.get("kid")


def decode_base64url(segment: str) -> bytes:
    """Decode unpadded base64url (RFC 7515 section 2). Raises MalformedError for anything else."""
    if not _BASE64URL.fullmatch(segment):
        raise MalformedError("not base64url")
    try:
        decoded = base64.urlsafe_b64decode(segment + "=" * (-len(segment) % 4))
    except binascii.Error:
        raise MalformedError("not base64url") from None
    if base64.urlsafe_b64encode(decoded).rstrip(b"=") != segment.encode():
        raise MalformedError("not canonical base64url")
    return decoded


def encode_base64url(data: bytes) -> str:
    """Encode as unpadded base64url."""
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode("ascii")


def parse_unique_object(data: bytes) -> dict[str, Any]:
    """Parse a JSON object whose member names are unique at every depth (RFC 7519 section 4). Raises MalformedError."""
    try:
        value = json.loads(data.decode("utf-8"), object_pairs_hook=_unique_members, parse_constant=_no_constant)
    except (ValueError, RecursionError):
        raise MalformedError("not a JSON object with unique member names") from None
    if not isinstance(value, dict):
        raise MalformedError("not a JSON object")
    return value


def _unique_members(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    members = dict(pairs)
    if len(members) != len(pairs):
        raise ValueError("a member name is repeated")
    return members


def _no_constant(_name: str) -> None:
    raise ValueError("NaN and Infinity are not JSON")


def import_public_key(jwk: Mapping[str, Any]) -> VerificationKey:
    """Import a public asymmetric JWK. Raises MalformedError for private, symmetric, weak, oversized or broken keys."""
    try:
        key = import_key(dict(jwk))
        public_key = key.public_key
    except (JoseError, ValueError, TypeError, KeyError, AttributeError, OverflowError):
        raise MalformedError("not a usable JWK") from None
    if key.key_type == "oct" or key.is_private:
        raise MalformedError("not a public key")
    if isinstance(public_key, RSAPublicKey):
        exponent = public_key.public_numbers().e
        if not MIN_RSA_BITS <= public_key.key_size <= MAX_RSA_BITS or exponent > MAX_RSA_EXPONENT:
            raise MalformedError("not an RSA key of 2048 to 4096 bits")
    return VerificationKey(jwk, key)


def key_fits_algorithm(key: Key, algorithm: str) -> bool:
    """Whether the key's type and curve are those that the algorithm is defined for."""
    try:
        JWSRegistry(algorithms=[algorithm]).get_alg(algorithm).check_key(key)
    except (JoseError, ValueError):
        return False
    return True


def signature_is_valid(algorithm: str, key: Key, signing_input: bytes, signature: bytes) -> bool:
    """Verify with exactly the named algorithm; a wrong kind of key or a malformed signature is just not valid."""
    try:
        model = JWSRegistry(algorithms=[algorithm]).get_alg(algorithm)
        model.check_key(key)
        return model.verify(signing_input, signature, key)
    except (JoseError, ValueError, TypeError):
        return False
