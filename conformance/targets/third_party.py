"""The section third_party_authorization_server of a target file: the server under test is an MCP proxy towards it."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from urllib.parse import urlsplit

from conformance.catalogue.marked_yaml import Marked
from conformance.client.facts import TargetFacts, ThirdPartyFacts
from conformance.issuer.server import IssuerError, IssuerOptions, RunningIssuer
from conformance.issuer.third_party import StaticClient
from conformance.targets.errors import ConfigurationError
from conformance.targets.target_file import load_target_yaml, section
from conformance.targets.token_issuer import TokenIssuerPlan, issuer_options, token_issuer_plan

_SECTION = "third_party_authorization_server"
THIRD_PARTY: Mapping[str, type | tuple[type, ...]] = {
    "listen": str,
    "url": str,
    "certificate": str,
    "client_id": str,
    "client_secret": str,
    "callback": str,
    "scope": str,
    "resource": str,
    "scope_texts": dict,
}


@dataclass(frozen=True)
class ThirdPartyPlan:
    """Where the third party listens, whom it knows, and what a client asks of the proxy to be sent there."""

    options: IssuerOptions
    scope: str | None = None
    resource: str | None = None
    scope_texts: Mapping[str, str] = field(default_factory=dict)

    def start(self) -> RunningIssuer:
        """Start the third party. Raises ConfigurationError."""
        try:
            return RunningIssuer(self.options)
        except IssuerError as error:
            raise ConfigurationError(f"{_SECTION}: {error}") from None

    def added_to(self, facts: TargetFacts, issuer: RunningIssuer) -> TargetFacts:
        """The facts of a target that sends its users to this third party: logins may lead there and back."""
        there = issuer.facts.issuer
        parts = urlsplit(there)
        origin = f"{parts.scheme}://{parts.netloc}"
        users = tuple(replace(user, origins=(*user.origins, origin)) for user in facts.users)
        third_party = ThirdPartyFacts(there, self.scope, self.resource, self.scope_texts)
        return replace(facts, users=users, third_party=third_party)


def third_party_plan(path: Path) -> ThirdPartyPlan | None:
    """What that target file says about a third party; None when it says nothing. Raises ConfigurationError."""
    marked = section(load_target_yaml(path), _SECTION, THIRD_PARTY)
    if marked is None:
        return None
    value = marked.value
    for name in ("listen", "client_id", "client_secret"):
        if not value.get(name):
            raise ConfigurationError(f"{marked.where()}: {_SECTION} needs {name}")
    client = StaticClient(value["client_id"], value["client_secret"], _callback(marked))
    texts = {str(scope): str(text) for scope, text in (value.get("scope_texts") or {}).items()}
    options = replace(issuer_options(marked, path), static_client=client)
    return ThirdPartyPlan(options, value.get("scope"), value.get("resource"), texts)


def issuer_plans(path: Path) -> tuple[TokenIssuerPlan | ThirdPartyPlan, ...]:
    """What the harness has to start for that target file. Raises ConfigurationError."""
    return tuple(plan for plan in (token_issuer_plan(path), third_party_plan(path)) if plan is not None)


def _callback(marked: Marked) -> str | None:
    callback = marked.value.get("callback")
    if callback is not None and not callback.startswith(("http://", "https://")):
        raise ConfigurationError(f"{marked.where('callback')}: callback has to be an http(s) URL, not {callback!r}")
    return None if callback is None else str(callback)
