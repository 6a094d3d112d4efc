"""Everything an operator can decide about the authorization server; all durations in seconds."""

import hashlib
import hmac
import secrets
from dataclasses import dataclass, field
from typing import Any, Literal
from urllib.parse import urlsplit

SigningAlgorithm = Literal["ES256", "RS256", "EdDSA"]
ClientSource = Literal["static", "dynamic", "metadata_document"]
ClientStatus = Literal["active", "suspended", "revoked"]
RegistrationMode = Literal["open", "approved_redirects", "admin_only"]
AccessTokenFormat = Literal["jwt", "opaque"]
ConsentMemory = Literal["assured_clients", "all_clients", "never"]
ASYMMETRIC_ALGORITHMS = ("ES256", "RS256", "PS256", "EdDSA")


def hash_secret(secret: str) -> str:
    """SHA-256 of a random secret, as hex: 128 bits of entropy or more need no slow hash."""
    return hashlib.sha256(secret.encode()).hexdigest()


@dataclass(frozen=True, slots=True)
class Resource:
    """A protected resource that tokens can be asked for (RFC 8707).

    `default_scopes` are granted when a request names no scope (empty: all `scopes`). `introspection_clients` are
    the client_ids that may introspect tokens meant for this resource.
    """

    uri: str
    scopes: tuple[str, ...]
    name: str
    default_scopes: tuple[str, ...] = ()
    introspection_clients: tuple[str, ...] = ()

    def scopes_by_default(self) -> tuple[str, ...]:
        """Scopes of a request that names none."""
        return self.default_scopes or self.scopes


@dataclass(frozen=True, slots=True)
class User:
    """A resource owner. `subject` becomes the `sub` claim; the prefix keeps it apart from every client_id."""

    username: str
    password_hash: str = field(repr=False)
    subject: str

    @classmethod
    def with_password(cls, username: str, password: str, cost: int = 2**14) -> "User":
        """A user whose password is kept as scrypt hash; `cost` (a power of two) may be low for random passwords."""
        salt = secrets.token_bytes(16)
        digest = hashlib.scrypt(password.encode(), salt=salt, n=cost, r=8, p=1)
        return cls(username, f"{cost}${salt.hex()}${digest.hex()}", f"user:{username}")

    def has_password(self, password: str) -> bool:
        """Whether `password` is this user's, compared in constant time."""
        cost, salt, digest = self.password_hash.split("$")
        candidate = hashlib.scrypt(password.encode(), salt=bytes.fromhex(salt), n=int(cost), r=8, p=1)
        return hmac.compare_digest(candidate.hex(), digest)


@dataclass(frozen=True, slots=True)
class Client:
    """A registered client with its metadata (names as in RFC 7591, 2).

    `scope` is the ceiling of what it may ask for. `access_token_lifetime` overrides the server's lifetimes.
    `metadata` keeps display members (client_uri, logo_uri, tos_uri, policy_uri, contacts, software_id, ...).
    """

    client_id: str
    client_name: str = ""
    redirect_uris: tuple[str, ...] = ()
    grant_types: tuple[str, ...] = ("authorization_code",)
    response_types: tuple[str, ...] = ("code",)
    token_endpoint_auth_method: str = "client_secret_basic"  # noqa: S105 - the name of a method
    secret_hash: str | None = field(default=None, repr=False)
    scope: tuple[str, ...] = ()
    jwks: dict[str, Any] | None = None
    jwks_uri: str | None = None
    token_endpoint_auth_signing_alg: str | None = None
    application_type: str = "web"
    dpop_bound_access_tokens: bool = False
    access_token_lifetime: int | None = None
    source: ClientSource = "static"
    status: ClientStatus = "active"
    client_id_issued_at: int = 0
    client_secret_expires_at: int = 0
    registration_token_hash: str | None = field(default=None, repr=False)
    metadata: dict[str, Any] = field(default_factory=dict)

    @property
    def is_public(self) -> bool:
        """Whether the client has no credentials (RFC 6749, 2.1)."""
        return self.token_endpoint_auth_method == "none"  # noqa: S105 - the name of a method


@dataclass(frozen=True, slots=True)
class Lifetimes:
    """How long things live, in seconds."""

    authorization_code: int = 60
    user_access_token: int = 900
    machine_access_token: int = 3600
    refresh_token: int = 7 * 86400
    session: int = 8 * 3600
    interaction: int = 600
    third_party_login: int = 600
    consent: int = 90 * 86400


@dataclass(frozen=True, slots=True)
class RegistrationOptions:
    """Dynamic client registration (RFC 7591) and its management (RFC 7592).

    `approved_redirect_uris` counts in mode approved_redirects; `secret_lifetime` 0 means no expiry.
    `allow_private_use_schemes` admits redirect URIs of RFC 8252, 7.1, which MCP excludes. `rotate_token` renews the
    registration access token at every update.
    """

    mode: RegistrationMode = "open"
    management: bool = True
    approved_redirect_uris: tuple[str, ...] = ()
    initial_access_token_hash: str | None = field(default=None, repr=False)
    secret_lifetime: int = 0
    allow_private_use_schemes: bool = False
    rotate_token: bool = False


@dataclass(frozen=True, slots=True)
class ClientIdMetadataOptions:
    """Client ID metadata documents. `ca_pem` is trusted for fetches in addition to the system's store.

    `allow_loopback` is for development, when the server itself is on loopback.
    """

    enabled: bool = True
    allow_loopback: bool = False
    ca_pem: str | None = None
    fetch_timeout: float = 5.0
    max_bytes: int = 5 * 1024
    max_cache: int = 86400
    default_cache: int = 300


