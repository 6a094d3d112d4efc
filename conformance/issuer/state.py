"""What the issuer publishes and remembers, shared by the threads that answer requests."""

import time
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from threading import Lock
from typing import Any

from conformance.issuer.keys import key_set, new_signing_key

_MOST_REQUESTS = 10_000


@dataclass(frozen=True, slots=True)
class SeenRequest:
    """One request that reached the issuer; `at` is seconds since the epoch, `client` the caller's Basic user name."""

    method: str
    path: str
    at: float
    client: str | None = None

    def as_json(self) -> dict[str, Any]:
        """The shape of the control interface."""
        return asdict(self)


@dataclass(frozen=True, slots=True)
class PlantedDocument:
    """A document that somebody wants the issuer to serve, such as a key set behind a `jku`."""

    body: str
    content_type: str = "application/json"


@dataclass(frozen=True, slots=True)
class IntrospectionAnswer:
    """What introspection says of one token. `verbatim`: exactly these members, else as an honest server would say it.

    A `status` other than 200 is answered as it is.
    """

    members: Mapping[str, Any]
    verbatim: bool = False
    status: int = 200


@dataclass
class IssuerState:
    """Keys (private JWKs; all of them published), planted documents by path, opaque tokens by value, requests seen."""

    issuer: str
    keys: list[dict[str, Any]]
    documents: dict[str, PlantedDocument] = field(default_factory=dict)
    opaque_tokens: dict[str, IntrospectionAnswer] = field(default_factory=dict)
    _seen: list[SeenRequest] = field(default_factory=list)
    _upstream: list[str] = field(default_factory=list)
    _lock: Lock = field(default_factory=Lock)

    def metadata(self) -> dict[str, Any]:
        """The authorization server metadata (RFC 8414, 2). The endpoints of a grant refuse all but a static client."""
        return {
            "issuer": self.issuer,
            "authorization_endpoint": f"{self.issuer}/authorize",
            "token_endpoint": f"{self.issuer}/token",
            "jwks_uri": f"{self.issuer}/jwks.json",
            "introspection_endpoint": f"{self.issuer}/introspect",
            "introspection_endpoint_auth_methods_supported": ["client_secret_basic"],
            "response_types_supported": ["code"],
            "grant_types_supported": ["authorization_code"],
            "code_challenge_methods_supported": ["S256"],
            "token_endpoint_auth_methods_supported": ["client_secret_basic", "client_secret_post"],
            "subject_types_supported": ["public"],
            "id_token_signing_alg_values_supported": ["RS256"],
        }

    def key_set(self) -> dict[str, Any]:
        """The published keys, newest first."""
        with self._lock:
            return key_set(reversed(self.keys))

    def rotate(self, algorithm: str, *, keep_old: bool) -> dict[str, Any]:
        """Add a key, with or without keeping those of its algorithm; returns the private JWK. Raises ValueError."""
        key = new_signing_key(algorithm)
        with self._lock:
            kept = [old for old in self.keys if keep_old or old["alg"] != algorithm]
            self.keys = [*kept, key]
        return key

    def withdraw(self, kid: str) -> None:
        """Publish the key of that name no longer."""
        with self._lock:
            self.keys = [key for key in self.keys if key["kid"] != kid]

    def remember(self, method: str, path: str, client: str | None) -> None:
        """Note a request; the oldest are forgotten when there are too many."""
        with self._lock:
            self._seen.append(SeenRequest(method, path, time.time(), client))
            del self._seen[:-_MOST_REQUESTS]

    def remember_upstream(self, text: str) -> None:
        """Note a whole request to the API that the issuer plays."""
        with self._lock:
            self._upstream.append(text)
            del self._upstream[:-_MOST_REQUESTS]

    def seen_upstream(self) -> list[str]:
        """Every such request so far: request line, headers and body."""
        with self._lock:
            return list(self._upstream)

    def seen(self) -> list[SeenRequest]:
        """Every request so far, control requests apart."""
        with self._lock:
            return list(self._seen)
