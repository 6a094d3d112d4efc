"""Reading JOSE objects without believing them: header and claims of a JWT, no signature checked (RFC 7515, 7519)."""

import json
from base64 import urlsafe_b64decode
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True)
class UnverifiedJwt:
    """What a signed JWT says about itself. `signature` is the encoded third part."""

    header: Mapping[str, Any]
    claims: Mapping[str, Any]
    signature: str

    def text(self, name: str) -> str | None:
        """A claim that is a string, or None."""
        value = self.claims.get(name)
        return value if isinstance(value, str) else None

    def number(self, name: str) -> float | None:
        """A claim that is a JSON number (NumericDate in seconds, for example), or None."""
        return number_of(self.claims.get(name))


def unverified_jwt(token: str) -> UnverifiedJwt | None:
    """The token read as a signed JWT in compact form (RFC 7519, 7.2), or None when it is something else."""
    parts = token.split(".")
    if len(parts) != 3:
        return None
    header, claims = json_part(parts[0]), json_part(parts[1])
    if header is None or claims is None or not isinstance(header.get("alg"), str):
        return None
    return UnverifiedJwt(header, claims, parts[2])


def json_part(part: str) -> dict[str, Any] | None:
    """The JSON object in one base64url part of a JOSE object, or None."""
    try:
        value = json.loads(urlsafe_b64decode(part + "=" * (-len(part) % 4)))
    except (ValueError, RecursionError):
        return None
    return value if isinstance(value, dict) else None


def number_of(value: Any) -> float | None:
    """A JSON number as float, or None for every other type (true and false are none)."""
    return float(value) if isinstance(value, int | float) and not isinstance(value, bool) else None
