"""The section identity_provider of a target file: whom the AS trusts and the harness may speak for."""

from collections.abc import Mapping

from joserfc.errors import JoseError
from joserfc.jwk import import_key

from conformance.catalogue.marked_yaml import Marked
from conformance.client.facts import IdentityProviderFacts
from conformance.targets.errors import ConfigurationError

IDENTITY_PROVIDER: Mapping[str, type | tuple[type, ...]] = {
    "issuer": str,
    "private_jwk": dict,
    "subject": str,
    "workload": str,
    "claims": dict,
}


def identity_provider_facts(marked: Marked) -> IdentityProviderFacts:
    """The facts of that section. Raises ConfigurationError."""
    value = marked.value
    for name in ("issuer", "private_jwk"):
        if not value.get(name):
            raise ConfigurationError(f"{marked.where()}: identity_provider needs {name}")
    jwk = value["private_jwk"]
    try:
        usable = bool(import_key(dict(jwk)).is_private) and isinstance(jwk.get("alg"), str)
    except (JoseError, ValueError, TypeError, KeyError):
        usable = False
    if not usable:
        raise ConfigurationError(f"{marked.where('private_jwk')}: private_jwk has to be a private JWK with alg")
    return IdentityProviderFacts(
        issuer=value["issuer"],
        private_jwk=dict(jwk),
        subject=value.get("subject", IdentityProviderFacts.subject),
        workload=value.get("workload"),
        claims=dict(value.get("claims") or {}),
    )
