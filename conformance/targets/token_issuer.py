"""The section token_issuer of a target file: an issuer that the harness runs and the MCP server under test trusts."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from conformance.catalogue.marked_yaml import Marked
from conformance.client.facts import IssuerFacts, TargetFacts
from conformance.issuer.expired import mint_of
from conformance.issuer.keys import ALGORITHMS
from conformance.issuer.server import IssuerError, IssuerOptions, RunningIssuer
from conformance.targets.errors import ConfigurationError
from conformance.targets.target_file import load_target_yaml, section

TOKEN_ISSUER: Mapping[str, type | tuple[type, ...]] = {
    "listen": str,
    "url": str,
    "certificate": str,
    "algorithm": str,
    "subject": str,
    "client_id": str,
    "claims": dict,
    "introspection_secret": str,
    "tokens": str,
}
_LONGEST_RUN_SECONDS = 4 * 3600
_TOKENS = ("jwt", "opaque", "both")
_LISTEN = re.compile(r"(\[[0-9A-Fa-f:]+\]|[^:\[\]]+):([0-9]{1,5})")


@dataclass(frozen=True)
class TokenIssuerPlan:
    """Where the issuer listens and what good tokens say; `claims` come on top of those of RFC 9068.

    `tokens`: the MCP server takes JWTs of this issuer ("jwt"), introspects ("opaque"), or does both.
    """

    options: IssuerOptions
    algorithm: str = IssuerFacts.algorithm
    subject: str = IssuerFacts.subject
    client_id: str = IssuerFacts.client_id
    claims: Mapping[str, Any] = field(default_factory=dict)
    tokens: str = IssuerFacts.tokens

    def start(self) -> RunningIssuer:
        """Start the issuer. Raises ConfigurationError."""
        try:
            return RunningIssuer(self.options)
        except IssuerError as error:
            raise ConfigurationError(f"token_issuer: {error}") from None

    def added_to(self, facts: TargetFacts, issuer: RunningIssuer) -> TargetFacts:
        """The facts of a target that trusts this running issuer; one without an AS gets its tokens there too."""
        token_issuer = replace(
            issuer.facts,
            algorithm=self.algorithm,
            subject=self.subject,
            client_id=self.client_id,
            claims=self.claims,
            tokens=self.tokens,
        )
        added = replace(facts, token_issuer=token_issuer)
        return added if facts.issuer else replace(added, tokens={**_ready_made(added), **facts.tokens})


def token_issuer_plan(path: Path) -> TokenIssuerPlan | None:
    """What that target file says about a token issuer; None when it says nothing. Raises ConfigurationError."""
    marked = section(load_target_yaml(path), "token_issuer", TOKEN_ISSUER)
    if marked is None:
        return None
    value = marked.value
    algorithm = value.get("algorithm", IssuerFacts.algorithm)
    if algorithm not in ALGORITHMS:
        known = " or ".join(ALGORITHMS)
        raise ConfigurationError(f"{marked.where('algorithm')}: algorithm has to be {known}, not {algorithm!r}")
    tokens = value.get("tokens", IssuerFacts.tokens)
    if tokens not in _TOKENS:
        raise ConfigurationError(f"{marked.where('tokens')}: tokens has to be {', '.join(_TOKENS)}, not {tokens!r}")
    return TokenIssuerPlan(
        issuer_options(marked, path),
        algorithm,
        value.get("subject", IssuerFacts.subject),
        value.get("client_id", IssuerFacts.client_id),
        {str(name): claim for name, claim in (value.get("claims") or {}).items()},
        tokens,
    )


def _ready_made(facts: TargetFacts) -> dict[str, str]:
    """Tokens for what a run would else get from the authorization server, by their names in the target file."""
    mint = mint_of(facts)
    if mint is None:
        return {}
    lasting = replace(mint, lifetime_seconds=_LONGEST_RUN_SECONDS)
    tokens = {"access_token": lasting.good(), "second_user": lasting.with_claims(sub=f"{lasting.facts.subject}-2")}
    if facts.narrow_scope is not None:
        tokens["narrow_scope"] = lasting.with_claims(scope=facts.narrow_scope)
    if facts.second_resource is not None:
        tokens["second_resource"] = lasting.with_claims(aud=facts.second_resource)
    return tokens


def issuer_options(marked: Marked, path: Path) -> IssuerOptions:
    """Where an issuer listens, by listen, url, certificate and introspection_secret. Raises ConfigurationError."""
    value = marked.value
    listen = str(value.get("listen", "127.0.0.1:0"))
    match = _LISTEN.fullmatch(listen)
    if match is None or int(match.group(2)) > 65535:
        raise ConfigurationError(f"{marked.where('listen')}: listen has to be host:port, not {listen!r}")
    url = value.get("url")
    if url is not None and not _is_http_url(url):
        raise ConfigurationError(f"{marked.where('url')}: url has to be an absolute http(s) URL, not {url!r}")
    certificate = path.parent / str(value["certificate"]) if "certificate" in value else None
    return IssuerOptions(
        match.group(1).strip("[]"),
        int(match.group(2)),
        url,
        certificate_file=certificate,
        introspection_secret=value.get("introspection_secret"),
    )


def _is_http_url(url: str) -> bool:
    try:
        parts = urlsplit(url)
        return parts.scheme in ("http", "https") and bool(parts.hostname) and (parts.port is None or parts.port > 0)
    except ValueError:
        return False
