"""Expectations on the members of a JSON document: presence, types, URLs, without repeating the wording."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from conformance.vocabulary import Exchange, NotApplicable, Violation
from conformance.wire.addresses import is_loopback, split_url


@dataclass(frozen=True)
class Members:
    """A JSON object called `document` in messages; loopback http is waived when the target file says so."""

    document: str
    value: Mapping[str, Any]
    waive_loopback_http: bool = False
    exchange: Exchange | None = None

    def require(self, name: str, because: str = "it is required") -> Any:
        """The member; its absence is a Violation."""
        if name not in self.value:
            raise self._violation(
                f"{self.document} has no {name}", expected=f"{name} present: {because}", observed=f"no {name}"
            )
        return self.value[name]

    def present(self, name: str) -> Any:
        """The member; its absence makes the check not applicable."""
        if name not in self.value:
            raise NotApplicable(f"{self.document} has no {name}, which is optional")
        return self.value[name]

    def string(self, name: str) -> str:
        """The member as a string; another type is a Violation, absence not applicable."""
        value = self.present(name)
        self._typed(name, value, isinstance(value, str), "a string")
        return str(value)

    def boolean(self, name: str) -> bool:
        """The member as true or false; another type is a Violation, absence not applicable."""
        value = self.present(name)
        self._typed(name, value, isinstance(value, bool), "true or false")
        return bool(value)

    def strings(self, name: str) -> list[str]:
        """The member as an array of strings; another type is a Violation, absence not applicable."""
        value = self.present(name)
        good = isinstance(value, list) and all(isinstance(item, str) for item in value)
        self._typed(name, value, good, "an array of strings")
        return list(value)

    def url(self, name: str) -> str:
        """The member as an absolute http(s) URL; anything else is a Violation, absence not applicable."""
        value = self.string(name)
        parts = split_url(value)
        good = parts.scheme in ("http", "https") and bool(parts.hostname)
        self._typed(name, value, good, "an absolute http(s) URL")
        return value

    def https(self, name: str) -> str:
        """The member as an https URL (loopback http if waived); else a Violation; absence not applicable."""
        value = self.url(name)
        if not self.is_https(value):
            raise self._violation(
                f"{name} is not https", expected=f"{name} with the scheme https", observed=repr(value)
            )
        return value

    def is_https(self, url: str) -> bool:
        """Whether that URL is https, or loopback http under the waiver."""
        parts = split_url(url)
        if not parts.hostname:
            return False
        return parts.scheme == "https" or (
            parts.scheme == "http" and self.waive_loopback_http and is_loopback(parts.hostname)
        )

    def each(self, name: str, test: Callable[[str], bool], expected: str) -> None:
        """Every string of that array has to pass the test."""
        wrong = [item for item in self.strings(name) if not test(item)]
        if wrong:
            raise self._violation(f"{name} holds {wrong[0]!r}", expected=expected, observed=f"{name}: {wrong!r}")

    def _violation(self, message: str, *, expected: str, observed: str) -> Violation:
        return Violation(message, expected=expected, observed=observed, decided_by=self.exchange)

    def _typed(self, name: str, value: Any, good: bool, expected: str) -> None:
        if not good:
            raise self._violation(
                f"{name} is not {expected}",
                expected=f"{name} is {expected}",
                observed=f"{name}: {repr(value)[:300]}",
            )


def expect_members(
    document: str,
    value: Mapping[str, Any],
    *,
    waive_loopback_http: bool = False,
    exchange: Exchange | None = None,
) -> Members:
    """Start expectations on a JSON object; `exchange` is the evidence of where it came from."""
    return Members(document, value, waive_loopback_http, exchange)
