"""OAuth requests as immutable values: every alteration is a new request that remembers what was changed."""

from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from typing import Self
from urllib.parse import quote, urlencode

from conformance.client.pkce import ProofKey
from conformance.wire import HttpRequest

Pairs = tuple[tuple[str, str], ...]


@dataclass(frozen=True)
class OAuthRequest:
    """Parameters for one endpoint, in order, duplicates allowed; `changes` says how it departs from its control."""

    endpoint: str
    parameters: Pairs
    headers: Pairs = ()
    changes: tuple[str, ...] = ()

    def get(self, name: str) -> str | None:
        """The first value of that parameter, or None."""
        return next((value for key, value in self.parameters if key == name), None)

    def without(self, *names: str) -> Self:
        """The same request without these parameters."""
        kept = tuple(pair for pair in self.parameters if pair[0] not in names)
        return replace(self, parameters=kept, changes=(*self.changes, f"{' and '.join(names)} removed"))

    def with_(self, change: str = "", /, **values: str | None) -> Self:
        """The same request with these parameters set in place or added (None: left as they are)."""
        pairs = list(self.parameters)
        wanted = {name: value for name, value in values.items() if value is not None}
        for name, value in wanted.items():
            places = [index for index, pair in enumerate(pairs) if pair[0] == name]
            if places:
                pairs[places[0]] = (name, value)
            else:
                pairs.append((name, value))
        noted = change or " and ".join(f"{name} set to {value!r}" for name, value in wanted.items())
        return replace(self, parameters=tuple(pairs), changes=(*self.changes, noted) if noted else self.changes)

    def repeated(self, name: str, value: str | None = None) -> Self:
        """The same request with one more occurrence of a parameter (the same value unless another is given)."""
        again = value if value is not None else self.get(name) or ""
        return replace(
            self, parameters=(*self.parameters, (name, again)), changes=(*self.changes, f"{name} sent a second time")
        )

    def to(self, endpoint: str) -> Self:
        """The same request to another URL."""
        return replace(self, endpoint=endpoint, changes=(*self.changes, f"sent to {endpoint}"))

    def as_control(self) -> Self:
        """The same request considered unaltered, to build on."""
        return replace(self, changes=())

    def with_headers(self, change: str, *headers: tuple[str, str]) -> Self:
        """The same request with headers added or replaced by name."""
        names = {name.lower() for name, _ in headers}
        kept = tuple(h for h in self.headers if h[0].lower() not in names)
        return replace(self, headers=(*kept, *headers), changes=(*self.changes, change))


@dataclass(frozen=True)
class AuthorizationRequest(OAuthRequest):
    """A request for the authorization endpoint (RFC 6749, 4.1.1) and the proof key behind its challenge."""

    proof_key: ProofKey = field(default_factory=lambda: ProofKey("", ""))

    @property
    def state(self) -> str:
        """The state that has to come back."""
        return self.get("state") or ""

    @property
    def url(self) -> str:
        """The URL to open in the user's browser."""
        query = urlencode(self.parameters, quote_via=quote)
        return self.endpoint + (("&" if "?" in self.endpoint else "?") + query if query else "")

    def as_get(self) -> HttpRequest:
        """The request as a browser sends it."""
        return HttpRequest("GET", self.url, (("Accept", "text/html"), *self.headers), changes=self.changes)


@dataclass(frozen=True)
class FormRequest(OAuthRequest):
    """A form-encoded POST: token, revocation, introspection and pushed authorization requests."""

    def as_post(self) -> HttpRequest:
        """The request as bytes."""
        headers = (("Accept", "application/json"), ("Content-Type", "application/x-www-form-urlencoded"))
        overridden = {name.lower() for name, _ in self.headers}
        base = tuple(h for h in headers if h[0].lower() not in overridden)
        body = urlencode(self.parameters).encode()
        return HttpRequest("POST", self.endpoint, (*base, *self.headers), body, self.changes)


def form(endpoint: str, parameters: Iterable[tuple[str, str | None]], headers: Pairs = ()) -> FormRequest:
    """A form request; parameters that are None are left out."""
    return FormRequest(endpoint, tuple((k, v) for k, v in parameters if v is not None), headers)
