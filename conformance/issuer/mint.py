"""Mints access tokens for the resource server under test: good ones, and ones that are wrong in exactly one way."""

import json
import secrets
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from conformance.client.facts import IssuerFacts
from conformance.client.forged_token import WrongToken, signed
from conformance.issuer.keys import usable
from conformance.vocabulary import Inconclusive

ACCESS_TOKEN_TYPE = "at+jwt"  # noqa: S105 - a media type


@dataclass(frozen=True)
class Mint:
    """The issuer's keys and what a good token for this resource server says: RFC 9068, 2.2. Lifetimes in seconds.

    `binding` are the claims that bind each token to a key, where the server takes no others.
    """

    facts: IssuerFacts
    audience: str
    scope: str | None = None
    lifetime_seconds: int = 300
    binding: Mapping[str, Any] = field(default_factory=dict)

    def claims(self, **changed: Any) -> dict[str, Any]:
        """The claims of a good token that was issued now, some of them changed."""
        now = int(time.time())
        scope = {} if self.scope is None else {"scope": self.scope}
        return {
            "iss": self.facts.issuer,
            "sub": self.facts.subject,
            "client_id": self.facts.client_id,
            "aud": self.audience,
            "iat": now,
            "exp": now + self.lifetime_seconds,
            "jti": secrets.token_urlsafe(16),
            **scope,
            **self.facts.claims,
            **self.binding,
            **changed,
        }

    def header(self, algorithm: str | None = None) -> dict[str, Any]:
        """The header of a good token. Raises Inconclusive when the issuer has no key for that algorithm."""
        key = self.signing_key(algorithm or self.facts.algorithm)
        return {"typ": ACCESS_TOKEN_TYPE, "alg": key["alg"], "kid": key["kid"]}

    def good(self, algorithm: str | None = None) -> str:
        """A good token, signed with that algorithm (default: the one that the target file names)."""
        return self.sign(self.header(algorithm), self.claims(), algorithm)

    def with_claims(self, **changed: Any) -> str:
        """A token that is good too, with these claims for others."""
        return self.sign(self.header(), self.claims(**changed))

    def saying(self, flaw: str, **changed: Any) -> WrongToken:
        """A token that is good but for these claims."""
        return WrongToken(flaw, self.with_claims(**changed))

    def lacking(self, claim: str) -> WrongToken:
        """A token that is good but for the absence of a claim."""
        claims = {name: value for name, value in self.claims().items() if name != claim}
        return WrongToken(f"without {claim}", self.sign(self.header(), claims))

    def saying_twice(self, flaw: str, claim: str, first: Any, last: Any) -> WrongToken:
        """A token whose payload has that claim twice, first so and last so."""
        others = {name: value for name, value in self.claims().items() if name != claim}
        inner = json.dumps(others)[1:-1]
        text = f'{{"{claim}":{json.dumps(first)},{inner},"{claim}":{json.dumps(last)}}}'
        return WrongToken(flaw, self.sign(self.header(), text.encode()))

    def headed(self, flaw: str, *, without: tuple[str, ...] = (), **changed: Any) -> WrongToken:
        """A token that is good and rightly signed but for these members of its header."""
        header = {**self.header(), **changed}
        kept = {name: value for name, value in header.items() if name not in without}
        return WrongToken(flaw, self.sign(kept, self.claims()))

    def sign(self, header: Mapping[str, Any], payload: Mapping[str, Any] | bytes, algorithm: str | None = None) -> str:
        """These very bytes signed with the issuer's key for the algorithm, whatever the header says."""
        key = self.signing_key(algorithm or self.facts.algorithm)
        return self.sign_with(key, header, payload, str(key["alg"]))

    def sign_with(
        self, key: Mapping[str, Any], header: Mapping[str, Any], payload: Mapping[str, Any] | bytes, algorithm: str
    ) -> str:
        """These very bytes signed with that private JWK by that algorithm, whatever header and key say."""
        bare = {name: value for name, value in key.items() if name not in ("alg", "use", "key_ops")}
        return signed(header, payload, usable(bare), algorithm)

    def signing_key(self, algorithm: str) -> Mapping[str, Any]:
        """The issuer's private JWK for an algorithm. Raises Inconclusive when there is none."""
        for key in self.facts.signing_keys:
            if key.get("alg") == algorithm:
                return key
        raise Inconclusive(f"the harness's issuer has no key for {algorithm}", root="token_issuer")
