"""The RFC 9728 document: where it is, and every member in it."""

from collections.abc import Callable
from typing import Any
from urllib.parse import urlsplit

from reference_impl.mcp_server.config import DpopMode, McpServerConfig, ProtectedResource

WELL_KNOWN = "/.well-known/oauth-protected-resource"
MetadataMember = Callable[[ProtectedResource], Any]


class ProtectedResourceMetadataRules:
    """MCP-PRM-01: the server publishes RFC 9728 metadata for each of its resources."""

    config: McpServerConfig

    def metadata_url(self, resource: ProtectedResource) -> str:
        """RFC9728-3-a: the well-known string goes between the host and the path of the resource identifier."""
        return f"{resource.origin}{WELL_KNOWN}{resource.path}"

    def metadata_paths(self, resource: ProtectedResource) -> tuple[str, ...]:
        """MCP-PRM-04, RFC9728-3-c: the paths that serve the document; the root one only when configured."""
        own = urlsplit(self.metadata_url(resource)).path
        return (own, WELL_KNOWN) if self.config.metadata_at_root and resource == self.config.mcp_resource else (own,)

    def metadata_members(self) -> tuple[tuple[str, MetadataMember], ...]:
        """The members of the document and the method that gives each its value."""
        return (
            ("resource", self.metadata_resource),
            ("authorization_servers", self.metadata_authorization_servers),
            ("scopes_supported", self.metadata_scopes_supported),
            ("bearer_methods_supported", self.metadata_bearer_methods_supported),
            ("resource_name", self.metadata_resource_name),
            ("dpop_signing_alg_values_supported", self.metadata_dpop_signing_alg_values_supported),
            ("dpop_bound_access_tokens_required", self.metadata_dpop_bound_access_tokens_required),
        )

    def protected_resource_metadata(self, resource: ProtectedResource) -> dict[str, Any]:
        """RFC9728-3.2-d: the document without members that have no value."""
        members = {name: value(resource) for name, value in self.metadata_members()}
        return {name: value for name, value in members.items() if value not in (None, [])}

    def metadata_resource(self, resource: ProtectedResource) -> str | None:
        """RFC9728-2-a, RFC9728-3.3-a, RFC9728-3.3-c, MCP-RES-07: the identifier, character for character.

        RFC9728-1.2-a, RFC9728-1.2-b: the configuration sees to it that it is an https URL without query and fragment.
        """
        return resource.uri

    def metadata_authorization_servers(self, _resource: ProtectedResource) -> list[str] | None:
        """MCP-PRM-02: the issuer identifiers, at least one."""
        return list(self.config.issuers)

    def metadata_scopes_supported(self, resource: ProtectedResource) -> list[str] | None:
        """RFC9728-2-f, MCP-RT-05: the scopes of this resource, without offline_access."""
        return [scope for scope in resource.scopes if scope != "offline_access"]

    def metadata_bearer_methods_supported(self, _resource: ProtectedResource) -> list[str] | None:
        """RFC9728-2-g: the Authorization header and nothing else."""
        return ["header"]

    def metadata_resource_name(self, resource: ProtectedResource) -> str | None:
        """RFC9728-2-i: a name to show to people."""
        return resource.name

    def metadata_dpop_signing_alg_values_supported(self, _resource: ProtectedResource) -> list[str] | None:
        """RFC9728-2-m: the proof algorithms, where DPoP is spoken."""
        return None if self.config.dpop is DpopMode.OFF else list(self.config.dpop_algorithms)

    def metadata_dpop_bound_access_tokens_required(self, _resource: ProtectedResource) -> bool | None:
        """RFC9728-2-n: true where only bound tokens are accepted, otherwise left out."""
        return True if self.config.dpop is DpopMode.REQUIRED else None

    def metadata_status(self) -> int:
        """RFC9728-3.2-a: 200."""
        return 200

    def metadata_content_type(self) -> str:
        """RFC9728-3.2-b: application/json."""
        return "application/json"

    def metadata_cache_control(self) -> str | None:
        """RFC9728-7.10-a: the document may be cached for a while."""
        return f"public, max-age={self.config.metadata_max_age_seconds}"
