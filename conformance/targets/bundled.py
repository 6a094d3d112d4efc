"""The bundled reference as a target: real sockets, TLS with a throw-away authority. The only door to reference_impl."""

import secrets
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

import yaml

from conformance.client.facts import (
    DocumentHostFacts,
    IdentityProviderFacts,
    IssuerFacts,
    TargetFacts,
    ThirdPartyFacts,
    UserAgentFacts,
)
from conformance.client.identity import ClientIdentity
from conformance.issuer.server import INTROSPECTION_CLIENT, IssuerError, IssuerOptions, RunningIssuer
from conformance.issuer.third_party import AUTHORIZE, TOKEN, StaticClient
from conformance.targets.errors import ConfigurationError

if TYPE_CHECKING:
    from reference_impl.authorization_server.config import ThirdParty
    from reference_impl.demo_clients import LaunchedClient
    from reference_impl.launcher import ReferenceFacts, RunningReference
    from reference_impl.mcp_server.config import IntrospectionEndpoint

_SCOPE = "mcp:echo mcp:add"
_PROXY = "mcp-proxy"
_UPSTREAM_TOOL = "ask_upstream"
_TOOLS: dict[str, tuple[dict[str, Any], str | None]] = {
    "echo": ({"text": "conformance"}, "mcp:echo"),
    "add_numbers": ({"a": 2, "b": 3}, "mcp:add"),
    _UPSTREAM_TOOL: ({}, "mcp:echo"),
}


@dataclass(frozen=True, slots=True)
class ServeOptions:
    """Where the reference listens; port 0 takes any free one. Its MCP server trusts tokens of `trusted_issuer` too.

    Without one it is judged with an issuer that the harness starts beside it. With `third_party`, an origin, it is a
    proxy that sends its users there, else to that issuer.
    """

    host: str = "127.0.0.1"
    as_port: int = 0
    mcp_port: int = 0
    tls: bool = True
    trusted_issuer: str | None = None
    third_party: str | None = None


class BundledTarget:
    """The reference, or one of its mutants or legal variations, started in this process."""

    def __init__(self, mutant: str | None = None, options: ServeOptions | None = None) -> None:
        from reference_impl.launcher import LaunchError, find_variant

        self.mutant = mutant
        self._options = options or ServeOptions()
        self._is_judged_here = options is None
        self._running: RunningReference | None = None
        self._issuer: RunningIssuer | None = None
        self._third_party: ThirdParty | None = None
        try:
            if mutant:
                find_variant(mutant)
        except LaunchError as error:
            raise ConfigurationError(
                f"--target bundled:{mutant}: {error}; leave the name out for the reference itself"
            ) from None

    def start(self) -> TargetFacts:
        """Start it. Raises ConfigurationError when a port is taken."""
        from reference_impl.launcher import LaunchError, LaunchOptions, import_protocol, launch

        options = self._options
        if self._is_judged_here:
            import_protocol()
        try:
            known = StaticClient(_PROXY, secrets.token_urlsafe(24))
            if options.trusted_issuer is None:
                self._issuer = RunningIssuer(IssuerOptions(tls=options.tls, static_client=known))
            issuer = self._issuer.facts if self._issuer else None
            there = options.third_party or (issuer.issuer if issuer else None)
            self._third_party = _third_party(there, known.client_secret) if there else None
            self._running = launch(
                LaunchOptions(
                    options.host,
                    options.as_port,
                    options.mcp_port,
                    tls=options.tls,
                    mutant=self.mutant,
                    trusted_issuers=(issuer.issuer if issuer else str(options.trusted_issuer),),
                    trusted_ca_pem=issuer.ca_pem if issuer else None,
                    upstream_url=f"{issuer.issuer if issuer else options.trusted_issuer}/upstream/report",
                    trusted_introspection=(_introspection(issuer),) if issuer else (),
                    third_party=self._third_party,
                )
            )
        except (IssuerError, LaunchError) as error:
            self.stop()
            raise ConfigurationError(str(error)) from None
        return _facts(self._running.facts, self.mutant, issuer)

    def stop(self) -> None:
        """Stop it; safe to call twice."""
        if self._running is not None:
            self._running.stop()
        if self._issuer is not None:
            self._issuer.stop()

    def write_target_file(self, path: str) -> None:
        """Write a target file for the running reference, and its CA beside it. Raises ConfigurationError."""
        assert self._running is not None
        file = Path(path)
        facts = _facts(self._running.facts, self.mutant)
        third = _third_party_section(self._third_party, self._running.facts, self._options.third_party)
        try:
            if facts.ca_pem:
                file.with_suffix(".ca.pem").write_text(facts.ca_pem, encoding="ascii")
            if facts.document_host:
                documents = file.with_suffix(".documents.pem")
                documents.touch(mode=0o600)
                documents.write_text(facts.document_host.certificate_and_key or "", encoding="ascii")
            file.touch(mode=0o600)
            file.write_text(
                yaml.safe_dump({**_target_file(facts, file, self._options.trusted_issuer), **third}, sort_keys=False),
                encoding="utf-8",
            )
        except OSError as error:
            raise ConfigurationError(
                f"--write-target {path}: can't be written: {error.strerror}; choose another file"
            ) from None


def mutant_kills() -> dict[str, tuple[str, ...]]:
    """For each requirement the names of the mutants that its checks have to notice."""
    from reference_impl.mutants.registry import load_mutants

    kills: dict[str, tuple[str, ...]] = {}
    for name, mutant in sorted(load_mutants().items()):
        for requirement in sorted(mutant.kills | mutant.deep_kills):
            kills[requirement] = (*kills.get(requirement, ()), name)
    return kills


