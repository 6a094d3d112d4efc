"""Starts the reference on real sockets: authorization server and MCP server, over TLS with a throw-away authority.

Both servers share one event loop in one daemon thread. Nothing is written to disk but the certificates that uvicorn
has to read, in a folder that is gone when the servers stop.
"""

import secrets
import socket
import tempfile
from collections.abc import Callable, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from starlette.types import ASGIApp

from reference_impl.authorization_server.app import create_app as create_authorization_server
from reference_impl.authorization_server.config import (
    ClientIdMetadataOptions,
    DpopOptions,
    Resource,
    ServerConfig,
    ThirdParty,
    User,
)
from reference_impl.authorization_server.rules import Rules
from reference_impl.authorization_server.rules.jwt_bearer_grant import JWT_BEARER
from reference_impl.authorization_server.rules.token_exchange import TOKEN_EXCHANGE
from reference_impl.demo_clients import (
    CALENDAR_SCOPE,
    SCOPES,
    LaunchedClient,
    LaunchedIdentityProvider,
    demo_authorization_details_type,
    demo_clients,
    demo_identity_provider,
    demo_resource_server,
)
from reference_impl.mcp_server.config import DpopMode, IntrospectionEndpoint, McpServerConfig
from reference_impl.mutants.registry import Mutant, load_mutants, load_variations
from reference_impl.server_thread import AdjustTls, ServerStartError, ServerThread

_EVERY_ADDRESS = ("0.0.0.0", "::")  # noqa: S104 - listened on, as a container must, but no address to visit
_REFETCH_FLOOR_SECONDS = 0.5
"""Long enough to see that there is one, short enough not to wait for it."""


class LaunchError(Exception):
    """The reference could not be started; the message says why in one line."""


@dataclass(frozen=True, slots=True)
class LaunchOptions:
    """What to start. Port 0 takes any free one; `mutant` names a mutant or variation.

    `wrap_authorization_server`, `adjust_tls` and `plain_http_beside_tls` are for mutants. With a `third_party` there is
    one more resource, for which users have to log in there as well.
    """

    host: str = "127.0.0.1"
    as_port: int = 0
    mcp_port: int = 0
    tls: bool = True
    mutant: str | None = None
    issuer_path: str = ""
    wrap_authorization_server: Callable[[ASGIApp], ASGIApp] | None = None
    adjust_tls: AdjustTls | None = None
    plain_http_beside_tls: bool = False
    trusted_issuers: tuple[str, ...] = ()
    trusted_ca_pem: str | None = None
    trusted_introspection: tuple[IntrospectionEndpoint, ...] = ()
    opaque_tokens_only: bool = False
    upstream_url: str | None = None
    third_party: ThirdParty | None = None


@dataclass(frozen=True, slots=True)
class ReferenceFacts:
    """How to reach what runs, and who may get in. `resources` are URIs, the MCP server's first.

    `trusted_tokens` says which tokens of the trusted issuers the MCP server takes: jwt, opaque, or both. `third_party`
    is scope and resource of what users have to log in for at a third party.
    `resource_server` is the client by which the MCP server introspects tokens, `identity_provider` one that the
    authorization server trusts. `document_host_pem` is a key with a
    certificate by the same authority, for a host of client ID metadata documents (None without TLS).
    """

    issuer: str
    mcp_url: str
    ca_pem: str | None
    users: tuple[tuple[str, str], ...] = field(repr=False)
    clients: tuple[LaunchedClient, ...] = field(repr=False)
    resource_server: LaunchedClient = field(repr=False)
    identity_provider: LaunchedIdentityProvider
    resources: tuple[str, ...] = ()
    document_host_pem: str | None = field(default=None, repr=False)
    trusted_tokens: str = "jwt"
    third_party: tuple[str, str] | None = None


class RunningReference:
    """The started servers. `stop` is idempotent and leaves no thread, socket or file behind."""

    def __init__(self, facts: ReferenceFacts, thread: "ServerThread", resources: ExitStack) -> None:
        self.facts = facts
        self._thread = thread
        self._resources = resources

    def stop(self) -> None:
        """Stop both servers and wait for them."""
        self._thread.stop()
        self._resources.close()


