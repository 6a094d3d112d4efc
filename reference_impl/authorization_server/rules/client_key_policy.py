"""Which keys a client may publish for itself (RFC 7591 section 2, client ID metadata documents section 4.1)."""

from typing import Any
from urllib.parse import urlsplit

from joserfc.errors import JoseError
from joserfc.jwk import KeySet

from reference_impl.authorization_server.rules.registration_errors import RegistrationErrorRules

PRIVATE_MEMBERS = frozenset({"d", "p", "q", "dp", "dq", "qi", "oth", "k"})


class ClientKeyPolicyRules(RegistrationErrorRules):
    """Judgements of `jwks`, `jwks_uri` and the authentication method that uses them."""

    def check_client_keys(self, metadata: dict[str, Any]) -> dict[str, Any]:
        """RFC7591-2: run every judgement of the client's keys over `metadata`."""
        self.check_one_source_of_keys(metadata)
        self.check_jwks_uri(metadata)
        self.check_jwks_has_public_keys_only(metadata)
        self.check_jwks_is_a_key_set(metadata)
        self.check_key_method_has_keys(metadata)
        self.check_assertion_algorithm(metadata)
        return metadata

    def check_one_source_of_keys(self, metadata: dict[str, Any]) -> None:
        """RFC7591-2-c: jwks and jwks_uri never together."""
        if "jwks" in metadata and "jwks_uri" in metadata:
            raise self.invalid_client_metadata("jwks and jwks_uri must not be used together")

    def check_jwks_uri(self, metadata: dict[str, Any]) -> None:
        """RFC7591-5: keys are fetched over https only, from a plain URL."""
        if "jwks_uri" not in metadata:
            return
        parts = urlsplit(metadata["jwks_uri"])
        if parts.scheme != "https" or not parts.hostname or "@" in parts.netloc or parts.fragment:
            raise self.invalid_client_metadata("jwks_uri must be an https URL")

    def check_jwks_is_a_key_set(self, metadata: dict[str, Any]) -> None:
        """RFC7591-2: jwks is a JWK set with at least one usable key (RFC 7517 section 5)."""
        if "jwks" not in metadata:
            return
        try:
            keys = KeySet.import_key_set(metadata["jwks"]).keys
        except (JoseError, ValueError, TypeError, KeyError, AttributeError):
            keys = []
        if not keys:
            raise self.invalid_client_metadata("jwks must be a JWK set")

    def check_jwks_has_public_keys_only(self, metadata: dict[str, Any]) -> None:
        """CIMD-4.1-b: no private or symmetric key; it would be no secret any more."""
        listed = metadata.get("jwks", {}).get("keys")
        keys = [key for key in listed if isinstance(key, dict)] if isinstance(listed, list) else []
        if any(PRIVATE_MEMBERS & key.keys() or key.get("kty") == "oct" for key in keys):
            raise self.invalid_client_metadata("jwks must hold public keys only")

    def check_key_method_has_keys(self, metadata: dict[str, Any]) -> None:
        """CIMD-8.2-a: private_key_jwt without published keys could never be checked."""
        keyed = metadata["token_endpoint_auth_method"] == "private_key_jwt"  # noqa: S105 - the name of a method
        if keyed and not ("jwks" in metadata or "jwks_uri" in metadata):
            raise self.invalid_client_metadata("private_key_jwt needs jwks or jwks_uri")

    def check_assertion_algorithm(self, metadata: dict[str, Any]) -> None:
        """RFC7591-2: a token_endpoint_auth_signing_alg is one of the algorithms of this server."""
        algorithm = metadata.get("token_endpoint_auth_signing_alg")
        if algorithm is not None and algorithm not in self.config.client_assertion.algorithms:
            raise self.invalid_client_metadata("this token_endpoint_auth_signing_alg is not supported")
