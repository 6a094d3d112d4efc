"""What is known about a target once it is reachable: plain data that travels to every worker."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from datetime import date
from typing import Any

from conformance.client.identity import ClientIdentity


@dataclass(frozen=True)
class UserAgentFacts:
    """Which user agent logs in, and with what. `approve`/`deny` name buttons ("name=value" or the text)."""

    kind: str = "auto"
    fields: Mapping[str, str] = field(default_factory=dict, repr=False)
    approve: str | None = None
    deny: str | None = None
    origins: tuple[str, ...] = ()


@dataclass(frozen=True)
class KnownFailureFacts:
    """A deviation that its owner knows: why, and until when (ISO date) that may stand."""

    reason: str
    expires: date | None = None


@dataclass(frozen=True)
class IssuerFacts:
    """The issuer that the harness runs and the RS under test trusts; `signing_keys` are private JWKs with `alg`.

    `control_url` is where the harness itself reaches it, which may differ from where the RS does.
    `algorithm` is the one of good tokens. `subject`, `client_id` and `claims` are what the RS wants to find in them.
    `tokens` says what the RS takes from this issuer: "jwt", "opaque" (it introspects) or "both".
    """

    issuer: str
    signing_keys: tuple[Mapping[str, Any], ...] = field(repr=False)
    control_url: str
    control_token: str = field(repr=False)
    introspection_secret: str = field(repr=False)
    ca_pem: str | None = None
    algorithm: str = "RS256"
    subject: str = "conformance-user"
    client_id: str = "conformance-client"
    claims: Mapping[str, Any] = field(default_factory=dict)
    tokens: str = "jwt"


@dataclass(frozen=True)
class DocumentHostFacts:
    """Where the harness serves documents that the AS fetches. `listen` is host:port, port 0 takes any free one.

    `certificate_and_key` is PEM (None: plain HTTP behind something that speaks TLS). `base_url` is how the AS reaches
    the host (None: the address listened on).
    """

    listen: str = "127.0.0.1:0"
    base_url: str | None = None
    certificate_and_key: str | None = field(default=None, repr=False)


@dataclass(frozen=True)
class IdentityProviderFacts:
    """An identity provider that the AS under test trusts and the harness speaks for; `private_jwk` has `alg`.

    `subject` is a user of it, `workload` the subject of a workload (None: none is let in). `claims` are more that the
    AS wants to find in its assertions.
    """

    issuer: str
    private_jwk: Mapping[str, Any] = field(repr=False)
    subject: str = "conformance-user"
    workload: str | None = None
    claims: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class ThirdPartyFacts:
    """A third party's authorization server that the harness plays; the MCP server under test is a client of it.

    `issuer` is how the server under test and browsers reach it. `scope` and `resource` are what an MCP client asks for
    to be sent on there (None: what it always asks for), `scope_texts` what the consent page shows for a scope of the
    third party when not its name.
    """

    issuer: str
    scope: str | None = None
    resource: str | None = None
    scope_texts: Mapping[str, str] = field(default_factory=dict)

    @property
    def authorization_endpoint(self) -> str:
        """Where the server under test sends browsers."""
        return f"{self.issuer}/authorize"


@dataclass(frozen=True)
class DeepFacts:
    """How deep checks explore: the seed of all that they generate, and how many examples each of them tries."""

    seed: int
    examples: int


@dataclass(frozen=True)
class TargetFacts:
    """Everything a check may know about the system under test. Strings are URLs unless said otherwise.

    `issuer` is the AS under test (None: no AS is judged), `mcp_url` the MCP endpoint (None: no RS is judged).
    `tools` maps a tool to (arguments, scope it needs or None), `upstream_tool` is the one of them that asks the API
    which the harness's issuer plays; `second_resource` is one more resource of the same AS, `plain_url` a protected
    resource of the same server that is no MCP endpoint.
    `token_issuer` is the harness's own issuer (None: the RS doesn't trust one); `short_lived_client` the client_id
    of a client whose access tokens expire within seconds.
    """

    name: str
    kind: str
    issuer: str | None = None
    mcp_url: str | None = None
    ca_pem: str | None = None
    waive_loopback_http: bool = False
    clients: tuple[ClientIdentity, ...] = ()
    dynamic_registration: bool = True
    redirect_uri: str = "http://127.0.0.1:8765/callback"
    users: tuple[UserAgentFacts, ...] = ()
    scope: str | None = None
    narrow_scope: str | None = None
    second_resource: str | None = None
    plain_url: str | None = None
    resource: str | None = None
    tools: Mapping[str, tuple[Mapping[str, Any], str | None]] = field(default_factory=dict)
    upstream_tool: str | None = None
    tokens: Mapping[str, str] = field(default_factory=dict, repr=False)
    scope_hierarchy: Mapping[str, str] = field(default_factory=dict)
    profiles: tuple[str, ...] = ()
    known_failures: Mapping[str, KnownFailureFacts] = field(default_factory=dict)
    deadline_seconds: float = 10.0
    safe: bool = False
    default_scope_is_narrow: bool = False
    authorization_parameters: Mapping[str, str] = field(default_factory=dict)
    token_issuer: IssuerFacts | None = None
    short_lived_client: str | None = None
    identity_provider: IdentityProviderFacts | None = None
    authorization_details: Mapping[str, Any] | None = None
    document_host: DocumentHostFacts | None = None
    third_party: ThirdPartyFacts | None = None
    deep: DeepFacts | None = None

    @property
    def waivers(self) -> list[str]:
        """The waivers in force, in words, for the report."""
        return ["plain http is accepted on loopback addresses"] if self.waive_loopback_http else []

    def as_json(self) -> dict[str, Any]:
        """A JSON-able form for the workers of pytest-xdist (holds secrets: never written to a file)."""
        plain = asdict(self)
        plain["known_failures"] = {
            k: {"reason": v.reason, "expires": v.expires.isoformat() if v.expires else None}
            for k, v in self.known_failures.items()
        }
        return plain

    @classmethod
    def from_json(cls, plain: Mapping[str, Any]) -> "TargetFacts":
        """The opposite of as_json."""
        values = dict(plain)
        values["clients"] = tuple(_client(client) for client in plain["clients"])
        values["users"] = tuple(UserAgentFacts(**{**u, "origins": tuple(u["origins"])}) for u in plain["users"])
        values["tools"] = {k: (v[0], v[1]) for k, v in plain["tools"].items()}
        values["profiles"] = tuple(plain["profiles"])
        values["token_issuer"] = _issuer(plain["token_issuer"])
        provider = plain["identity_provider"]
        values["identity_provider"] = IdentityProviderFacts(**provider) if provider else None
        values["document_host"] = DocumentHostFacts(**plain["document_host"]) if plain["document_host"] else None
        values["third_party"] = ThirdPartyFacts(**plain["third_party"]) if plain["third_party"] else None
        values["deep"] = DeepFacts(**plain["deep"]) if plain["deep"] else None
        values["known_failures"] = {
            k: KnownFailureFacts(v["reason"], date.fromisoformat(v["expires"]) if v["expires"] else None)
            for k, v in plain["known_failures"].items()
        }
        return cls(**values)


def _issuer(plain: Mapping[str, Any] | None) -> IssuerFacts | None:
    return IssuerFacts(**{**plain, "signing_keys": tuple(plain["signing_keys"])}) if plain else None


def _client(plain: Mapping[str, Any]) -> ClientIdentity:
    values: dict[str, Any] = {k: tuple(v) if isinstance(v, list) else v for k, v in plain.items()}
    return ClientIdentity(**values)
