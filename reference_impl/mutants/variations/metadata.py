"""Legal variations of authorization server metadata and the key set."""

from typing import Any

from joserfc import jwt
from joserfc.jwk import ECKey

from reference_impl.authorization_server.rules import Rules
from reference_impl.mutants.certificate import certificate_of
from reference_impl.mutants.registry import variation


@variation(story="The metadata has every optional member of RFC 8414, members of other documents and unknown ones.")
class MetadataWithMoreMembers(Rules):
    def authorization_server_metadata(self) -> dict[str, Any]:
        return {
            **super().authorization_server_metadata(),
            "service_documentation": "http://docs.example/oauth",
            "op_policy_uri": "https://docs.example/policy",
            "op_tos_uri": "https://docs.example/terms",
            "ui_locales_supported": ["en-US", "zh-Hant-TW", "x-klingon"],
            "response_modes_supported": ["query", "form_post"],
            "authorization_details_types_supported": ["payment_initiation"],
            "request_parameter_supported": False,
            "anonymous_access_supported": True,
            "x_internal": {"build": 7},
        }


@variation(story="The metadata is signed too, as RFC 8414, 2.1 allows.")
class SignedMetadata(Rules):
    def authorization_server_metadata(self) -> dict[str, Any]:
        document, algorithm = super().authorization_server_metadata(), self.config.signing_algorithm
        claims = {**document, "iss": self.config.issuer}
        signed = jwt.encode({"alg": algorithm}, claims, self.keys.current, algorithms=[algorithm])
        return {**document, "signed_metadata": signed}


@variation(story="Content-Type of the metadata has a charset and another case.")
class MetadataWithCharset(Rules):
    def metadata_media_type(self) -> str:
        return "Application/JSON; charset=utf-8"

    def openid_configuration_media_type(self) -> str:
        return self.metadata_media_type()


@variation(story="The key set holds an encryption key as well; each key says what it is for.")
class EncryptionKeyInTheKeySet(Rules):
    def jwks_document(self) -> dict[str, Any]:
        key = ECKey.generate_key("P-256", auto_kid=True).as_dict(private=False)
        return {"keys": [{**key, "use": "enc", "alg": "ECDH-ES+A256KW"}, *super().jwks_document()["keys"]]}


@variation(story="Keys of the key set come with certificates, which hold the same keys.")
class KeysWithCertificates(Rules):
    def published_key(self, key: dict[str, Any]) -> dict[str, Any]:
        published, current = super().published_key(key), self.keys.current
        if isinstance(current, ECKey) and current.kid == key.get("kid"):
            return {**published, "x5c": [certificate_of(current)]}
        return published


@variation(story="Lists of the metadata are in another order in the OpenID document.")
class ListsInAnotherOrder(Rules):
    def openid_configuration(self) -> dict[str, Any]:
        document = super().openid_configuration()
        return {name: value[::-1] if isinstance(value, list) else value for name, value in document.items()}