def find_variant(name: str) -> Mutant:
    """The mutant or legal variation of that name. Raises LaunchError naming the nearest ones."""
    from difflib import get_close_matches

    known = load_mutants() | load_variations()
    if name not in known:
        near = get_close_matches(name, known, n=2, cutoff=0.4)
        hint = f"; did you mean {' or '.join(near)}?" if near else ""
        raise LaunchError(f"no mutant or variation of the reference is called {name!r}{hint}")
    return known[name]


def import_protocol() -> None:
    """Import now what the MCP server else imports in the background after its start.

    For processes that do more than serve: before 3.11.5 CPython can fail an import or a parse beside another thread's.
    """
    from importlib import import_module

    from reference_impl.mcp_server.protocol import TOOLS_MODULE

    import_module(TOOLS_MODULE)


def launch(options: LaunchOptions | None = None) -> RunningReference:
    """Start the reference and return when both servers answer. Raises LaunchError (port taken, unknown mutant)."""
    options = options or LaunchOptions()
    variant = find_variant(options.mutant) if options.mutant else None
    if variant:
        options = variant.configure("launch", options)
    with ExitStack() as stack:
        sockets = [stack.enter_context(_bound(options.host, port)) for port in (options.as_port, options.mcp_port)]
        tls = _throw_away_tls(stack, options.host) if options.tls else None
        facts, server, mcp = _configured(options, tls, [s.getsockname()[1] for s in sockets])
        apps = _applications(server, mcp, facts.resource_server, variant)
        if options.wrap_authorization_server:
            apps = (options.wrap_authorization_server(apps[0]), *apps[1:])
        if options.plain_http_beside_tls:
            sockets = _behind_a_front(stack, sockets)
        thread = ServerThread(apps, sockets, str(tls.certificate) if tls else None, options.adjust_tls)
        stack.callback(thread.stop)
        try:
            thread.start_and_wait()
        except ServerStartError as error:
            raise LaunchError(f"the reference did not start: {error}") from None
        return RunningReference(facts, thread, stack.pop_all())


def _behind_a_front(stack: ExitStack, public: Sequence[socket.socket]) -> list[socket.socket]:
    from reference_impl.plain_http_front import PlainHttpFront

    inner = [stack.enter_context(_bound("127.0.0.1", 0)) for _ in public]
    front = PlainHttpFront(dict(zip(public, (s.getsockname()[1] for s in inner), strict=True)))
    stack.callback(front.stop)
    return inner


@dataclass(frozen=True, slots=True)
class _Tls:
    ca_pem: str
    certificate: Path
    document_host_pem: str


def _throw_away_tls(stack: ExitStack, host: str) -> _Tls:
    import trustme

    authority = trustme.CA()
    names = dict.fromkeys((host, "127.0.0.1", "localhost"))
    leaf = authority.issue_cert(*names)
    folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="mcp-oauth-reference-")))
    certificate = folder / "server.pem"
    certificate.write_bytes(leaf.private_key_and_cert_chain_pem.bytes())
    certificate.chmod(0o600)
    # 0.0.0.0 is where a server without protection against SSRF gets to a host on loopback.
    documents = authority.issue_cert("127.0.0.1", "localhost", "0.0.0.0")  # noqa: S104 - a name in a certificate
    pem = documents.private_key_and_cert_chain_pem.bytes().decode()
    return _Tls(authority.cert_pem.bytes().decode(), certificate, pem)


def _bound(host: str, port: int) -> socket.socket:
    try:
        listener = socket.create_server((host, port), backlog=128)
        # Accepted connections inherit it. asyncio does not set it on a socket it was handed, and each answer would
        # wait 40 ms for a delayed acknowledgement.
        listener.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        return listener
    except OSError as error:
        raise LaunchError(f"port {port} of {host} can't be used: {error.strerror}; choose another one") from None


