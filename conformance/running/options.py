"""The command line of the harness, shared by pytest and `conformance run`."""

import shlex
from dataclasses import dataclass
from pathlib import Path
from typing import Any


@dataclass(frozen=True)
class Options:
    """What was asked for. `keyword` is pytest's -k; `only` are requirement ids."""

    target: str | None = None
    as_url: str | None = None
    mcp_url: str | None = None
    profiles: tuple[str, ...] = ()
    profiles_folder: Path | None = None
    out: Path | None = None
    strict: bool = False
    safe: bool = False
    only: tuple[str, ...] = ()
    keyword: str = ""

    def again(self, requirement: str) -> str:
        """The command that judges this requirement of the same target once more."""
        kind, _, spec = (self.target or "").partition(":")
        named = (("--target", self.target), ("--as-url", self.as_url), ("--mcp-url", self.mcp_url))
        words = [spec] if kind == "url" else [w for option, value in named if value for w in (option, value)]
        return shlex.join(["conformance", "run", *words, "--only", requirement])

    @property
    def is_explicit(self) -> bool:
        """Whether anything of the harness was asked for on the command line."""
        return any((self.target, self.as_url, self.mcp_url, self.profiles, self.profiles_folder, self.out, self.only))


OPTIONS: tuple[tuple[str, dict[str, Any]], ...] = (
    ("--target", {"metavar": "KIND:SPEC", "help": "bundled (default), bundled:MUTANT, url:FILE or container:FILE"}),
    ("--as-url", {"metavar": "URL", "help": "judge the authorization server with this issuer, without a target file"}),
    ("--mcp-url", {"metavar": "URL", "help": "judge the MCP server at this URL, without a target file"}),
    ("--profile", {"metavar": "ID", "action": "append", "default": [], "help": "judge by this profile (repeatable)"}),
    ("--profiles", {"metavar": "DIR", "help": "a folder with profiles of your own"}),
    (
        "--only",
        {"metavar": "ID", "action": "append", "default": [], "help": "judge this requirement alone (repeatable)"},
    ),
    ("--safe", {"action": "store_true", "help": "create no state beyond one client and one login on the target"}),
)
"""Options with the same name for pytest and `conformance run`."""


def options_from(values: Any) -> Options:
    """Read parsed arguments (argparse's or pytest's namespace)."""
    out = getattr(values, "conformance_out", None)
    return Options(
        target=values.target,
        as_url=values.as_url,
        mcp_url=values.mcp_url,
        profiles=tuple(values.profile),
        profiles_folder=Path(values.profiles) if values.profiles else None,
        out=Path(out) if out else None,
        strict=bool(getattr(values, "conformance_strict", False)),
        safe=bool(values.safe),
        only=tuple(values.only),
        keyword=getattr(values, "keyword", "") or "",
    )
