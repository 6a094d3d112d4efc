"""New and withdrawn keys of the harness's issuer, and whether the resource server has noticed."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

from conformance.client.forged_token import ForeignKey, WrongToken
from conformance.client.mcp import is_result
from conformance.client.resource_server import ResourceServer
from conformance.client.waiting import comes_true
from conformance.issuer.control import IssuerControl
from conformance.issuer.mint import ACCESS_TOKEN_TYPE, Mint
from conformance.vocabulary import Exchange

PATIENCE_SECONDS = 35.0
"""Libraries rest for up to half a minute between two looks at a key set."""
_PAUSE_SECONDS = 0.25
_KEY_SET = "/jwks.json"


@dataclass(frozen=True)
class KeyRotation:
    """The server under test, and the issuer whose keys change while it watches. Other keys stay as they are."""

    server: ResourceServer
    mint: Mint
    control: IssuerControl

    def publish(self) -> Mapping[str, Any]:
        """A new key beside the others; its private JWK."""
        return self.control.rotate(self.mint.facts.algorithm)

    def withdraw(self, key: Mapping[str, Any]) -> None:
        """Publish that key no longer."""
        self.control.withdraw(str(key["kid"]))

    def token(self, key: Mapping[str, Any]) -> str:
        """A good token signed by that key."""
        algorithm = str(key["alg"])
        header = {"typ": ACCESS_TOKEN_TYPE, "alg": algorithm, "kid": key["kid"]}
        return self.mint.sign_with(key, header, self.mint.claims(), algorithm)

    def noticed_key(self) -> Mapping[str, Any] | None:
        """A key that became good when it was published, and is published no longer; None where none becomes good.

        Tried once a process and shown as evidence.
        """

        def observe() -> tuple[Mapping[str, Any] | None, Exchange]:
            own = replace(self, server=replace(self.server, wire=self.server.context.wire()))
            key = own.publish()
            noticed = own.becomes_good(key)
            own.withdraw(key)
            return key if noticed else None, own.server.wire.transcript.exchanges[-1]

        key, exchange = self.server.context.once("a new key", observe)
        self.server.wire.transcript.include(exchange)
        return key

    def becomes_good(self, key: Mapping[str, Any]) -> bool:
        """Whether a token signed by that key is served before patience runs out."""
        request = self.server.with_token(self.token(key), change="signed by a key that was just published")
        return comes_true(lambda: is_result(self.server.send(request)), PATIENCE_SECONDS, _PAUSE_SECONDS)

    def fetches(self) -> int:
        """How often anybody has fetched the key set so far."""
        return sum(str(seen.get("path", "")).endswith(_KEY_SET) for seen in self.control.requests())


def unknown_key_tokens(mint: Mint, count: int) -> list[WrongToken]:
    """Tokens that are good but for their signature, each under a key id that nobody published."""
    key, good = ForeignKey.fresh(), mint.good()
    ids = (f"unknown-{number}-{key.public['kid']}" for number in range(count))
    return [key.signs(good, "under a key id that nobody published", kid=kid) for kid in ids]
