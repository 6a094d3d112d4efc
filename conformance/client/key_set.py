"""What a published JWK Set says of its keys (RFC 7517)."""

from base64 import b64decode
from collections.abc import Mapping
from typing import Any

from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from joserfc.errors import JoseError
from joserfc.jwk import ECKey, OKPKey, RSAKey

from conformance.client.discovery import Document
from conformance.expect import expect
from conformance.vocabulary import Inconclusive

Key = Mapping[str, Any]
_ENCRYPTING_OPERATIONS = {"encrypt", "decrypt", "wrapKey", "unwrapKey", "deriveKey", "deriveBits"}
_SIGNING_OPERATIONS = {"sign", "verify"}
_KEY_MANAGEMENT_PREFIXES = ("RSA", "ECDH-ES", "A", "PBES2", "dir")
_KINDS: Mapping[str, type[ECKey | RSAKey | OKPKey]] = {"EC": ECKey, "RSA": RSAKey, "OKP": OKPKey}
_SECRET_MEMBERS = frozenset({"d", "p", "q", "dp", "dq", "qi", "oth", "k", "priv"})


def keys_of(document: Document) -> list[Key]:
    """The keys of that document. Raises Inconclusive when it is no JWK Set."""
    keys = (document.members or {}).get("keys")
    if not isinstance(keys, list) or not keys or not all(isinstance(key, dict) for key in keys):
        seen = expect(document.response).described()
        raise Inconclusive(f"there is no JWK Set at {document.url}: {seen}", root="jwks")
    return keys


def name_of(key: Key) -> str:
    """How to call a key in a report."""
    return str(key.get("kid", "without kid"))[:60]


def purpose_of(key: Key) -> str:
    """What a key says it is for: sig, enc, or nothing. The algorithms of key management all have these prefixes."""
    operations = key.get("key_ops")
    named = set(operations) if isinstance(operations, list) and all(isinstance(o, str) for o in operations) else set()
    algorithm = str(key.get("alg", ""))
    manages_keys = algorithm.startswith(_KEY_MANAGEMENT_PREFIXES)
    if key.get("use") == "enc" or named & _ENCRYPTING_OPERATIONS or manages_keys:
        return "enc"
    if key.get("use") == "sig" or named & _SIGNING_OPERATIONS or algorithm:
        return "sig"
    return ""


def without_use(keys: list[Key]) -> list[str] | None:
    """The keys that don't say their use; None where the set does not hold both signing and encryption keys."""
    if not {"sig", "enc"} <= {purpose_of(key) for key in keys}:
        return None
    return [name_of(key) for key in keys if not isinstance(key.get("use"), str)]


def is_secret(key: Key) -> bool:
    """Whether the key is symmetric, or has members of a private one (RFC 7518, 6)."""
    return key.get("kty") == "oct" or bool(_SECRET_MEMBERS & key.keys())


def has_certificate(key: Key) -> bool:
    """Whether the key has x5c and is of a kind that can be compared with it."""
    return "x5c" in key and key.get("kty") in _KINDS


def matches_certificate(key: Key) -> bool:
    """Whether the bare key is there and is the one that the first certificate of its x5c holds."""
    bare = {name: value for name, value in key.items() if name in ("kty", "crv", "x", "y", "n", "e")}
    try:
        certificate = x509.load_der_x509_certificate(b64decode(key["x5c"][0]))
        pem = certificate.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)
        kind = _KINDS[str(bare["kty"])]
        return bool(kind.import_key(pem).thumbprint() == kind.import_key(bare).thumbprint())
    except (JoseError, ValueError, TypeError, KeyError, IndexError, AttributeError):
        return False
