"""Proof keys (RFC 7636), the judge's own: shares nothing with the reference."""

import hashlib
import secrets
from base64 import urlsafe_b64encode
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class ProofKey:
    """A code_verifier and its S256 code_challenge."""

    verifier: str
    challenge: str


def s256(verifier: str) -> str:
    """The S256 challenge of a verifier (RFC 7636, 4.2)."""
    return urlsafe_b64encode(hashlib.sha256(verifier.encode("ascii")).digest()).rstrip(b"=").decode()


def new_proof_key(length: int = 43) -> ProofKey:
    """A fresh proof key; `length` is that of the verifier in characters (RFC 7636, 4.1: 43 to 128)."""
    verifier = secrets.token_urlsafe(length)[:length]
    return ProofKey(verifier, s256(verifier))
