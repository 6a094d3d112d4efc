"""Judging and completing client metadata, whether registered or fetched (RFC 7591 sections 2 and 5).

Every step takes a `ClientMetadata` (the members that this server understands) and returns it, completed or reduced, or
raises an OAuthError with a code of RFC 7591 section 3.2.2.
"""

from collections.abc import Callable
from typing import Any

from reference_impl.authorization_server.config import Client, ClientSource
from reference_impl.authorization_server.errors import OAuthError
from reference_impl.authorization_server.rules.client_key_policy import ClientKeyPolicyRules
from reference_impl.authorization_server.rules.client_link_policy import LINK_MEMBERS, ClientLinkPolicyRules
from reference_impl.authorization_server.rules.redirect_uri_policy import RedirectUriPolicyRules

ClientMetadata = dict[str, Any]
"""The understood members of client metadata, in the JSON form of RFC 7591 section 2."""
MetadataStep = Callable[[ClientMetadata], ClientMetadata]

MEMBER_TYPES: dict[str, type] = {
    "redirect_uris": list,
    "grant_types": list,
    "response_types": list,
    "contacts": list,
    "token_endpoint_auth_method": str,
    "token_endpoint_auth_signing_alg": str,
    "client_name": str,
    "client_uri": str,
    "logo_uri": str,
    "tos_uri": str,
    "policy_uri": str,
    "scope": str,
    "jwks_uri": str,
    "jwks": dict,
    "software_id": str,
    "software_version": str,
    "application_type": str,
    "dpop_bound_access_tokens": bool,
}
DISPLAY_MEMBERS = (*LINK_MEMBERS, "contacts", "software_id", "software_version")
MAX_TEXT_LENGTH = 2048
MAX_ARRAY_LENGTH = 20
JOINERS = {0x200C: None, 0x200D: None}  # needed in several scripts and in emoji


