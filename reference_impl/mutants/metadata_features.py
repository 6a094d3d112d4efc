"""Departures in what metadata says about client authentication, extensions and https."""

import ssl
import warnings
from dataclasses import replace
from typing import Any

from reference_impl.authorization_server.rules import Rules
from reference_impl.authorization_server.rules.jwt_bearer_grant import JWT_BEARER
from reference_impl.launcher import LaunchOptions
from reference_impl.mutants.metadata_members import BothDocuments, OpenidDocument
from reference_impl.mutants.registry import mutant

_TOKEN = "token_endpoint_auth_signing_alg_values_supported"
_REVOCATION = "revocation_endpoint_auth_signing_alg_values_supported"
_INTROSPECTION = "introspection_endpoint_auth_signing_alg_values_supported"
_LOWEST_SECURITY = "@SECLEVEL=0"
_EVERY_URL_IS_JUDGED = {"OIDCD-3-b", "MCP-SEC-04", "MCP-GEN-07", "OAUTH21-1.5-a"}


@mutant(
    kills={"RFC8414-2-l"},
    story="The metadata lists how confidential clients authenticate and forgets that public ones are served.",
)
class PublicClientsNotListed(Rules):
    def token_endpoint_auth_methods_supported(self) -> list[str]:
        return [method for method in super().token_endpoint_auth_methods_supported() or [] if method != "none"]


@mutant(
    kills={"RFC8414-2-m", "EXTCC-03"},
    story="The OpenID document offers private_key_jwt and does not say by which algorithms.",
)
class TokenEndpointAlgorithmsLeftOut(OpenidDocument):
    def members(self) -> dict[str, Any]:
        return {_TOKEN: None}


@mutant(kills={"OIDCD-3-e", "RFC8414-2-n"}, story="Client assertions by RSA keys are not offered.")
class NoRsaAssertions(BothDocuments):
    def members(self) -> dict[str, Any]:
        return {_TOKEN: ["ES256", "EdDSA"]}


@mutant(
    kills={"OIDCD-3-d", "RFC8414-2-o"},
    story="The list of algorithms at the token endpoint is all that the library knows.",
)
class UnsignedAssertionsAtTheTokenEndpoint(BothDocuments):
    def members(self) -> dict[str, Any]:
        return {_TOKEN: ["none", "RS256", "ES256"]}


@mutant(
    kills={"RFC8414-2-q"},
    story="The OpenID document offers JWT authentication for revocation and does not say by which algorithms.",
)
class RevocationAlgorithmsLeftOut(OpenidDocument):
    def members(self) -> dict[str, Any]:
        return {_REVOCATION: None}


@mutant(kills={"RFC8414-2-r"}, story="The list of algorithms for revocation is all that the library knows.")
class UnsignedAssertionsForRevocation(BothDocuments):
    def members(self) -> dict[str, Any]:
        return {_REVOCATION: ["none", "RS256", "ES256"]}


@mutant(
    kills={"RFC8414-2-s"},
    story="The OpenID document offers JWT authentication for introspection and does not say by which algorithms.",
)
class IntrospectionAlgorithmsLeftOut(OpenidDocument):
    def members(self) -> dict[str, Any]:
        return {_INTROSPECTION: None}


@mutant(kills={"RFC8414-2-t"}, story="The list of algorithms for introspection is all that the library knows.")
class UnsignedAssertionsForIntrospection(BothDocuments):
    def members(self) -> dict[str, Any]:
        return {_INTROSPECTION: ["none", "RS256", "ES256"]}


@mutant(
    kills={"EXTCC-02", "OAUTH21-2.4-b", "RFC9700-2.5-a", "RFC9068-4-c"},
    story="The OpenID document offers secrets in the request body and nothing else.",
)
class SecretsInTheBodyOnly(OpenidDocument):
    def members(self) -> dict[str, Any]:
        return {"token_endpoint_auth_methods_supported": ["none", "client_secret_post"]}


@mutant(kills={"EXTDPOP-04", "RFC9449-5.1-a"}, story="DPoP proofs by a shared secret are offered.")
class SymmetricDpopProofs(Rules):
    def dpop_signing_alg_values_supported(self) -> list[str]:
        return [*(super().dpop_signing_alg_values_supported() or []), "HS256"]


@mutant(
    kills={"EXTDPOP-04", "OAUTH21-1.4.3-a", "RFC9700-2.2.1-a", "RFC8414-3.2-d", "OIDCD-4.2-a"},
    story="The list of algorithms for DPoP comes out empty.",
)
class EmptyDpopAlgorithms(BothDocuments):
    def members(self) -> dict[str, Any]:
        return {"dpop_signing_alg_values_supported": []}


@mutant(kills={"RFC9207-2.3-c", "MCP-ISS-03"}, story="iss is sent, and the metadata denies it.")
class IssIsDenied(Rules):
    def authorization_response_iss_parameter_supported(self) -> bool:
        return False


@mutant(
    kills={"RFC9207-3-a", "RFC9207-2.3-c", "MCP-ISS-03"},
    story="The flag for iss comes from a configuration file as a string.",
)
class IssFlagAsString(BothDocuments):
    def members(self) -> dict[str, Any]:
        return {"authorization_response_iss_parameter_supported": "true"}


