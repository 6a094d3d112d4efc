"""Introspection (RFC 7662): the issuer's own JWTs while they are good, and opaque tokens that it was told of."""

import time
from collections.abc import Mapping
from typing import Any

from joserfc.errors import JoseError
from joserfc.jws import JWSRegistry

from conformance.client.forged_token import decoded
from conformance.client.jose import unverified_jwt
from conformance.issuer.keys import usable
from conformance.issuer.state import IssuerState

_INACTIVE = {"active": False}


def introspect(state: IssuerState, token: str) -> dict[str, Any]:
    """The introspection response: `active` and, when true, the claims."""
    if token in state.opaque_tokens:
        return _while_it_lasts(state.opaque_tokens[token])
    jwt = unverified_jwt(token)
    if jwt is None or not any(_verifies(token, str(jwt.header.get("alg")), key) for key in state.keys):
        return dict(_INACTIVE)
    return _while_it_lasts(jwt.claims)


def _while_it_lasts(claims: Mapping[str, Any]) -> dict[str, Any]:
    expiry = claims.get("exp")
    over = isinstance(expiry, int | float) and expiry <= time.time()
    return dict(_INACTIVE) if over else {"active": True, "token_type": "Bearer", **claims}


def _verifies(token: str, algorithm: str, jwk: Mapping[str, Any]) -> bool:
    if jwk.get("alg") != algorithm:
        return False
    signing_input, _, signature = token.rpartition(".")
    try:
        model = JWSRegistry(algorithms=[algorithm]).get_alg(algorithm)
        return bool(model.verify(signing_input.encode(), decoded(signature), usable(jwk)))
    except (JoseError, ValueError):
        return False
