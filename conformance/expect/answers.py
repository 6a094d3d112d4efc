"""Answers of OAuth endpoints, read into the field's own terms without judging them."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import parse_qs

from conformance.wire import Response
from conformance.wire.addresses import split_url


@dataclass(frozen=True)
class AuthorizationAnswer:
    """How an authorization request ended: at the client's redirect URI, or on a page of the server.

    `redirected_to` is the absolute Location that left the server, or None when a page was the end. `pages` are the
    HTML pages that the user was shown on the way, in order.
    """

    response: Response
    redirected_to: str | None = None
    parameters: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    pages: tuple[Response, ...] = ()

    @classmethod
    def from_response(
        cls, response: Response, redirected_to: str | None, pages: tuple[Response, ...] = ()
    ) -> "AuthorizationAnswer":
        """Read the authorization response out of a redirect (query, and fragment for what must not be there)."""
        parameters: dict[str, tuple[str, ...]] = {}
        if redirected_to:
            parts = split_url(redirected_to)
            for component in (parts.query, parts.fragment):
                for name, values in parse_qs(component, keep_blank_values=True).items():
                    parameters[name] = (*parameters.get(name, ()), *values)
        return cls(response, redirected_to, parameters, pages)

    def parameter(self, name: str) -> str | None:
        """The first value of that response parameter, or None."""
        return next(iter(self.parameters.get(name, ())), None)

    @property
    def code(self) -> str | None:
        """The authorization code, if one was granted."""
        return self.parameter("code") or None

    @property
    def error(self) -> str | None:
        """The error code sent to the redirect URI."""
        return self.parameter("error")

    @property
    def state(self) -> str | None:
        """The state that came back."""
        return self.parameter("state")

    @property
    def iss(self) -> str | None:
        """The issuer that identifies itself (RFC 9207)."""
        return self.parameter("iss")

    def described(self) -> str:
        """What happened in one line."""
        if self.redirected_to is None:
            return f"{self.response.status} page at {_without_query(self.response.url)}"
        where = _without_query(self.redirected_to)
        shown = {
            k: v for k, v in self.parameters.items() if k in ("code", "error", "error_description", "access_token")
        }
        said = ", ".join(f"{name}={'|'.join(values)}" for name, values in shown.items())
        return f"{self.response.status} to {where}" + (f" with {said}" if said else " without code or error")


@dataclass(frozen=True)
class TokenAnswer:
    """What the token endpoint said."""

    response: Response

    @property
    def status(self) -> int:
        """The HTTP status."""
        return self.response.status

    @property
    def members(self) -> Mapping[str, Any]:
        """The members of the JSON object; empty when the body is something else."""
        return self.response.json_object() or {}

    @property
    def access_token(self) -> str | None:
        """The access token when one was issued with a 200."""
        return self._string("access_token") if self.response.status == 200 else None

    @property
    def refresh_token(self) -> str | None:
        """The refresh token, if any."""
        return self._string("refresh_token") if self.response.status == 200 else None

    @property
    def error(self) -> str | None:
        """The error code of a refusal."""
        return self._string("error")

    @property
    def scope(self) -> str | None:
        """The scope that the server says was granted."""
        return self._string("scope")

    @property
    def expires_in(self) -> float | None:
        """Lifetime of the access token in seconds."""
        value = self.members.get("expires_in")
        return float(value) if isinstance(value, int | float) and not isinstance(value, bool) else None

    def described(self) -> str:
        """What happened in one line."""
        if self.access_token:
            return f"{self.status} with access_token {self.access_token}"
        error = f" error={self.error!r}" if self.error else " without an error code"
        return f"{self.status} ({self.response.media_type or 'no media type'}){error}"

    def _string(self, name: str) -> str | None:
        value = self.members.get(name)
        return value if isinstance(value, str) else None


def _without_query(url: str) -> str:
    return url.split("?")[0].split("#")[0]
