"""The target file: one YAML that says what is under test. Every mistake is one line with file and line."""

import ssl
from collections.abc import Mapping
from datetime import date
from difflib import get_close_matches
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from conformance.catalogue.marked_yaml import Marked, MarkedYamlError, load_marked
from conformance.client.facts import (
    DocumentHostFacts,
    IdentityProviderFacts,
    KnownFailureFacts,
    TargetFacts,
    UserAgentFacts,
)
from conformance.client.identity import ClientIdentity, is_usable_key
from conformance.targets.document_host_section import DOCUMENT_HOST, document_host_facts
from conformance.targets.errors import ConfigurationError
from conformance.targets.identity_provider_section import IDENTITY_PROVIDER, identity_provider_facts
from conformance.wire.addresses import is_loopback

Kinds = Mapping[str, type | tuple[type, ...]]

TOP: Kinds = {
    "name": str,
    "authorization_server": dict,
    "mcp_server": dict,
    "client": dict,
    "clients": list,
    "registration": str,
    "redirect_uri": str,
    "user_agent": dict,
    "second_user": dict,
    "scope": str,
    "narrow_scope": str,
    "resource": str,
    "second_resource": str,
    "scope_hierarchy": dict,
    "tokens": dict,
    "tls": dict,
    "limits": dict,
    "profiles": list,
    "known_failures": dict,
    "authorization_parameters": dict,
    "document_host": dict,
    "identity_provider": dict,
    "authorization_details": dict,
    "token_issuer": dict,
    "third_party_authorization_server": dict,
    "short_lived_client": str,
    "container": dict,
}
_AS: Kinds = {"issuer": str}
_MCP: Kinds = {"url": str, "tools": dict, "upstream_tool": str, "plain_url": str}
_TOOL: Kinds = {"arguments": dict, "scope": str}
_CLIENT: Kinds = {
    "client_id": str,
    "client_secret": str,
    "auth_method": str,
    "redirect_uris": list,
    "grant_types": list,
    "private_jwk": dict,
    "scope": str,
}
_AGENT: Kinds = {"kind": str, "fields": dict, "approve": str, "deny": str, "origins": list}
_TLS: Kinds = {"ca_file": str, "allow_loopback_http": bool}
_LIMITS: Kinds = {"deadline_seconds": (int, float)}
_LONGEST_DEADLINE = 600
_AUTH_METHODS = ("none", "client_secret_basic", "client_secret_post", "private_key_jwt")


def read_target_file(path: Path, kind: str = "url") -> TargetFacts:
    """The facts that a target file states. Raises ConfigurationError."""
    marked = load_target_yaml(path)
    try:
        return facts_from(marked, path, kind)
    except MarkedYamlError as error:
        raise ConfigurationError(str(error)) from None


def load_target_yaml(path: Path) -> Marked:
    """The file's content with lines. Raises ConfigurationError."""
    try:
        marked = load_marked(path.read_text(encoding="utf-8"), str(path))
    except (MarkedYamlError, UnicodeDecodeError) as error:
        raise ConfigurationError(str(error)) from None
    except OSError as error:
        raise ConfigurationError(f"{path}: can't be read: {error.strerror}") from None
    check_keys(marked, TOP)
    return marked


