"""Talking to the running issuer from a check, in whichever process: what was fetched, and what it shall serve."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from conformance.client.facts import IssuerFacts
from conformance.vocabulary import Inconclusive
from conformance.wire import HttpRequest, Wire


@dataclass(frozen=True)
class IssuerControl:
    """The control interface. `wire` is one whose exchanges are no evidence: this is between the harness and itself."""

    facts: IssuerFacts
    wire: Wire

    def requests(self, path_prefix: str = "/") -> list[Mapping[str, Any]]:
        """The requests so far whose path begins like that: `method`, `path`, `at` (seconds since the epoch)."""
        listed = self._post("requests", {}).get("requests", [])
        return [each for each in listed if str(each.get("path", "")).startswith(path_prefix)]

    def upstream_requests(self) -> list[str]:
        """The whole requests that the API behind the resource server got so far; they may hold tokens."""
        return [str(text) for text in self._post("upstream", {}).get("requests", [])]

    def serve(self, path: str, body: str, content_type: str = "application/json") -> str:
        """Serve a document below the issuer; returns its URL."""
        return str(self._post("documents", {"path": path, "body": body, "content_type": content_type})["url"])

    def rotate(self, algorithm: str, *, keep_old: bool = True) -> Mapping[str, Any]:
        """Publish a new key (the others too, or those of other algorithms only); returns its private JWK."""
        return self._post("keys", {"alg": algorithm, "keep_old": keep_old})

    def withdraw(self, kid: str) -> None:
        """Publish that key no longer."""
        self._post("withdrawals", {"kid": kid})

    def know_opaque_token(self, token: str, members: Mapping[str, Any]) -> None:
        """Have introspection call that token active, with these members, from their nbf to their exp."""
        self._post("tokens", {"token": token, "members": dict(members)})

    def answer_introspection(self, token: str, members: Mapping[str, Any], status: int = 200) -> None:
        """Have introspection answer for that token with this status and exactly these members, `active` among them."""
        self._post("tokens", {"token": token, "members": dict(members), "verbatim": True, "status": status})

    def _post(self, action: str, wanted: Mapping[str, Any]) -> dict[str, Any]:
        headers = (("Authorization", f"Bearer {self.facts.control_token}"), ("Content-Type", "application/json"))
        url = f"{self.facts.control_url}{action}"
        answer = self.wire.send(HttpRequest("POST", url, headers, json.dumps(wanted).encode()))
        members = answer.json_object()
        if answer.status != 200 or members is None:
            raise Inconclusive(f"the harness's own issuer answered {answer.status}", root="token_issuer")
        return members