@dataclass(frozen=True, slots=True)
class DpopOptions:
    """Demonstrating proof of possession (RFC 9449)."""

    enabled: bool = True
    algorithms: tuple[str, ...] = ASYMMETRIC_ALGORITHMS
    proof_lifetime: int = 60
    require_nonce: bool = False
    nonce_lifetime: int = 60


@dataclass(frozen=True, slots=True)
class PushedAuthorizationOptions:
    """Pushed authorization requests (RFC 9126). `required`: there is no other way to ask. `lifetime` in seconds."""

    enabled: bool = True
    required: bool = False
    lifetime: int = 60


@dataclass(frozen=True, slots=True)
class ClientAssertionOptions:
    """JWT client authentication. `accept_token_endpoint_audience` allows what RFC 7523 allowed before its revision."""

    algorithms: tuple[str, ...] = ASYMMETRIC_ALGORITHMS
    accept_token_endpoint_audience: bool = False
    clock_skew: int = 10
    max_lifetime: int = 3600


@dataclass(frozen=True, slots=True)
class ThrottleOptions:
    """Limit on failed logins and failed client authentications by one address for one name."""

    max_failures: int = 50
    window: int = 60


@dataclass(frozen=True, slots=True)
class AuthorizationDetailsType:
    """A type of authorization_details (RFC 9396): its objects have `actions`, some of these, and maybe `locations`."""

    type: str
    actions: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Workload:
    """A workload as its identity provider calls it (`sub`), and the client that it is here."""

    subject: str
    client_id: str


@dataclass(frozen=True, slots=True)
class IdentityProvider:
    """Somebody whose JWTs count as authorization grants (RFC 7523). `jwks` are the public keys as a JWK set."""

    issuer: str
    jwks: dict[str, Any]
    algorithms: tuple[str, ...] = ASYMMETRIC_ALGORITHMS
    workloads: tuple[Workload, ...] = ()


@dataclass(frozen=True, slots=True)
class ThirdParty:
    """Somebody else's authorization server, where this one is a client with a static client_id, as MCP proxies are.

    Whoever asks for the protected `resource` of ours is sent there for `scopes` of theirs. `ca_pem` is trusted for
    the token endpoint in addition to the system's store.
    """

    name: str
    authorization_endpoint: str
    token_endpoint: str
    client_id: str
    client_secret: str = field(repr=False)
    scopes: tuple[str, ...]
    resource: str = ""
    ca_pem: str | None = None
    timeout: float = 5.0


@dataclass(frozen=True, slots=True)
class ServerConfig:
    """The authorization server's configuration. The first resource is the default one unless `default_resource` is set.

    `any_port_hosts` are the hosts whose http redirect URIs match on every port (RFC 8252, 7.3; OAuth 2.1, 4.1.1).
    `remembered_consent`: by default only clients whose identity is assured (credentials or an https redirect URI)
    skip a consent that was given before (RFC 8252, 8.6).
    """

    issuer: str
    resources: tuple[Resource, ...]
    users: tuple[User, ...] = ()
    clients: tuple[Client, ...] = ()
    default_resource: str | None = None
    identity_providers: tuple[IdentityProvider, ...] = ()
    third_party: ThirdParty | None = None
    authorization_details_types: tuple[AuthorizationDetailsType, ...] = ()
    grant_types: tuple[str, ...] = ("authorization_code", "refresh_token", "client_credentials")
    token_endpoint_auth_methods: tuple[str, ...] = (
        "none", "client_secret_basic", "client_secret_post", "private_key_jwt",
    )  # fmt: skip
    signing_algorithm: SigningAlgorithm = "ES256"
    access_token_format: AccessTokenFormat = "jwt"  # noqa: S105 - the name of a format
    audience_as_array: bool = False
    any_port_hosts: tuple[str, ...] = ("127.0.0.1", "::1", "localhost")
    remembered_consent: ConsentMemory = "assured_clients"
    introspection: bool = True
    revocation: bool = True
    max_body: int = 64 * 1024
    body_timeout: float = 10.0
    store_path: str = ":memory:"
    lifetimes: Lifetimes = field(default_factory=Lifetimes)
    registration: RegistrationOptions = field(default_factory=RegistrationOptions)
    client_id_metadata: ClientIdMetadataOptions = field(default_factory=ClientIdMetadataOptions)
    dpop: DpopOptions = field(default_factory=DpopOptions)
    client_assertion: ClientAssertionOptions = field(default_factory=ClientAssertionOptions)
    pushed_authorization: PushedAuthorizationOptions = field(default_factory=PushedAuthorizationOptions)
    throttle: ThrottleOptions = field(default_factory=ThrottleOptions)

    @property
    def issuer_path(self) -> str:
        """Path of the issuer without a trailing slash: the prefix of every endpoint ("" or "/t1")."""
        return urlsplit(self.issuer).path.rstrip("/")

    @property
    def uses_tls(self) -> bool:
        """Whether browsers reach the server over https."""
        return self.issuer.startswith("https://")

    def endpoint(self, path: str) -> str:
        """Absolute URL of an endpoint of this server; `path` starts with a slash."""
        return self.issuer.rstrip("/") + path

    def resource(self, uri: str) -> Resource | None:
        """The registered resource with exactly this URI."""
        return next((resource for resource in self.resources if resource.uri == uri), None)

    def fallback_resource(self) -> Resource:
        """The resource of a request that names none (RFC 8707, 2.1; RFC 9068, 3)."""
        chosen = self.resource(self.default_resource) if self.default_resource else None
        return chosen or self.resources[0]