class ClientMetadataPolicyRules(ClientKeyPolicyRules, ClientLinkPolicyRules, RedirectUriPolicyRules):
    """What is asked of client metadata by every road to a client."""

    def client_metadata_steps(self) -> tuple[MetadataStep, ...]:
        """Everything done to client metadata, in order."""
        return (
            self.keep_understood_metadata,
            self.check_metadata_types,
            self.check_metadata_sizes,
            self.check_client_name,
            self.default_grant_types,
            self.check_grant_types,
            self.default_response_types,
            self.check_response_types,
            self.check_grant_and_response_types_agree,
            self.check_redirect_uris_present,
            self.check_redirect_uris,
            self.default_application_type,
            self.check_application_type,
            self.check_application_type_fits,
            self.default_token_endpoint_auth_method,
            self.check_token_endpoint_auth_method,
            self.check_client_keys,
            self.check_machine_client_is_confidential,
            self.check_client_links,
            self.settle_scope,
        )

    def judge_client_metadata(self, metadata: ClientMetadata) -> ClientMetadata:
        """Run every step over `metadata` (a JSON object as sent); returns what is registered."""
        for step in self.client_metadata_steps():
            metadata = step(metadata)
        return metadata

    def keep_understood_metadata(self, metadata: ClientMetadata) -> ClientMetadata:
        """RFC7591-2-b: ignore what is not understood; null counts as left out (RFC 7592 section 2.2)."""
        return {name: value for name, value in metadata.items() if name in MEMBER_TYPES and value is not None}

    def check_metadata_types(self, metadata: ClientMetadata) -> ClientMetadata:
        """RFC7591-2: every member has the JSON type of its definition, and lists hold strings."""
        for name, value in metadata.items():
            if type(value) is not MEMBER_TYPES[name]:
                raise self.metadata_error(name, f"{name} has the wrong JSON type")
            if isinstance(value, list) and not all(isinstance(item, str) for item in value):
                raise self.metadata_error(name, f"{name} must be an array of strings")
        return metadata

    def check_metadata_sizes(self, metadata: ClientMetadata) -> ClientMetadata:
        """RFC7591-5: texts of at most 2048 characters, arrays of at most 20 entries: abuse of an open endpoint."""
        for name, value in metadata.items():
            if isinstance(value, list) and len(value) > MAX_ARRAY_LENGTH:
                raise self.metadata_error(name, f"{name} has too many entries")
            texts = value if isinstance(value, list) else [value]
            if any(isinstance(text, str) and len(text) > MAX_TEXT_LENGTH for text in texts):
                raise self.metadata_error(name, f"{name} is too long")
        return metadata

    def check_client_name(self, metadata: ClientMetadata) -> ClientMetadata:
        """RFC7591-5: a name that a person reads at consent holds no control or direction-changing characters."""
        if not metadata.get("client_name", "").translate(JOINERS).isprintable():
            raise self.invalid_client_metadata("client_name must be printable")
        return metadata

    def metadata_error(self, member: str, description: str) -> OAuthError:
        """RFC7591-3.2.2-a: invalid_redirect_uri for redirect_uris, invalid_client_metadata for the others."""
        if member == "redirect_uris":
            return self.invalid_redirect_uri(description)
        return self.invalid_client_metadata(description)

    def default_grant_types(self, metadata: ClientMetadata) -> ClientMetadata:
        """RFC7591-2-d: authorization_code when left out."""
        return {"grant_types": ["authorization_code"], **metadata}

    def check_grant_types(self, metadata: ClientMetadata) -> ClientMetadata:
        """RFC7591-2.1-a: only grants that this server has; refresh_token alone could never start."""
        grant_types = metadata["grant_types"]
        if not set(grant_types) <= set(self.config.grant_types):
            raise self.invalid_client_metadata("grant_types has a value that this server does not support")
        if not set(grant_types) - {"refresh_token"}:
            raise self.invalid_client_metadata("grant_types must name a grant that can issue a first token")
        return metadata

    def default_response_types(self, metadata: ClientMetadata) -> ClientMetadata:
        """RFC7591-2-d: code when left out, as far as the client uses the authorization endpoint at all."""
        fitting = ["code"] if "authorization_code" in metadata["grant_types"] else []
        return {"response_types": fitting, **metadata}

    def check_response_types(self, metadata: ClientMetadata) -> ClientMetadata:
        """RFC7591-2.1-a: code is the only response type of this server."""
        if not set(metadata["response_types"]) <= {"code"}:
            raise self.invalid_client_metadata("response_types has a value that this server does not support")
        return metadata

    def check_grant_and_response_types_agree(self, metadata: ClientMetadata) -> ClientMetadata:
        """RFC7591-2.1-a: authorization_code and code come together or not at all."""
        if ("authorization_code" in metadata["grant_types"]) != ("code" in metadata["response_types"]):
            raise self.invalid_client_metadata("grant_types and response_types contradict each other")
        return metadata

    def check_redirect_uris_present(self, metadata: ClientMetadata) -> ClientMetadata:
        """RFC7591-2-a, MCP-REG-15: a client of the authorization code grant registers its redirect URIs."""
        if "authorization_code" in metadata["grant_types"] and not metadata.get("redirect_uris"):
            raise self.invalid_redirect_uri("redirect_uris is required for the authorization_code grant")
        return metadata

    def check_redirect_uris(self, metadata: ClientMetadata) -> ClientMetadata:
        """RFC7591-5-a, MCP-SEC-05: each redirect URI passes the redirect URI policy."""
        for redirect_uri in metadata.get("redirect_uris", []):
            self.check_redirect_uri(redirect_uri)
        return metadata

    def default_application_type(self, metadata: ClientMetadata) -> ClientMetadata:
        """MCP-REG-07: native when left out and a redirect URI stays on the machine, else web."""
        local = any(not self.is_web_redirect_uri(uri) for uri in metadata.get("redirect_uris", []))
        return {"application_type": "native" if local else "web", **metadata}

    def check_application_type(self, metadata: ClientMetadata) -> ClientMetadata:
        """MCP-REG-07: native or web (OpenID Connect Dynamic Client Registration, section 2)."""
        if metadata["application_type"] not in {"native", "web"}:
            raise self.invalid_client_metadata("application_type must be native or web")
        return metadata

    def check_application_type_fits(self, metadata: ClientMetadata) -> ClientMetadata:
        """MCP-REG-09: a web client redirects to https off the local machine (OpenID Connect registration, 2)."""
        web = metadata["application_type"] == "web"
        if web and not all(self.is_web_redirect_uri(uri) for uri in metadata.get("redirect_uris", [])):
            raise self.invalid_redirect_uri("a client of application_type web needs https redirect_uris")
        return metadata

    def is_web_redirect_uri(self, redirect_uri: str) -> bool:
        """MCP-REG-09: https, and not on the local machine."""
        parts = self.split_uri(redirect_uri)
        return parts.scheme == "https" and not self.is_loopback_host(parts.hostname)

    def default_token_endpoint_auth_method(self, metadata: ClientMetadata) -> ClientMetadata:
        """RFC7591-2-d: client_secret_basic when left out."""
        return {"token_endpoint_auth_method": "client_secret_basic", **metadata}

    def check_token_endpoint_auth_method(self, metadata: ClientMetadata) -> ClientMetadata:
        """RFC7591-2: only an authentication method that this server supports."""
        if metadata["token_endpoint_auth_method"] not in self.config.token_endpoint_auth_methods:
            raise self.invalid_client_metadata("this token_endpoint_auth_method is not supported")
        return metadata

    def check_machine_client_is_confidential(self, metadata: ClientMetadata) -> ClientMetadata:
        """RFC7591-2.1-a: client_credentials needs a client that authenticates (RFC 6749 section 4.4)."""
        if "client_credentials" in metadata["grant_types"] and metadata["token_endpoint_auth_method"] == "none":  # noqa: S105 - the name of a method
            raise self.invalid_client_metadata("client_credentials needs a token_endpoint_auth_method")
        return metadata

    def settle_scope(self, metadata: ClientMetadata) -> ClientMetadata:
        """RFC7591-3.2.1-d: scope is set by the server: all of it, whatever the client sent.

        A client registers with the scopes of its first request; a ceiling made of them would forbid every step-up.
        The user decides at consent; so a client that acts without a user gets no scope by registering itself.
        """
        for_users = "authorization_code" in metadata["grant_types"]
        known = [scope for resource in self.config.resources for scope in resource.scopes] if for_users else []
        return {**metadata, "scope": " ".join(dict.fromkeys(known))}

    def client_from_metadata(self, client_id: str, metadata: ClientMetadata, source: ClientSource) -> Client:
        """The client that judged `metadata` describes, without credentials yet."""
        return Client(
            client_id=client_id,
            client_name=metadata.get("client_name", ""),
            redirect_uris=tuple(metadata.get("redirect_uris", ())),
            grant_types=tuple(metadata["grant_types"]),
            response_types=tuple(metadata["response_types"]),
            token_endpoint_auth_method=metadata["token_endpoint_auth_method"],
            scope=tuple(metadata["scope"].split()),
            jwks=metadata.get("jwks"),
            jwks_uri=metadata.get("jwks_uri"),
            token_endpoint_auth_signing_alg=metadata.get("token_endpoint_auth_signing_alg"),
            application_type=metadata["application_type"],
            dpop_bound_access_tokens=metadata.get("dpop_bound_access_tokens", False),
            source=source,
            metadata={name: metadata[name] for name in DISPLAY_MEMBERS if name in metadata},
        )
