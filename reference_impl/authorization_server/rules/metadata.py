"""Authorization server metadata (RFC 8414, OpenID Connect Discovery) and the published keys (RFC 7517).

Each member is a method of its own, named like the member; None leaves the member out.
"""

from collections.abc import Callable
from typing import Any

from reference_impl.authorization_server.rules.http import HttpRules
from reference_impl.authorization_server.rules.scope import OPENID

Member = Callable[[], Any]


class MetadataRules(HttpRules):
    """What the server says about itself."""

    def authorization_server_metadata(self) -> dict[str, Any]:
        """RFC8414-3.2-c, RFC8414-3.2-d: members with values; empty and absent ones are left out."""
        members = {member.__name__: member() for member in self.metadata_members()}
        return {name: value for name, value in members.items() if value is not None and value != []}

    def rfc8414_document(self) -> dict[str, Any]:
        """RFC8414-3-a, MCP-ASM-01: what the RFC 8414 well-known URL answers."""
        return self.authorization_server_metadata()

    def metadata_status(self) -> int:
        """RFC8414-3.2-a."""
        return 200

    def metadata_media_type(self) -> str:
        """RFC8414-3.2-b."""
        return self.json_media_type()

    def openid_configuration_media_type(self) -> str:
        """OIDCD-4.2-a."""
        return self.json_media_type()

    def openid_configuration(self) -> dict[str, Any]:
        """RFC9068-4-c, OIDCD-3-a, OIDCD-3-c: the same members, and those that OpenID Connect Discovery requires.

        ID tokens are signed as access tokens are; RS256 has to be listed whether it is used or not.
        """
        return {
            **self.authorization_server_metadata(),
            "subject_types_supported": ["public"],
            "id_token_signing_alg_values_supported": sorted({"RS256", self.config.signing_algorithm}),
        }

    def metadata_members(self) -> tuple[Member, ...]:
        """Every member that RFC 8414, section 2, and its extensions define and this server has something to say on."""
        return (
            self.issuer,
            self.authorization_endpoint,
            self.token_endpoint,
            self.jwks_uri,
            self.registration_endpoint,
            self.revocation_endpoint,
            self.introspection_endpoint,
            self.pushed_authorization_request_endpoint,
            self.require_pushed_authorization_requests,
            self.scopes_supported,
            self.response_types_supported,
            self.response_modes_supported,
            self.grant_types_supported,
            self.authorization_grant_profiles_supported,
            self.token_endpoint_auth_methods_supported,
            self.token_endpoint_auth_signing_alg_values_supported,
            self.revocation_endpoint_auth_methods_supported,
            self.revocation_endpoint_auth_signing_alg_values_supported,
            self.introspection_endpoint_auth_methods_supported,
            self.introspection_endpoint_auth_signing_alg_values_supported,
            self.code_challenge_methods_supported,
            self.authorization_response_iss_parameter_supported,
            self.client_id_metadata_document_supported,
            self.dpop_signing_alg_values_supported,
            self.authorization_details_types_supported,
            self.protected_resources,
        )

    def issuer(self) -> str | None:
        """RFC8414-2-a, RFC8414-3.3-a, RFC9207-2.3-a: the identifier from which the document's URL was made."""
        return self.config.issuer

    def authorization_endpoint(self) -> str | None:
        """RFC8414-2-c."""
        return self.config.endpoint("/oauth/authorize")

    def token_endpoint(self) -> str | None:
        """RFC8414-2-d."""
        return self.config.endpoint("/oauth/token")

    def jwks_uri(self) -> str | None:
        """RFC8414-2-e, RFC9068-4-a."""
        return self.config.endpoint("/.well-known/jwks.json")

    def registration_endpoint(self) -> str | None:
        """MCP-REG-01: only while clients may register themselves."""
        return None if self.config.registration.mode == "admin_only" else self.config.endpoint("/oauth/register")

    def revocation_endpoint(self) -> str | None:
        """RFC8414-2-x, RFC7009-2-b."""
        return self.config.endpoint("/oauth/revoke") if self.config.revocation else None

    def introspection_endpoint(self) -> str | None:
        """RFC8414-2-x."""
        return self.config.endpoint("/oauth/introspect") if self.config.introspection else None

    def pushed_authorization_request_endpoint(self) -> str | None:
        """RFC9126-2-a."""
        return self.config.endpoint("/oauth/par") if self.config.pushed_authorization.enabled else None

    def require_pushed_authorization_requests(self) -> bool | None:
        """RFC9126-5-a: left out while it is false, as is the default."""
        return self.config.pushed_authorization.required or None

    def scopes_supported(self) -> list[str] | None:
        """RFC8414-2-g: every resource's scopes, openid, and offline_access where refresh tokens exist."""
        scopes = dict.fromkeys(scope for resource in self.config.resources for scope in resource.scopes)
        scopes[OPENID] = None
        if "refresh_token" in self.config.grant_types:
            scopes["offline_access"] = None
        return list(scopes)

    def response_types_supported(self) -> list[str] | None:
        """RFC8414-2-i, RFC9700-2.1.2-a, OAUTH21-10.1-a: codes only."""
        return ["code"]

    def response_modes_supported(self) -> list[str] | None:
        """RFC8414-2-j."""
        return ["query"]

    def grant_types_supported(self) -> list[str] | None:
        """RFC8414-2-k, RFC9700-2.4-a: said in full, since the default would claim implicit."""
        return list(self.config.grant_types)

    def authorization_grant_profiles_supported(self) -> list[str] | None:
        """EXTEMA-10: ID-JAGs, where an identity provider is trusted."""
        return ["urn:ietf:params:oauth:grant-profile:id-jag"] if self.config.identity_providers else None

    def token_endpoint_auth_methods_supported(self) -> list[str] | None:
        """RFC8414-2-l, OAUTH21-2.4-b, EXTCC-02."""
        return list(self.config.token_endpoint_auth_methods)

    def token_endpoint_auth_signing_alg_values_supported(self) -> list[str] | None:
        """RFC8414-2-m, RFC8414-2-n, RFC8414-2-o, EXTCC-03."""
        if "private_key_jwt" not in self.config.token_endpoint_auth_methods:
            return None
        return list(self.config.client_assertion.algorithms)

    def revocation_endpoint_auth_methods_supported(self) -> list[str] | None:
        """RFC8414-2-l read for revocation: the same methods as at the token endpoint."""
        return self.token_endpoint_auth_methods_supported() if self.config.revocation else None

    def revocation_endpoint_auth_signing_alg_values_supported(self) -> list[str] | None:
        """RFC8414-2-q, RFC8414-2-r."""
        return self.token_endpoint_auth_signing_alg_values_supported() if self.config.revocation else None

    def introspection_endpoint_auth_methods_supported(self) -> list[str] | None:
        """RFC7662-2-a: only clients that have credentials may introspect."""
        methods = self.token_endpoint_auth_methods_supported() or []
        return [method for method in methods if method != "none"] if self.config.introspection else None

    def introspection_endpoint_auth_signing_alg_values_supported(self) -> list[str] | None:
        """RFC8414-2-s, RFC8414-2-t."""
        return self.token_endpoint_auth_signing_alg_values_supported() if self.config.introspection else None

    def code_challenge_methods_supported(self) -> list[str] | None:
        """RFC8414-2-u, MCP-SEC-11, RFC9700-2.1.1-e, OAUTH21-7.10-a, RFC7636-7.2-b: S256, never plain."""
        return ["S256"]

    def authorization_response_iss_parameter_supported(self) -> bool | None:
        """RFC9207-2.3-c, RFC9207-3-a, MCP-ISS-03."""
        return True

    def client_id_metadata_document_supported(self) -> bool | None:
        """CIMD-6-a, MCP-REG-02."""
        return True if self.config.client_id_metadata.enabled else None

    def dpop_signing_alg_values_supported(self) -> list[str] | None:
        """RFC9449-5.1-a, EXTDPOP-04: asymmetric algorithms."""
        return list(self.config.dpop.algorithms) if self.config.dpop.enabled else None

    def authorization_details_types_supported(self) -> list[str] | None:
        """RFC9396-10-a."""
        return [known.type for known in self.config.authorization_details_types]

    def protected_resources(self) -> list[str] | None:
        """The resources that tokens can be asked for (RFC 9728, 4)."""
        return [resource.uri for resource in self.config.resources]

    # Keys

    def jwks_document(self) -> dict[str, Any]:
        """RFC8414-2-f, OIDCD-3-f: the public keys."""
        return {"keys": [self.published_key(key) for key in self.keys.public_keys()]}

    def published_key(self, key: dict[str, Any]) -> dict[str, Any]:
        """RFC8414-2-f: each key says what it is for (use, alg) and how it is called (kid)."""
        return {**key, "use": "sig", "alg": self.config.signing_algorithm}

    def metadata_cache_control(self) -> str:
        """Both documents may be cached for five minutes."""
        return "public, max-age=300"
