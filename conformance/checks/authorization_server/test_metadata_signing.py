"""Signed authorization server metadata: RFC 8414, section 2.1."""

import json
from base64 import urlsafe_b64decode
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from conformance.catalogue import requirement
from conformance.client.authorization_server import AuthorizationServer
from conformance.client.published import holding
from conformance.vocabulary import Violation


@dataclass(frozen=True)
class _SignedMetadata:
    """The parts of the JWT, read without trust."""

    header: Mapping[str, Any]
    claims: Mapping[str, Any]
    has_signature: bool


@requirement("RFC8414-2.1-a")
def test_signed_metadata_is_signed_and_names_its_issuer(authorization_server: AuthorizationServer) -> None:
    """signed_metadata is a JWS with a signature or MAC, and its claims have iss.

    Means: clients trust values that nobody vouches for.
    Fix: sign the JWT with a real algorithm, and say by iss who attests to the claims.
    """
    for members in holding(authorization_server, "signed_metadata"):
        signed = _read(members.string("signed_metadata"))
        algorithm = signed.header.get("alg")
        if not signed.has_signature or not isinstance(algorithm, str) or algorithm.lower() == "none":
            raise Violation("not signed", expected="a JWS with a signature", observed=f"alg: {algorithm!r}")
        if not isinstance(signed.claims.get("iss"), str):
            claims = ", ".join(sorted(signed.claims))
            raise Violation("no iss", expected="a claim iss", observed=f"claims: {claims[:200]}")


@requirement("RFC8414-2.1-d")
def test_signed_metadata_does_not_hold_itself(authorization_server: AuthorizationServer) -> None:
    """signed_metadata is no claim inside the signed JWT.

    Means: consumers don't know which of the nested statements counts.
    Fix: leave signed_metadata out of the claims before signing.
    """
    for members in holding(authorization_server, "signed_metadata"):
        if "signed_metadata" in _read(members.string("signed_metadata")).claims:
            raise Violation("nested signed_metadata", expected="no such claim", observed="a claim signed_metadata")


def _read(token: str) -> _SignedMetadata:
    parts = token.split(".")
    if len(parts) != 3:
        raise Violation("not a JWT", expected="three parts, separated by dots", observed=f"{len(parts)} part(s)")
    return _SignedMetadata(_object(parts[0]), _object(parts[1]), bool(parts[2]))


def _object(part: str) -> Mapping[str, Any]:
    try:
        value = json.loads(urlsafe_b64decode(part + "=" * (-len(part) % 4)))
    except (ValueError, RecursionError):
        value = None
    if not isinstance(value, dict):
        raise Violation("not a JWT", expected="base64url of a JSON object in each part", observed=repr(part[:40]))
    return value
