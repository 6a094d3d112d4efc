"""The issuer's signing keys: one a signature algorithm, private parts kept by the harness."""

import json
from collections.abc import Iterable, Mapping
from typing import Any

from joserfc.jwk import ECKey, Key, OKPKey, RSAKey, import_key

ALGORITHMS = ("ES256", "RS256")
"""What a fresh issuer has keys for. RS256 is the one that RFC 9068, 2.1 makes everybody support."""
_PREPARED: list[RSAKey] = []
_IMPORTED: dict[str, Key] = {}
_MOST_KEPT = 64
PRIVATE_MEMBERS = frozenset({"d", "p", "q", "dp", "dq", "qi", "oth", "k"})


def new_signing_key(algorithm: str) -> dict[str, Any]:
    """A private JWK with `alg`, `use` and a `kid` of its own. Raises ValueError for an algorithm not made here."""
    if algorithm == "ES256":
        key: Key = ECKey.generate_key("P-256", auto_kid=True)
    elif algorithm == "RS256":
        key = _PREPARED.pop() if _PREPARED else _rsa_key()
    elif algorithm == "EdDSA":
        key = OKPKey.generate_key("Ed25519", auto_kid=True)
    else:
        raise ValueError(f"no key can be made for {algorithm!r}")
    jwk = dict(key.as_dict(private=True))
    _keep(_spelt(jwk), key)
    return jwk | {"alg": algorithm, "use": "sig"}


def prepare_key() -> None:
    """Make the key that takes long (RSA) ahead of the issuer that will need it; processes forked later share it."""
    _PREPARED.append(_rsa_key())


def _rsa_key() -> RSAKey:
    return RSAKey.generate_key(2048, auto_kid=True)


def public_jwk(jwk: Mapping[str, Any]) -> dict[str, Any]:
    """The same key without its private members."""
    return {name: value for name, value in jwk.items() if name not in PRIVATE_MEMBERS}


def key_set(jwks: Iterable[Mapping[str, Any]]) -> dict[str, Any]:
    """The JWK Set (RFC 7517, 5) of the public parts."""
    return {"keys": [public_jwk(jwk) for jwk in jwks]}


def usable(jwk: Mapping[str, Any]) -> Key:
    """The key behind a JWK. Raises ValueError (joserfc's errors are) for a broken one.

    It is kept, since importing a private RSA key takes far longer than signing with it.
    """
    spelt = _spelt(jwk)
    if spelt not in _IMPORTED:
        _keep(spelt, import_key(dict(jwk)))
    return _IMPORTED[spelt]


def _keep(spelt: str, key: Key) -> None:
    if len(_IMPORTED) >= _MOST_KEPT:
        _IMPORTED.clear()
    _IMPORTED[spelt] = key


def _spelt(jwk: Mapping[str, Any]) -> str:
    return json.dumps(dict(jwk), sort_keys=True)
