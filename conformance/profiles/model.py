"""A profile as read from YAML, with everything it extends folded in."""

from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from typing import Any, get_args

from conformance.vocabulary import Level, Requirement

NEWEST_MCP_PROFILE = "mcp-2026-07-28"
"""Selected when neither command line nor target file names a profile."""


DEEP_PROFILE = "robustness"
"""What --deep judges beyond the selected profiles."""


@dataclass(frozen=True)
class Params:
    """The switches of a profile. Where specifications leave a choice or contradict each other, a profile decides here.

    Seconds for everything that ends in `_seconds`.
    """

    mcp_version: str = "2026-07-28"
    code_challenge_methods: tuple[str, ...] = ("S256",)
    pkce_required: bool = True
    clock_skew_seconds: int = 60
    prm_resource_match: str = "exact"
    access_token_max_seconds: int = 3600
    client_assertion_audience: str = "issuer"
    oauth21_error_codes: bool = False
    iss_required: bool = False
    redirect_uri_in_token_request: bool = True
    rfc9068_access_tokens: bool = False

    @classmethod
    def names(cls) -> tuple[str, ...]:
        """Every parameter that a profile may set."""
        return tuple(f.name for f in fields(cls))

    @classmethod
    def problem(cls, name: str, value: Any) -> str | None:
        """Why that value doesn't fit that parameter, or None."""
        kind = next(f.type for f in fields(cls) if f.name == name)
        if kind in (bool, int, str):
            good = type(value) is kind
            wanted = {bool: "true or false", int: "a whole number", str: "a string"}[kind]
        else:
            item = get_args(kind)[0]
            good = isinstance(value, list) and all(type(v) is item for v in value)
            wanted = "a list of strings"
        if not good:
            return f"{name} has to be {wanted}, not {value!r}"
        allowed = _CHOICES.get(name)
        return (
            f"{name} has to be one of {', '.join(allowed)}, not {value!r}" if allowed and value not in allowed else None
        )


class RecordedParams(Params):
    """Parameters that remember which of them were read."""

    @classmethod
    def of(cls, params: Params) -> "RecordedParams":
        """The same values, none of them read yet."""
        recorded = cls(**vars(params))
        vars(recorded)["_read"] = set()
        return recorded

    def values_read(self) -> dict[str, Any]:
        """Every parameter read so far with its value."""
        values = vars(self)
        return {name: values[name] for name in values["_read"]}

    def __getattribute__(self, name: str) -> Any:
        if not name.startswith("_") and name in Params.__dataclass_fields__:
            read = vars(self).get("_read")
            if read is not None:
                read.add(name)
        return super().__getattribute__(name)


_CHOICES: dict[str, tuple[str, ...]] = {
    "prm_resource_match": ("exact", "prefix"),
    "client_assertion_audience": ("issuer", "any"),
    "mcp_version": ("2025-03-26", "2025-06-18", "2025-11-25", "2026-07-28"),
}


@dataclass(frozen=True)
class Raise:
    """A level that a profile strengthens, and the document and section that says so."""

    to: Level
    source: str


@dataclass(frozen=True)
class Profile:
    """One profile; `requires` are catalogue ids in order, `not_scored` ids with the reason."""

    id: str
    title: str
    requires: tuple[str, ...]
    mcp_version: str | None = None
    raises: Mapping[str, Raise] = field(default_factory=dict)
    not_scored: Mapping[str, str] = field(default_factory=dict)
    params: Params = field(default_factory=Params)
    file: str = ""

    def level_of(self, row: Requirement) -> Level:
        """The level that counts under this profile: the row's in that MCP version, strengthened where `raises` says."""
        raised = self.raises.get(row.id)
        return raised.to if raised else row.level_in(self.mcp_version)
