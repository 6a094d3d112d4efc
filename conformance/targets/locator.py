"""`kind:spec` names a target: bundled, bundled:<mutant>, url:FILE, container:FILE."""

from pathlib import Path
from typing import Protocol

from conformance.client.facts import TargetFacts
from conformance.targets.errors import ConfigurationError


class Target(Protocol):
    """Something that can be started (or is there already), described and stopped."""

    def start(self) -> TargetFacts:
        """Make it reachable. Raises ConfigurationError with one line when it can't be."""

    def stop(self) -> None:
        """Leave nothing behind. Safe to call twice and after a failed start."""


def locate(text: str, *, as_url: str | None = None, mcp_url: str | None = None) -> Target:
    """The target that a command line names. Raises ConfigurationError on an unknown kind or unreadable file."""
    if as_url or mcp_url:
        from conformance.targets.url import target_from_urls

        return target_from_urls(as_url, mcp_url)
    kind, colon, spec = text.partition(":")
    if not colon and kind.endswith((".yaml", ".yml")):
        kind, spec = "url", text
    if kind == "bundled":
        from conformance.targets.bundled import BundledTarget

        return BundledTarget(spec or None)
    if kind == "url":
        from conformance.targets.url import target_from_file

        return target_from_file(_file(kind, spec))
    if kind == "container":
        from conformance.targets.container import ContainerTarget

        return ContainerTarget(_file(kind, spec))
    raise ConfigurationError(
        f"--target {text!r}: unknown kind {kind!r}; use bundled, bundled:MUTANT, url:FILE or container:FILE"
    )


def _file(kind: str, spec: str) -> Path:
    path = Path(spec)
    if not spec:
        raise ConfigurationError(f"--target {kind}: needs a file, as in --target {kind}:mine.yaml")
    if not path.is_file():
        raise ConfigurationError(f"--target {kind}:{spec}: no such file; see docs/targets.md for what it holds")
    return path