def _facts(reference: "ReferenceFacts", mutant: str | None, issuer: IssuerFacts | None = None) -> TargetFacts:
    pem = reference.document_host_pem
    users = tuple(UserAgentFacts("form", {"username": n, "password": p}, "Allow") for n, p in reference.users)
    return TargetFacts(
        name=f"bundled:{mutant}" if mutant else "bundled",
        kind="bundled",
        issuer=reference.issuer,
        mcp_url=reference.mcp_url,
        ca_pem="".join(pem for pem in (reference.ca_pem, issuer and issuer.ca_pem) if pem) or None,
        waive_loopback_http=reference.ca_pem is None,
        clients=tuple(_client(launched) for launched in (*reference.clients, reference.resource_server)),
        users=users,
        scope=_SCOPE,
        narrow_scope="mcp:echo",
        second_resource=reference.resources[1],
        plain_url=reference.resources[2],
        tools=_TOOLS,
        upstream_tool=_UPSTREAM_TOOL,
        scope_hierarchy={"mcp": "mcp:echo"},
        token_issuer=replace(issuer, algorithm="ES256", tokens=reference.trusted_tokens) if issuer else None,
        short_lived_client="demo-short-lived",
        identity_provider=_identity_provider(reference),
        authorization_details={"type": "mcp_tool_call", "actions": ["echo"]},
        document_host=DocumentHostFacts(certificate_and_key=pem) if pem else None,
        third_party=_third_party_facts(reference, issuer),
    )


def _third_party_facts(reference: "ReferenceFacts", issuer: IssuerFacts | None) -> ThirdPartyFacts | None:
    """Without an issuer beside it, the reference has no third party."""
    asked = reference.third_party
    return ThirdPartyFacts(issuer.issuer, *asked) if issuer and asked else None


def _introspection(issuer: IssuerFacts) -> "IntrospectionEndpoint":
    from reference_impl.mcp_server.config import IntrospectionEndpoint

    return IntrospectionEndpoint(f"{issuer.issuer}/introspect", INTROSPECTION_CLIENT, issuer.introspection_secret)


def _third_party(there: str, client_secret: str) -> "ThirdParty":
    from reference_impl.authorization_server.config import ThirdParty

    return ThirdParty("Calendar Inc.", there + AUTHORIZE, there + TOKEN, _PROXY, client_secret, ("events.readonly",))


def _third_party_section(known: "ThirdParty | None", reference: "ReferenceFacts", there: str | None) -> dict[str, Any]:
    """What lets a run be the third party that is served for."""
    if known is None or reference.third_party is None or there is None:
        return {}
    scope, resource = reference.third_party
    client = {"client_id": known.client_id, "client_secret": known.client_secret}
    section = {"listen": urlsplit(there).netloc, **client, "scope": scope, "resource": resource}
    return {"third_party_authorization_server": section}


def _identity_provider(reference: "ReferenceFacts") -> IdentityProviderFacts:
    provider = reference.identity_provider
    return IdentityProviderFacts(provider.issuer, provider.private_jwk, provider.subject, provider.workload)


def _client(launched: "LaunchedClient") -> ClientIdentity:
    client = launched.client
    return ClientIdentity(
        client_id=client.client_id,
        auth_method=client.token_endpoint_auth_method,
        client_secret=launched.client_secret,
        private_jwk=launched.private_jwk,
        redirect_uris=client.redirect_uris,
        grant_types=client.grant_types,
        scope=" ".join(client.scope),
    )


def _target_file(facts: TargetFacts, file: Path, trusted_issuer: str | None = None) -> dict[str, Any]:
    def agent(user: UserAgentFacts) -> dict[str, Any]:
        return {"kind": user.kind, "fields": dict(user.fields), "approve": user.approve}

    clients = [
        {
            "client_id": c.client_id,
            "auth_method": c.auth_method,
            **({"client_secret": c.client_secret} if c.client_secret else {}),
            **({"private_jwk": c.private_jwk} if c.private_jwk else {}),
            "redirect_uris": list(c.redirect_uris),
            "grant_types": list(c.grant_types),
        }
        for c in facts.clients
    ]
    tls = {"ca_file": file.with_suffix(".ca.pem").name} if facts.ca_pem else {"allow_loopback_http": True}
    return {
        "name": facts.name,
        "authorization_server": {"issuer": facts.issuer},
        "mcp_server": {
            "url": facts.mcp_url,
            "upstream_tool": facts.upstream_tool,
            "plain_url": facts.plain_url,
            "tools": {name: {"arguments": dict(a), "scope": s} for name, (a, s) in facts.tools.items()},
        },
        "registration": "dynamic",
        "clients": clients,
        "user_agent": agent(facts.users[0]),
        "second_user": agent(facts.users[1]),
        "scope": facts.scope,
        "narrow_scope": facts.narrow_scope,
        "second_resource": facts.second_resource,
        "scope_hierarchy": dict(facts.scope_hierarchy),
        "short_lived_client": facts.short_lived_client,
        "tls": tls,
        **_token_issuer_section(trusted_issuer),
        **({"authorization_details": dict(facts.authorization_details)} if facts.authorization_details else {}),
        **({"identity_provider": asdict(facts.identity_provider)} if facts.identity_provider else {}),
        **({"document_host": {"certificate": file.with_suffix(".documents.pem").name}} if facts.document_host else {}),
    }


def _token_issuer_section(trusted_issuer: str | None) -> dict[str, Any]:
    """What lets a run be that issuer itself: possible where nobody has to vouch for it."""
    parts = urlsplit(trusted_issuer or "")
    return {"token_issuer": {"listen": parts.netloc, "algorithm": "ES256"}} if parts.scheme == "http" else {}