def facts_from(marked: Marked, path: Path, kind: str) -> TargetFacts:
    """The facts of an already loaded file. Raises ConfigurationError."""
    server, mcp = section(marked, "authorization_server", _AS), section(marked, "mcp_server", _MCP)
    issuer = _url(server, "issuer") if server else None
    mcp_url = _url(mcp, "url") if mcp else None
    if issuer is None and mcp_url is None and kind == "url":
        raise ConfigurationError(
            f"{path}:1: names nothing to judge; give authorization_server.issuer or mcp_server.url"
        )
    tls, limits = section(marked, "tls", _TLS), section(marked, "limits", _LIMITS)
    value = marked.value
    registration = value.get("registration", "dynamic" if not _clients(marked) else "given")
    if registration not in ("dynamic", "given"):
        raise ConfigurationError(
            f"{marked.where('registration')}: registration is dynamic or given, not {registration!r}"
        )
    return TargetFacts(
        name=str(value.get("name") or path.stem),
        kind=kind,
        issuer=issuer,
        mcp_url=mcp_url,
        ca_pem=_ca_pem(tls, path) if tls else None,
        waive_loopback_http=_waiver(tls, issuer, mcp_url),
        clients=_clients(marked),
        dynamic_registration=registration == "dynamic",
        redirect_uri=str(value.get("redirect_uri", TargetFacts.redirect_uri)),
        users=_users(marked),
        scope=value.get("scope"),
        narrow_scope=value.get("narrow_scope"),
        resource=value.get("resource"),
        second_resource=value.get("second_resource"),
        short_lived_client=value.get("short_lived_client"),
        tools=_tools(mcp) if mcp else {},
        upstream_tool=_upstream_tool(mcp) if mcp else None,
        plain_url=mcp.value.get("plain_url") if mcp else None,
        tokens={str(k): str(v) for k, v in (value.get("tokens") or {}).items()},
        scope_hierarchy={str(k): str(v) for k, v in (value.get("scope_hierarchy") or {}).items()},
        profiles=tuple(str(p) for p in value.get("profiles") or ()),
        known_failures=_known_failures(marked),
        deadline_seconds=_deadline(limits) if limits else TargetFacts.deadline_seconds,
        document_host=_document_host(marked, path),
        identity_provider=_identity_provider(marked),
        authorization_details=value.get("authorization_details"),
        authorization_parameters={str(k): str(v) for k, v in (value.get("authorization_parameters") or {}).items()},
    )


def _identity_provider(marked: Marked) -> IdentityProviderFacts | None:
    child = section(marked, "identity_provider", IDENTITY_PROVIDER)
    return identity_provider_facts(child) if child else None


def _document_host(marked: Marked, path: Path) -> DocumentHostFacts | None:
    child = section(marked, "document_host", DOCUMENT_HOST)
    return document_host_facts(child, path) if child else None


def section(marked: Marked, key: str, kinds: Kinds) -> Marked | None:
    """A sub-mapping with only known keys of the right type; None when it isn't there."""
    if marked.value.get(key) is None:
        return None
    child = marked.child(key)
    check_keys(child, kinds)
    return child


def check_keys(marked: Marked, kinds: Kinds) -> None:
    """Raise ConfigurationError for an unknown key (with the nearest name) or a value of the wrong type."""
    for key, value in marked.value.items():
        if key not in kinds:
            near = get_close_matches(key, kinds, n=1, cutoff=0.5)
            hint = f"; did you mean {near[0]!r}?" if near else f" (known: {', '.join(kinds)})"
            raise ConfigurationError(f"{marked.where(key)}: unknown key {key!r}{hint}")
        wanted = kinds[key]
        if value is None or not isinstance(value, wanted) or (isinstance(value, bool) and wanted is not bool):
            name = wanted.__name__ if isinstance(wanted, type) else "number"
            plain = {"str": "text", "dict": "a mapping", "list": "a list", "bool": "true or false"}.get(name, name)
            raise ConfigurationError(f"{marked.where(key)}: {key} has to be {plain}, not {type(value).__name__}")


def _url(marked: Marked, key: str) -> str:
    value = str(marked.value.get(key) or "")
    try:
        parts = urlsplit(value)
        good = parts.scheme in ("http", "https") and bool(parts.hostname) and (parts.port is None or parts.port > 0)
    except ValueError:
        good = False
    if not good:
        raise ConfigurationError(f"{marked.where(key)}: {key} has to be an absolute http(s) URL, not {value!r}")
    return value


def _waiver(tls: Marked | None, issuer: str | None, mcp_url: str | None) -> bool:
    if tls is not None and "allow_loopback_http" in tls.value:
        return bool(tls["allow_loopback_http"])
    return any(u and u.startswith("http://") and is_loopback(urlsplit(u).hostname or "") for u in (issuer, mcp_url))


def _deadline(limits: Marked) -> float:
    seconds = float(limits.value.get("deadline_seconds", TargetFacts.deadline_seconds))
    if not 0 < seconds <= _LONGEST_DEADLINE:
        where = limits.where("deadline_seconds")
        raise ConfigurationError(f"{where}: deadline_seconds has to be above 0 and at most {_LONGEST_DEADLINE}")
    return seconds


