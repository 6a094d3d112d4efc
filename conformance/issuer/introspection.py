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


def introspect(state: IssuerState, token: str) -> tuple[int, dict[str, Any]]:
    """Status and introspection response: `active` and, when true, the claims."""
    told = state.opaque_tokens.get(token)
    if told is not None:
        return told.status, dict(told.members) if told.verbatim else _while_it_lasts(told.members)
    jwt = unverified_jwt(token)
    if jwt is None or not any(_verifies(token, str(jwt.header.get("alg")), key) for key in state.keys):
        return 200, dict(_INACTIVE)
    return 200, _while_it_lasts(jwt.claims)


def _while_it_lasts(claims: Mapping[str, Any]) -> dict[str, Any]:
    now, begin, end = time.time(), claims.get("nbf"), claims.get("exp")
    over = isinstance(end, int | float) and end <= now
    early = isinstance(begin, int | float) and begin > now
    kind = "DPoP" if "cnf" in claims else "Bearer"
    return dict(_INACTIVE) if over or early else {"active": True, "token_type": kind, **claims}


def _verifies(token: str, algorithm: str, jwk: Mapping[str, Any]) -> bool:
    if jwk.get("alg") != algorithm:
        return False
    signing_input, _, signature = token.rpartition(".")
    try:
        model = JWSRegistry(algorithms=[algorithm]).get_alg(algorithm)
        return bool(model.verify(signing_input.encode(), decoded(signature), usable(jwk)))
    except (JoseError, ValueError):
        return False