def _configured(
    options: LaunchOptions, tls: _Tls | None, ports: Sequence[int]
) -> tuple[ReferenceFacts, ServerConfig, McpServerConfig]:
    scheme = "https" if tls else "http"
    host = "127.0.0.1" if options.host in _EVERY_ADDRESS else options.host
    issuer = f"{scheme}://{host}:{ports[0]}{options.issuer_path}"
    origin = f"{scheme}://{host}:{ports[1]}"
    mcp_url = f"{origin}/mcp"
    users = tuple((name, secrets.token_urlsafe(16)) for name in ("alice", "bob"))
    clients, resource_server = demo_clients(), demo_resource_server()
    identity_provider = demo_identity_provider()
    resources: tuple[Resource, ...] = (
        Resource(mcp_url, SCOPES, "Demo MCP server", introspection_clients=(resource_server.client.client_id,)),
        Resource(f"{origin}/archive", ("archive:read", *SCOPES), "Archive"),
        Resource(
            f"{origin}/echo", ("echo:read",), "Plain echo", introspection_clients=(resource_server.client.client_id,)
        ),
    )
    ca_pem, third_party = tls.ca_pem if tls else None, None
    trusted_pem = "".join(pem for pem in (ca_pem, options.trusted_ca_pem) if pem) or None
    if options.third_party:
        third_party = replace(options.third_party, resource=f"{origin}/calendar", ca_pem=trusted_pem)
        resources = (*resources, Resource(third_party.resource, (CALENDAR_SCOPE,), "Calendar"))
    server = ServerConfig(
        issuer=issuer,
        resources=resources,
        users=tuple(User.with_password(name, password, cost=2) for name, password in users),
        clients=tuple(launched.client for launched in (*clients, resource_server)),
        client_id_metadata=ClientIdMetadataOptions(allow_loopback=True, ca_pem=trusted_pem, fetch_timeout=9.0),
        identity_providers=(identity_provider.trusted(),),
        third_party=third_party,
        authorization_details_types=(demo_authorization_details_type(),),
        dpop=DpopOptions(),
    )
    if options.opaque_tokens_only:
        server = replace(server, access_token_format="opaque")  # noqa: S106 - a format
    server = replace(server, grant_types=(*server.grant_types, JWT_BEARER, TOKEN_EXCHANGE))
    mcp = McpServerConfig(
        resource=mcp_url,
        issuers=(issuer,),
        unadvertised_issuers=options.trusted_issuers,
        upstream_url=options.upstream_url,
        ca_pem=trusted_pem,
        opaque_introspection=options.trusted_introspection,
        opaque_tokens_only=options.opaque_tokens_only,
        dpop=DpopMode.SUPPORTED,
        jwks_refetch_floor_seconds=_REFETCH_FLOOR_SECONDS,
    )
    uris = tuple(resource.uri for resource in resources)
    pem = tls.document_host_pem if tls else None
    both = "both" if options.trusted_introspection else "jwt"
    trusted_tokens = "opaque" if options.opaque_tokens_only else both
    facts = ReferenceFacts(
        issuer, mcp_url, ca_pem, users, clients, resource_server, identity_provider, uris, pem, trusted_tokens,
        (CALENDAR_SCOPE, third_party.resource) if third_party else None,
    )  # fmt: skip
    return facts, server, mcp


def _applications(
    server: ServerConfig, mcp: McpServerConfig, resource_server: LaunchedClient, variant: Mutant | None
) -> tuple[Any, Any]:
    from reference_impl.mcp_server.app import create_app as create_mcp_server
    from reference_impl.mcp_server.rules import McpServerRules

    if variant is None:
        return create_authorization_server(server), create_mcp_server(mcp)
    server = variant.configure("authorization_server", server)
    mcp = variant.configure("mcp_server", _understanding(mcp, server, resource_server))
    rules = variant.rules_for("authorization_server") or Rules
    mcp_rules = variant.rules_for("mcp_server") or McpServerRules
    return (
        variant.wrap("authorization_server", create_authorization_server(server, rules)),
        variant.wrap("mcp_server", create_mcp_server(mcp, mcp_rules)),
    )


def _understanding(mcp: McpServerConfig, server: ServerConfig, resource_server: LaunchedClient) -> McpServerConfig:
    """The MCP server, able to judge tokens as this authorization server makes them."""
    algorithms = tuple(dict.fromkeys((*mcp.signing_algorithms, server.signing_algorithm)))
    if server.access_token_format == "jwt":  # noqa: S105 - the name of a format
        return replace(mcp, signing_algorithms=algorithms)
    url, client_id = server.endpoint("/oauth/introspect"), resource_server.client.client_id
    endpoint = IntrospectionEndpoint(url, client_id, resource_server.client_secret or "")
    return replace(mcp, introspection=endpoint)
