"""Departures from RFC 8414, section 2, and OpenID Connect Discovery: members that are missing or wrong."""

from typing import Any

from joserfc import jwt

from reference_impl.authorization_server.rules import Rules
from reference_impl.mutants.registry import mutant


class BothDocuments(Rules):
    """`members` are added to both documents or replace what is there."""

    def members(self) -> dict[str, Any]:
        return {}

    def authorization_server_metadata(self) -> dict[str, Any]:
        return super().authorization_server_metadata() | self.members()


class OpenidDocument(Rules):
    """In the OpenID document, which somebody maintains by hand, `members` differ; None stands for a forgotten one."""

    def members(self) -> dict[str, Any]:
        return {}

    def openid_configuration(self) -> dict[str, Any]:
        merged = super().openid_configuration() | self.members()
        return {name: value for name, value in merged.items() if value is not None}


@mutant(
    kills={"RFC8414-2-c", "OIDCD-3-a"},
    story="The OpenID document was forgotten when the authorization endpoint was added.",
)
class NoAuthorizationEndpoint(OpenidDocument):
    def members(self) -> dict[str, Any]:
        return {"authorization_endpoint": None}


@mutant(
    kills={"RFC8414-2-d", "OIDCD-3-a"},
    story="The OpenID document was forgotten when the token endpoint was added.",
)
class NoTokenEndpoint(OpenidDocument):
    def members(self) -> dict[str, Any]:
        return {"token_endpoint": None}


@mutant(kills={"RFC8414-2-g"}, story="The metadata does not list the scopes.")
class NoScopesSupported(Rules):
    def scopes_supported(self) -> None:
        return None


@mutant(
    kills={"RFC8414-2-i", "OIDCD-3-a"}, story="The metadata leaves response_types_supported out, since there is one."
)
class NoResponseTypesSupported(Rules):
    def response_types_supported(self) -> None:
        return None


@mutant(kills={"RFC8414-2-i"}, story="Response types are listed with a comma between their parts.")
class ResponseTypesWithComma(Rules):
    def response_types_supported(self) -> list[str]:
        return ["code", "code,id_token"]


@mutant(
    kills={"OIDCD-4.2-b", "RFC8414-2-j", "RFC8414-3.2-c"},
    story="response_modes_supported is a string, since there is one mode.",
)
class ResponseModeAsString(BothDocuments):
    def members(self) -> dict[str, Any]:
        return {"response_modes_supported": "query"}


@mutant(
    kills={"RFC8414-2-k"},
    story="The OpenID document leaves grant_types_supported out and thereby claims the implicit grant.",
)
class GrantTypesLeftOut(OpenidDocument):
    def members(self) -> dict[str, Any]:
        return {"grant_types_supported": None}


@mutant(
    kills={"MCP-GEN-08", "RFC9068-4-c"},
    story="The OpenID document offers a grant for televisions only.",
)
class DeviceGrantOnly(OpenidDocument):
    def members(self) -> dict[str, Any]:
        return {"grant_types_supported": ["urn:ietf:params:oauth:grant-type:device_code"]}


@mutant(
    kills={"RFC8414-2-u", "RFC9068-4-c"},
    story="The OpenID document advertises a challenge method that was never registered.",
)
class PrivateChallengeMethod(OpenidDocument):
    def members(self) -> dict[str, Any]:
        return {"code_challenge_methods_supported": ["S256", "S512"]}


@mutant(
    kills={"MCP-SEC-11"},
    story="The OpenID document has the members of OpenID Connect only, so it says nothing about PKCE.",
)
class OpenidDocumentWithoutPkce(OpenidDocument):
    def members(self) -> dict[str, Any]:
        return {"code_challenge_methods_supported": None}


@mutant(
    kills={
        "MCP-SEC-11",
        "OAUTH21-7.10-a",
        "OIDCD-4.2-b",
        "RFC7636-7.2-b",
        "RFC8414-2-u",
        "RFC8414-3.2-c",
        "RFC9700-2.1.1-e",
    },
    story="The one challenge method is announced as a string.",
)
class ChallengeMethodAsString(BothDocuments):
    def members(self) -> dict[str, Any]:
        return {"code_challenge_methods_supported": "S256"}


@mutant(
    kills={"OIDCD-3-a"},
    story="The OpenID document does not say how ID tokens are signed, as there are none.",
)
class NoIdTokenAlgorithms(OpenidDocument):
    def members(self) -> dict[str, Any]:
        return {"id_token_signing_alg_values_supported": None}


@mutant(kills={"RFC8414-2-x"}, story="The link to the documentation is a relative path.")
class RelativeDocumentationLink(BothDocuments):
    def members(self) -> dict[str, Any]:
        return {"service_documentation": "docs/index.html"}


@mutant(kills={"RFC8414-2-x"}, story="Languages are listed as the operating system spells them.")
class LocalesWithUnderscore(BothDocuments):
    def members(self) -> dict[str, Any]:
        return {"ui_locales_supported": ["en_US"]}


@mutant(
    kills={"RFC8414-2.1-a", "RFC8414-2.1-d"},
    story="signed_metadata is an unsigned JWT of the whole document, itself included.",
)
class SignedMetadataWithoutSignature(BothDocuments):
    def members(self) -> dict[str, Any]:
        claims = {"iss": self.config.issuer, "signed_metadata": ""}
        return {"signed_metadata": jwt.encode({"alg": "none"}, claims, self.keys.current, algorithms=["none"])}


@mutant(
    kills={"RFC8414-2.1-a", "RFC8414-2.1-d"},
    story="signed_metadata is signed, but by nobody in particular, and holds an earlier edition of itself.",
)
class SignedMetadataWithoutIss(BothDocuments):
    def members(self) -> dict[str, Any]:
        algorithm = self.config.signing_algorithm
        claims = {"issuer": self.config.issuer, "signed_metadata": ""}
        return {"signed_metadata": jwt.encode({"alg": algorithm}, claims, self.keys.current, algorithms=[algorithm])}


@mutant(
    kills={"OIDCD-3-g", "RFC8414-2-f"},
    story="An encryption key was added to the key set without saying that it is one by use.",
)
class EncryptionKeyWithoutUse(Rules):
    def jwks_document(self) -> dict[str, Any]:
        document = super().jwks_document()
        signing = {name: value for name, value in document["keys"][0].items() if name not in ("use", "kid")}
        return {"keys": [*document["keys"], signing | {"alg": "ECDH-ES", "kid": "encryption"}]}


@mutant(
    kills={"RFC9728-4-a"},
    story="protected_resources was written by hand and lacks the newest resource.",
)
class ResourceNotListed(Rules):
    def protected_resources(self) -> list[str]:
        return [resource.uri for resource in self.config.resources[1:]]
