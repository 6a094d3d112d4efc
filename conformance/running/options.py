"""The command line of the harness, shared by pytest and `conformance run`."""

import shlex
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from conformance.client.facts import DeepFacts

DEEP_EXAMPLES = 40


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
    formats: tuple[str, ...] = ()
    deep: DeepFacts | None = None

    def again(self, requirement: str, *, deep: bool = False) -> str:
        """The command that judges this requirement of the same target once more, by a deep check with the same seed."""
        kind, _, spec = (self.target or "").partition(":")
        named = (("--target", self.target), ("--as-url", self.as_url), ("--mcp-url", self.mcp_url))
        words = [spec] if kind == "url" else [w for option, value in named if value for w in (option, value)]
        explored = deep_words(self.deep) if deep and self.deep else ()
        return shlex.join(["conformance", "run", *words, *explored, "--only", requirement])

    @property
    def is_explicit(self) -> bool:
        """Whether anything of the harness was asked for on the command line."""
        return any(
            (
                self.target,
                self.as_url,
                self.mcp_url,
                self.profiles,
                self.profiles_folder,
                self.out,
                self.only,
                self.deep,
            )
        )


_LIST: dict[str, Any] = {"metavar": "ID", "action": "append", "default": []}
OPTIONS: tuple[tuple[str, dict[str, Any]], ...] = (
    (
        "--target",
        {
            "metavar": "KIND:SPEC",
            "dest": "conformance_target",
            "help": "bundled (default), bundled:MUTANT, url:FILE or container:FILE",
        },
    ),
    (
        "--as-url",
        {
            "metavar": "URL",
            "dest": "conformance_as_url",
            "help": "judge the authorization server with this issuer, without a target file",
        },
    ),
    (
        "--mcp-url",
        {
            "metavar": "URL",
            "dest": "conformance_mcp_url",
            "help": "judge the MCP server at this URL, without a target file",
        },
    ),
    ("--profile", {**_LIST, "dest": "conformance_profile", "help": "judge by this profile (repeatable)"}),
    ("--profiles", {"metavar": "DIR", "dest": "conformance_profiles", "help": "a folder with profiles of your own"}),
    ("--only", {**_LIST, "dest": "conformance_only", "help": "judge this requirement alone (repeatable)"}),
    (
        "--format",
        {
            "action": "append",
            "choices": ["results", "html", "junit", "sarif", "markdown"],
            "default": [],
            "dest": "conformance_format",
            "help": "write this rendering alone (repeatable; results: results.json and nothing else)",
        },
    ),
    (
        "--safe",
        {
            "action": "store_true",
            "dest": "conformance_safe",
            "help": "create no state beyond one client and one login on the target",
        },
    ),
    (
        "--deep",
        {
            "action": "store_true",
            "dest": "conformance_deep",
            "help": "also explore with generated sequences and inputs: many more requests, and the robustness profile",
        },
    ),
    (
        "--deep-seed",
        {
            "metavar": "N",
            "type": int,
            "default": 0,
            "dest": "conformance_deep_seed",
            "help": "what deep checks generate depends on this number alone (default: %(default)s)",
        },
    ),
    (
        "--deep-examples",
        {
            "metavar": "N",
            "type": int,
            "default": DEEP_EXAMPLES,
            "dest": "conformance_deep_examples",
            "help": "how many examples each deep check tries (default: %(default)s)",
        },
    ),
)
"""Options with the same name for pytest and `conformance run`; the destinations can't be those of another plugin."""


def options_from(values: Any) -> Options:
    """Read parsed arguments (argparse's or pytest's namespace). An option that isn't there has its default."""

    def given(name: str) -> Any:
        return getattr(values, f"conformance_{name}", None)

    return Options(
        target=given("target"),
        as_url=given("as_url"),
        mcp_url=given("mcp_url"),
        profiles=tuple(given("profile") or ()),
        profiles_folder=Path(given("profiles")) if given("profiles") else None,
        out=Path(given("out")) if given("out") else None,
        strict=bool(given("strict")),
        safe=bool(given("safe")),
        only=tuple(given("only") or ()),
        keyword=getattr(values, "keyword", "") or "",
        formats=tuple(given("format") or ()),
        deep=DeepFacts(int(given("deep_seed") or 0), _examples(given("deep_examples"))) if given("deep") else None,
    )


def deep_words(deep: DeepFacts) -> tuple[str, ...]:
    """The options that explore the same again."""
    return ("--deep", f"--deep-seed={deep.seed}", f"--deep-examples={deep.examples}")


def _examples(given: int | None) -> int:
    return DEEP_EXAMPLES if given is None else given
