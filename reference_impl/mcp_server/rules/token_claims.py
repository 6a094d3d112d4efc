"""The claims of an access token (RFC 9068 section 4, RFC 7519 section 4.1)."""

import math
import time
from collections.abc import Callable, Mapping
from typing import Any

from reference_impl.mcp_server.config import ProtectedResource
from reference_impl.mcp_server.rules.challenge import ChallengeRules

ClaimStep = Callable[[Mapping[str, Any], ProtectedResource], None]


class TokenClaimsRules(ChallengeRules):
    """MCP-TOK-05: issued by a trusted issuer, for this resource, good now, and complete."""

    def claim_steps(self) -> tuple[ClaimStep, ...]:
        """The judgements of a JWT access token's claims, in order."""
        return (
            self.check_issuer,
            self.check_audience,
            self.check_expiry,
            self.check_not_before,
            self.check_issued_at,
            self.check_subject,
            self.check_client_id,
            self.check_token_identifier,
            self.check_scope_claim,
        )

    def introspected_claim_steps(self) -> tuple[ClaimStep, ...]:
        """The judgements of an introspection response, where most members are optional (RFC 7662 section 2.2)."""
        return (
            self.check_introspected_issuer,
            self.check_audience,
            self.check_introspected_expiry,
            self.check_not_before,
            self.check_introspected_issued_at,
            self.check_introspected_party,
            self.check_scope_claim,
        )

    def check_claims(
        self, steps: tuple[ClaimStep, ...], claims: Mapping[str, Any], resource: ProtectedResource
    ) -> None:
        """Run the steps. Raises RefusalError (invalid_token) at the first that objects."""
        for step in steps:
            step(claims, resource)

    def now(self) -> float:
        """Seconds since the epoch."""
        return time.time()

    def clock_skew(self) -> float:
        """RFC9068-4-l: seconds of tolerance between the clocks of issuer and resource."""
        return self.config.clock_skew_seconds

    def check_issuer(self, claims: Mapping[str, Any], _resource: ProtectedResource) -> None:
        """RFC9068-4-g, RFC8725-3.8-a: `iss` equals a configured issuer, character for character."""
        if claims.get("iss") not in self.config.trusted_issuers:
            raise self.invalid_token("the access token was issued by another authorization server")

    def check_introspected_issuer(self, claims: Mapping[str, Any], resource: ProtectedResource) -> None:
        """RFC8725-3.8-a: a named issuer must be a configured one."""
        if "iss" in claims:
            self.check_issuer(claims, resource)

    def check_audience(self, claims: Mapping[str, Any], resource: ProtectedResource) -> None:
        """MCP-TOK-06, MCP-TOK-14, RFC9068-4-h: `aud` is, or lists, exactly this resource identifier.

        The same obligation elsewhere: MCP-TOK-10, MCP-TOK-11, MCP-SBP-09, OAUTH21-7.1.4-a, RFC9700-2.3-b, EXTDPOP-06.
        """
        if not self.audience_matches(claims.get("aud"), resource):
            raise self.invalid_token("the access token is not meant for this resource")

    def audience_matches(self, audience: Any, resource: ProtectedResource) -> bool:
        """RFC8725-3.9-a: string equality, with no normalisation and no prefix."""
        return resource.uri in (audience if isinstance(audience, list) else [audience])

    def check_expiry(self, claims: Mapping[str, Any], _resource: ProtectedResource) -> None:
        """RFC9068-4-l, OAUTH21-5-a, MCP-SEC-18: `exp` is there and has not passed."""
        if self.now() >= self.seconds(claims, "exp") + self.clock_skew():
            raise self.invalid_token("the access token has expired")

    def check_introspected_expiry(self, claims: Mapping[str, Any], resource: ProtectedResource) -> None:
        """RFC7662-4-b: a named expiry is honoured."""
        if "exp" in claims:
            self.check_expiry(claims, resource)

    def check_not_before(self, claims: Mapping[str, Any], _resource: ProtectedResource) -> None:
        """MCP-TOK-05: `nbf`, if it is there, has come (RFC 7519 section 4.1.5)."""
        if "nbf" in claims and self.now() + self.clock_skew() < self.seconds(claims, "nbf"):
            raise self.invalid_token("the access token is not good yet")

    def check_issued_at(self, claims: Mapping[str, Any], _resource: ProtectedResource) -> None:
        """MCP-TOK-05: `iat` is there (RFC 9068 section 2.2) and not in the future."""
        if self.now() + self.clock_skew() < self.seconds(claims, "iat"):
            raise self.invalid_token("the access token was issued in the future")

    def check_introspected_issued_at(self, claims: Mapping[str, Any], resource: ProtectedResource) -> None:
        """A named time of issue is not in the future."""
        if "iat" in claims:
            self.check_issued_at(claims, resource)

    def check_introspected_party(self, claims: Mapping[str, Any], _resource: ProtectedResource) -> None:
        """MCP-SBP-13: somebody is named, or sessions of different people could not be told apart."""
        if not claims.get("sub") and not claims.get("client_id"):
            raise self.invalid_token("the authorization server does not say whose access token it is")

    def check_subject(self, claims: Mapping[str, Any], _resource: ProtectedResource) -> None:
        """RFC8725-3.8-a: `sub` is there (RFC 9068 section 2.2)."""
        self.check_text(claims, "sub")

    def check_client_id(self, claims: Mapping[str, Any], _resource: ProtectedResource) -> None:
        """MCP-TOK-05: `client_id` is there (RFC 9068 section 2.2)."""
        self.check_text(claims, "client_id")

    def check_token_identifier(self, claims: Mapping[str, Any], _resource: ProtectedResource) -> None:
        """MCP-TOK-05: `jti` is there (RFC 9068 section 2.2)."""
        self.check_text(claims, "jti")

    def check_scope_claim(self, claims: Mapping[str, Any], _resource: ProtectedResource) -> None:
        """RFC9068-4-n: `scope`, if it is there, is a string (RFC 8693 section 4.2)."""
        if not isinstance(claims.get("scope", ""), str):
            raise self.invalid_token("the access token's scope claim is malformed")

    def check_text(self, claims: Mapping[str, Any], name: str) -> None:
        """A required claim that is a string with something in it."""
        if not isinstance(claims.get(name), str) or not claims[name]:
            raise self.invalid_token(f"the access token has no {name} claim")

    def seconds(self, claims: Mapping[str, Any], name: str) -> float:
        """A required NumericDate (RFC 7519 section 2) as a finite number."""
        value = claims.get(name)
        if isinstance(value, bool) or not isinstance(value, (int, float)) or not math.isfinite(_as_float(value)):
            raise self.invalid_token(f"the access token has no usable {name} claim")
        return _as_float(value)


def _as_float(value: float) -> float:
    try:
        return float(value)
    except OverflowError:
        return math.inf
