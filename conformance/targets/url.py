"""Targets that run already: a target file, or nothing but URLs."""

from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

from conformance.client.facts import TargetFacts, UserAgentFacts
from conformance.issuer.server import RunningIssuer
from conformance.targets.errors import ConfigurationError
from conformance.targets.target_file import read_target_file
from conformance.targets.token_issuer import TokenIssuerPlan, token_issuer_plan
from conformance.wire.addresses import is_loopback


@dataclass
class RunningTarget:
    """Something that somebody else started; only the issuer that it trusts is the harness's own."""

    facts: TargetFacts
    issuer_plan: TokenIssuerPlan | None = None
    _issuer: RunningIssuer | None = None

    def start(self) -> TargetFacts:
        """Start the issuer that the target file asks for, if any. Raises ConfigurationError."""
        if self.issuer_plan is None:
            return self.facts
        self._issuer = self.issuer_plan.start()
        return self.issuer_plan.added_to(self.facts, self._issuer)

    def stop(self) -> None:
        """Stop that issuer; safe to call twice."""
        if self._issuer is not None:
            self._issuer.stop()


def target_from_file(path: Path) -> RunningTarget:
    """The target of a target file. Raises ConfigurationError."""
    return RunningTarget(read_target_file(path), token_issuer_plan(path))


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
