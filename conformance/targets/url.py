"""Targets that run already: a target file, or nothing but URLs."""

from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import urlsplit

from conformance.client.facts import TargetFacts, UserAgentFacts
from conformance.issuer.server import RunningIssuer
from conformance.targets.errors import ConfigurationError
from conformance.targets.target_file import read_target_file
from conformance.targets.third_party import ThirdPartyPlan, issuer_plans
from conformance.targets.token_issuer import TokenIssuerPlan
from conformance.wire.addresses import is_loopback


@dataclass
class RunningTarget:
    """Something that somebody else started; only the issuers that it goes by are the harness's own."""

    facts: TargetFacts
    issuer_plans: tuple[TokenIssuerPlan | ThirdPartyPlan, ...] = ()
    _issuers: list[RunningIssuer] = field(default_factory=list)

    def start(self) -> TargetFacts:
        """Start the issuers that the target file asks for, if any. Raises ConfigurationError."""
        facts = self.facts
        for plan in self.issuer_plans:
            self._issuers.append(plan.start())
            facts = plan.added_to(facts, self._issuers[-1])
        return facts

    def stop(self) -> None:
        """Stop these issuers; safe to call twice."""
        for issuer in self._issuers:
            issuer.stop()


def target_from_file(path: Path) -> RunningTarget:
    """The target of a target file. Raises ConfigurationError."""
    return RunningTarget(read_target_file(path), issuer_plans(path))


def target_from_urls(as_url: str | None, mcp_url: str | None) -> RunningTarget:
    """A target known by its URLs alone: dynamic registration, a user agent without forms. Raises ConfigurationError."""
    for option, url in (("--as-url", as_url), ("--mcp-url", mcp_url)):
        if url is not None and not _is_http_url(url):
            raise ConfigurationError(f"{option} {url!r}: has to be an absolute http(s) URL")
    urls = [url for url in (as_url, mcp_url) if url]
    name = urlsplit(urls[0]).netloc.rpartition("@")[2]
    waive = any(u.startswith("http://") and is_loopback(urlsplit(u).hostname or "") for u in urls)
    return RunningTarget(
        TargetFacts(
            name=name, kind="url", issuer=as_url, mcp_url=mcp_url, waive_loopback_http=waive, users=(UserAgentFacts(),)
        )
    )


def _is_http_url(url: str) -> bool:
    try:
        parts = urlsplit(url)
        return parts.scheme in ("http", "https") and bool(parts.hostname) and (parts.port is None or parts.port > 0)
    except ValueError:
        return False
