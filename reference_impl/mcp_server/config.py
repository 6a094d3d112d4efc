"""What one instance of the bundled MCP server is told: who it is, whom it trusts, what its tools ask for."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from pathlib import Path
from types import MappingProxyType
from urllib.parse import urlsplit

ASYMMETRIC_ALGORITHMS = frozenset(
    {"ES256", "ES384", "ES512", "RS256", "RS384", "RS512", "PS256", "PS384", "PS512", "EdDSA", "Ed25519"}
)
LOOPBACK_HOSTS = frozenset({"127.0.0.1", "::1", "localhost"})


class DpopMode(StrEnum):
    """How the server treats sender-constrained tokens (RFC 9449)."""

    OFF = "off"
    SUPPORTED = "supported"
    REQUIRED = "required"


class ScopeDenial(StrEnum):
    """How a tool call without the tool's scope is answered: 403 challenge, `isError` result, or tool hidden."""

    CHALLENGE = "challenge"
    RESULT = "result"
    HIDE = "hide"


@dataclass(frozen=True, slots=True)
class IntrospectionEndpoint:
    """RFC 7662: where tokens are introspected and with which client credentials (client_secret_basic)."""

    url: str
    client_id: str
    client_secret: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class ProtectedResource:
    """One resource identifier (RFC 9728 section 1.2), its display name and the scopes that it knows."""

    uri: str
    name: str
    scopes: tuple[str, ...]

    @property
    def origin(self) -> str:
        """Scheme, host and port of the identifier."""
        parts = urlsplit(self.uri)
        return f"{parts.scheme}://{parts.netloc}"

    @property
    def path(self) -> str:
        """Path of the identifier; empty for a resource at the root of its origin."""
        return urlsplit(self.uri).path


def _default_tool_scopes() -> Mapping[str, tuple[str, ...]]:
    return MappingProxyType({"echo": ("mcp:echo",), "add_numbers": ("mcp:add",), "ask_upstream": ("mcp:echo",)})


def _default_scope_implies() -> Mapping[str, tuple[str, ...]]:
    return MappingProxyType({"mcp": ("mcp:echo", "mcp:add")})


@dataclass(frozen=True, slots=True, kw_only=True)
class McpServerConfig:
    """Everything the server needs to know; sizes in bytes, times in seconds.

    `resource` is the URL of the MCP endpoint and the audience its tokens must name. `GET /echo` on the same origin
    is a protected resource of its own (`echo_resource`), so a token for one is never good for the other.
    `issuers` are exact RFC 8414 issuer identifiers; their keys are found through their metadata, over TLS that
    trusts `ca_file` and `ca_pem` (the system's authorities when both are absent). `unadvertised_issuers` are trusted
    alike but left out of the metadata (RFC 9728 section 2 allows that). `upstream_url` is where the tool `ask_upstream`
    gets its JSON object; without it there is no such tool.
    `introspection` is the first issuer's endpoint, asked about its JWTs too; `opaque_introspection` are others', asked
    about opaque tokens only. With `opaque_tokens_only` a JWT is a string like any other.
    Raises ValueError for a configuration that could not be served safely.
    """

    resource: str
    issuers: tuple[str, ...]
    unadvertised_issuers: tuple[str, ...] = ()
    ca_file: Path | None = None
    ca_pem: str | None = None
    resource_name: str = "Demo MCP server"
    tool_scopes: Mapping[str, tuple[str, ...]] = field(default_factory=_default_tool_scopes)
    echo_scopes: tuple[str, ...] = ("echo:read",)
    required_scopes: tuple[str, ...] = ()
    scope_implies: Mapping[str, tuple[str, ...]] = field(default_factory=_default_scope_implies)
    scope_denial: ScopeDenial = ScopeDenial.CHALLENGE
    signing_algorithms: tuple[str, ...] = ("ES256", "RS256")
    clock_skew_seconds: int = 10
    introspection: IntrospectionEndpoint | None = None
    upstream_url: str | None = None
    opaque_introspection: tuple[IntrospectionEndpoint, ...] = ()
    opaque_tokens_only: bool = False
    dpop: DpopMode = DpopMode.OFF
    dpop_algorithms: tuple[str, ...] = ("ES256", "RS256")
    dpop_window_seconds: int = 300
    dpop_nonce: bool = False
    dpop_nonce_seconds: int = 300
    allowed_origins: tuple[str, ...] = ()
    metadata_at_root: bool = False
    metadata_max_age_seconds: int = 300
    json_response: bool = True
    max_token_bytes: int = 8192
    max_body_bytes: int = 1024 * 1024
    max_document_bytes: int = 256 * 1024
    fetch_timeout_seconds: float = 5.0
    jwks_max_age_seconds: int = 300
    jwks_refetch_floor_seconds: float = 10.0

    def __post_init__(self) -> None:
        _check_url("resource", self.resource)
        for issuer in self.trusted_issuers:
            _check_url("issuer", issuer)
        if not self.issuers:
            raise ValueError("issuers is empty: name at least one authorization server")
        for algorithm in (*self.signing_algorithms, *self.dpop_algorithms):
            if algorithm not in ASYMMETRIC_ALGORITHMS:
                raise ValueError(f"{algorithm} is not an asymmetric signature algorithm")

    @property
    def trusted_issuers(self) -> tuple[str, ...]:
        """Every issuer whose tokens are accepted."""
        return (*self.issuers, *self.unadvertised_issuers)

    @property
    def mcp_resource(self) -> ProtectedResource:
        """The MCP endpoint as a protected resource."""
        scopes = dict.fromkeys(self.required_scopes)
        for tool_scopes in self.tool_scopes.values():
            scopes.update(dict.fromkeys(tool_scopes))
        return ProtectedResource(self.resource, self.resource_name, tuple(scopes))

    @property
    def echo_resource(self) -> ProtectedResource:
        """`GET /echo` as a protected resource."""
        origin = self.mcp_resource.origin
        return ProtectedResource(f"{origin}/echo", f"{self.resource_name}: plain echo", self.echo_scopes)


def _check_url(what: str, url: str) -> None:
    parts = urlsplit(url)
    if parts.fragment or parts.query or not parts.hostname:
        raise ValueError(f"{what} must be an absolute URL without query and fragment, not {url!r}")
    if parts.scheme != "https" and not (parts.scheme == "http" and parts.hostname in LOOPBACK_HOSTS):
        raise ValueError(f"{what} must be an https URL (http only on the local machine), not {url!r}")