def _ca_pem(tls: Marked, path: Path) -> str | None:
    if "ca_file" not in tls.value:
        return None
    file = path.parent / str(tls["ca_file"])
    try:
        pem = file.read_text(encoding="ascii")
    except (OSError, UnicodeDecodeError):
        raise ConfigurationError(f"{tls.where('ca_file')}: ca_file {file} can't be read; give a PEM file") from None
    try:
        ssl.create_default_context(cadata=pem)
    except (ssl.SSLError, ValueError):
        raise ConfigurationError(
            f"{tls.where('ca_file')}: ca_file {file} holds no PEM certificate that can be read"
        ) from None
    return pem


def _clients(marked: Marked) -> tuple[ClientIdentity, ...]:
    single = [marked.child("client")] if marked.value.get("client") else []
    several = list(marked.items("clients")) if marked.value.get("clients") else []
    return tuple(_client(raw) for raw in (*single, *several))


def _client(raw: Marked) -> ClientIdentity:
    check_keys(raw, _CLIENT)
    value = raw.value
    method = value.get("auth_method") or ("client_secret_basic" if value.get("client_secret") else "none")
    if not value.get("client_id"):
        raise ConfigurationError(f"{raw.where()}: a client needs a client_id")
    if method not in _AUTH_METHODS:
        raise ConfigurationError(f"{raw.where('auth_method')}: auth_method is one of {', '.join(_AUTH_METHODS)}")
    if method == "private_key_jwt" and not value.get("private_jwk"):
        raise ConfigurationError(f"{raw.where()}: private_key_jwt needs private_jwk (a private JWK with alg)")
    if value.get("private_jwk") and not is_usable_key(value["private_jwk"]):
        raise ConfigurationError(f"{raw.where('private_jwk')}: private_jwk is no private JWK that can sign by its alg")
    return ClientIdentity(
        client_id=value["client_id"],
        auth_method=method,
        client_secret=value.get("client_secret"),
        private_jwk=value.get("private_jwk"),
        redirect_uris=tuple(str(u) for u in value.get("redirect_uris") or ()),
        grant_types=tuple(str(g) for g in value.get("grant_types") or ("authorization_code",)),
        scope=value.get("scope"),
    )


def _users(marked: Marked) -> tuple[UserAgentFacts, ...]:
    users: list[UserAgentFacts] = []
    for key in ("user_agent", "second_user"):
        child = section(marked, key, _AGENT)
        if child is None:
            continue
        kind = child.value.get("kind", "form" if child.value.get("fields") else "auto")
        if kind not in ("auto", "form"):
            raise ConfigurationError(f"{child.where('kind')}: kind is auto or form, not {kind!r}")
        fields = {str(k): str(v) for k, v in (child.value.get("fields") or {}).items()}
        origins = tuple(str(o) for o in child.value.get("origins") or ())
        users.append(UserAgentFacts(kind, fields, child.value.get("approve"), child.value.get("deny"), origins))
    return tuple(users) or (UserAgentFacts(),)


def _tools(mcp: Marked) -> dict[str, tuple[dict[str, Any], str | None]]:
    tools: dict[str, tuple[dict[str, Any], str | None]] = {}
    for name in mcp.value.get("tools") or {}:
        child = section(mcp.child("tools"), name, _TOOL)
        tools[str(name)] = (dict(child.value.get("arguments") or {}), child.value.get("scope")) if child else ({}, None)
    return tools


def _upstream_tool(mcp: Marked) -> str | None:
    tool = mcp.value.get("upstream_tool")
    if tool is not None and tool not in (mcp.value.get("tools") or {}):
        raise ConfigurationError(f"{mcp.where('upstream_tool')}: upstream_tool {tool!r} is not among the tools")
    return tool


def _known_failures(marked: Marked) -> dict[str, KnownFailureFacts]:
    known: dict[str, KnownFailureFacts] = {}
    for requirement_id, value in (marked.value.get("known_failures") or {}).items():
        where = marked.where("known_failures")
        if isinstance(value, str) and value.strip():
            known[str(requirement_id)] = KnownFailureFacts(value)
            continue
        if not isinstance(value, dict) or not value.get("reason") or set(value) - {"reason", "expires"}:
            raise ConfigurationError(
                f"{where}: known failure {requirement_id} needs a reason (and may have expires: DATE)"
            )
        expires = value.get("expires")
        if expires is not None and not isinstance(expires, date):
            raise ConfigurationError(
                f"{where}: known failure {requirement_id}: expires has to be a date like 2027-01-31"
            )
        known[str(requirement_id)] = KnownFailureFacts(str(value["reason"]), expires)
    return known