@mutant(
    kills={"CIMD-6-a", "MCP-REG-02", "RFC9068-4-c"},
    story="The OpenID document takes the flag for client ID metadata documents from a configuration file, as a string.",
)
class ClientDocumentFlagAsString(OpenidDocument):
    def members(self) -> dict[str, Any]:
        return {"client_id_metadata_document_supported": "true"}


@mutant(kills={"MCP-REG-02"}, story="The OpenID document does not announce client ID metadata documents.")
class ClientDocumentsNotAnnounced(OpenidDocument):
    def members(self) -> dict[str, Any]:
        return {"client_id_metadata_document_supported": None}


@mutant(kills={"MCP-REG-01"}, story="The OpenID document does not name the registration endpoint.")
class RegistrationNotAnnounced(OpenidDocument):
    def members(self) -> dict[str, Any]:
        return {"registration_endpoint": None}


@mutant(
    kills={"OIDCD-4.2-b", "RFC8414-3.2-c", "RFC9396-10-a"},
    story="The one type of authorization_details is announced as a string.",
)
class AuthorizationDetailsTypeAsString(BothDocuments):
    def members(self) -> dict[str, Any]:
        return {"authorization_details_types_supported": "payment"}


@mutant(
    kills={"EXTEMA-10", "EXTWIF-02"},
    story="The grant profile of enterprise-managed authorization is announced without the grant type that carries it.",
)
class GrantProfileWithoutGrantType(Rules):
    def grant_types_supported(self) -> list[str] | None:
        return [each for each in super().grant_types_supported() or [] if each != JWT_BEARER]


@mutant(
    kills={"EXTWIF-02"},
    story="JWT assertions are taken as grants, but no metadata says so.",
)
class UnannouncedJwtBearerGrant(Rules):
    def grant_types_supported(self) -> list[str] | None:
        return [each for each in super().grant_types_supported() or [] if each != JWT_BEARER]

    def authorization_grant_profiles_supported(self) -> list[str] | None:
        return None


@mutant(
    kills={"RFC8414-2-e", "RFC9068-4-c"} | _EVERY_URL_IS_JUDGED,
    story="The OpenID document still names the key set by plain http.",
)
class KeysByPlainHttp(OpenidDocument):
    def members(self) -> dict[str, Any]:
        return {"jwks_uri": self.config.endpoint("/.well-known/jwks.json").replace("https:", "http:")}


@mutant(
    kills={"RFC6750-5.2-d", "EXTEMA-14", "RFC7591-3-b", "RFC7009-2-b", "RFC9068-4-c", "RFC9449-2-a"}
    | _EVERY_URL_IS_JUDGED,
    story="Behind a proxy that ends TLS, the OpenID document is made with the scheme that the server sees: http.",
)
class EndpointsByPlainHttp(OpenidDocument):
    def members(self) -> dict[str, Any]:
        paths = {"token": "/oauth/token", "registration": "/oauth/register", "revocation": "/oauth/revoke"}
        plain = {name: self.config.endpoint(path).replace("https:", "http:") for name, path in paths.items()}
        return {f"{name}_endpoint": url for name, url in plain.items()}


@mutant(
    kills={"RFC9126-2-a", "RFC9068-4-c"} | _EVERY_URL_IS_JUDGED - {"OIDCD-3-b"},  # which does not know this member
    story="A pushed authorization request endpoint on an internal host is announced by plain http.",
)
class ParEndpointByPlainHttp(OpenidDocument):
    def members(self) -> dict[str, Any]:
        return {"pushed_authorization_request_endpoint": "http://par.internal.example/push"}


@mutant(
    kills={"RFC8414-6.1-a"},
    configures="launch",
    story="Only TLS 1.3 is enabled, so clients that can do 1.2 at most stay outside.",
)
def tls_1_3_only(options: LaunchOptions) -> LaunchOptions:
    def adjust(context: ssl.SSLContext) -> None:
        context.minimum_version = ssl.TLSVersion.TLSv1_3

    return replace(options, adjust_tls=adjust)


@mutant(
    kills={"RFC9728-7.1-a"},
    configures="launch",
    story="TLS 1.0 and 1.1 were left on for old clients.",
)
def old_tls_versions(options: LaunchOptions) -> LaunchOptions:
    def adjust(context: ssl.SSLContext) -> None:
        context.set_ciphers(f"DEFAULT:{_LOWEST_SECURITY}")
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", DeprecationWarning)
            context.minimum_version = ssl.TLSVersion.TLSv1

    return replace(options, adjust_tls=adjust)


@mutant(
    kills={"RFC8414-6.1-c", "RFC9728-7.1-a"},
    configures="launch",
    story="Every cipher suite is enabled, those without encryption and authentication included.",
)
def unprotected_tls_suites(options: LaunchOptions) -> LaunchOptions:
    def adjust(context: ssl.SSLContext) -> None:
        context.set_ciphers(f"ALL:COMPLEMENTOFALL:{_LOWEST_SECURITY}")

    return replace(options, adjust_tls=adjust)


@mutant(
    kills={"RFC6750-5.2-e", "RFC8414-3-b", "RFC9449-2-a"},
    configures="launch",
    story="The port takes plain http as well as TLS.",
)
def plain_http_beside_tls(options: LaunchOptions) -> LaunchOptions:
    return replace(options, plain_http_beside_tls=True)
