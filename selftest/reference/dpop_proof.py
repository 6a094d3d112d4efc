"""DPoP proofs, good and bad, made by hand, since a library would refuse to make most of the bad ones."""

import json
import time
from base64 import urlsafe_b64encode
from collections.abc import Mapping, Sequence
from typing import Any

from joserfc import jws
from joserfc.jwk import ECKey

KEY = ECKey.generate_key("P-256")
TOKEN_ENDPOINT = "https://as.test/oauth/token"


def proof(
    key: Any = KEY,
    header: Mapping[str, Any] | None = None,
    alg: str = "ES256",
    without: Sequence[str] = (),
    **claims: Any,
) -> str:
    """A proof for a POST to the token endpoint, with members of header and claims replaced or left out."""
    header = {"typ": "dpop+jwt", "alg": alg, "jwk": key.as_dict(private=False), **(header or {})}
    good = {"jti": f"jti-{time.perf_counter_ns()}", "htm": "POST", "htu": TOKEN_ENDPOINT, "iat": int(time.time())}
    claims = {name: value for name, value in {**good, **claims}.items() if name not in without}
    return signed(header, claims, key, alg)


def signed(header: Mapping[str, Any], claims: Mapping[str, Any], key: Any, alg: str) -> str:
    """A JWT with exactly this header and these claims."""
    message = b".".join(urlsafe_b64encode(json.dumps(part).encode()).rstrip(b"=") for part in (header, claims))
    signature = jws.JWSRegistry(algorithms=[alg]).get_alg(alg).sign(message, key)
    return (message + b"." + urlsafe_b64encode(signature).rstrip(b"=")).decode()
