"""An HTTP request as the judge sends it and a response as it came back: immutable, order and duplicates kept."""

import json
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any

from conformance.vocabulary import Exchange

Headers = tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True)
class HttpRequest:
    """One request. `changes` tells in words how it departs from the request that serves as its control."""

    method: str
    url: str
    headers: Headers = ()
    body: bytes = b""
    changes: tuple[str, ...] = ()
    label: str = ""

    def with_header(self, name: str, value: str, change: str = "") -> "HttpRequest":
        """The same request with that header replaced (or added), and the change noted."""
        kept = tuple(h for h in self.headers if h[0].lower() != name.lower())
        return replace(self, headers=(*kept, (name, value)), changes=self._noted(change or f"{name} header replaced"))

    def with_added_header(self, name: str, value: str, change: str = "") -> "HttpRequest":
        """The same request with one more header line of that name."""
        return replace(
            self,
            headers=(*self.headers, (name, value)),
            changes=self._noted(change or f"second {name} header added"),
        )

    def without_header(self, name: str, change: str = "") -> "HttpRequest":
        """The same request without that header."""
        kept = tuple(h for h in self.headers if h[0].lower() != name.lower())
        return replace(self, headers=kept, changes=self._noted(change or f"{name} header removed"))

    def with_method(self, method: str) -> "HttpRequest":
        """The same request by another method."""
        return replace(self, method=method, changes=self._noted(f"sent by {method} instead of {self.method}"))

    def with_url(self, url: str, change: str) -> "HttpRequest":
        """The same request to another URL."""
        return replace(self, url=url, changes=self._noted(change))

    def with_body(self, body: bytes, change: str) -> "HttpRequest":
        """The same request with another body."""
        return replace(self, body=body, changes=self._noted(change))

    def header(self, name: str) -> str | None:
        """The first value of that header, or None."""
        return next((value for key, value in self.headers if key.lower() == name.lower()), None)

    def _noted(self, change: str) -> tuple[str, ...]:
        return (*self.changes, change) if change else self.changes


class DuplicateMemberError(ValueError):
    """A JSON object names a member twice, so parsers disagree on what it says."""


@dataclass(frozen=True)
class Response:
    """One answer, read whole within its limits. `exchange` is the evidence of it."""

    status: int
    headers: Headers
    body: bytes
    url: str
    exchange: Exchange | None = None

    def header(self, name: str) -> str | None:
        """The first value of that header, or None."""
        return next((value for key, value in self.headers if key.lower() == name.lower()), None)

    def all_headers(self, name: str) -> tuple[str, ...]:
        """Every value of that header, in wire order."""
        return tuple(value for key, value in self.headers if key.lower() == name.lower())

    @property
    def media_type(self) -> str:
        """The media type in lower case without parameters; empty when there is none."""
        return (self.header("content-type") or "").split(";")[0].strip().lower()

    @property
    def text(self) -> str:
        """The body as text; bytes that aren't UTF-8 become replacement characters."""
        return self.body.decode("utf-8", "replace")

    @cached_property
    def json(self) -> Any:
        """The body parsed as JSON. Raises ValueError (DuplicateMemberError for a repeated member)."""
        try:
            return json.loads(self.body.decode("utf-8"), object_pairs_hook=_no_duplicates)
        except RecursionError:
            raise ValueError("JSON is nested too deeply to read") from None

    def json_object(self) -> dict[str, Any] | None:
        """The body as a JSON object, or None when it is anything else."""
        try:
            value = self.json
        except ValueError:
            return None
        return value if isinstance(value, dict) else None


def _no_duplicates(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    value = dict(pairs)
    if len(value) != len(pairs):
        raise DuplicateMemberError("a JSON object names a member twice")
    return value
