"""A JWT of a trusted identity provider as authorization grant (RFC 7523, 3): whose it is, for whom, until when."""

import json
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from joserfc import jws
from joserfc.errors import JoseError
from joserfc.jwk import KeySet

from reference_impl.authorization_server.config import IdentityProvider
from reference_impl.authorization_server.errors import OAuthError
from reference_impl.authorization_server.rules.base import RulesBase
from reference_impl.authorization_server.rules.client_assertion import MAX_ASSERTION_LENGTH, is_time


@dataclass(frozen=True, slots=True)
class GrantAssertion:
    """An assertion whose signature is good: header, claims and the provider that has signed it."""

    header: dict[str, Any]
    claims: dict[str, Any]
    provider: IdentityProvider

    @property
    def subject(self) -> str:
        """Whom the provider speaks of."""
        return str(self.claims["sub"])

    @property
    def audiences(self) -> tuple[Any, ...]:
        """aud as a tuple."""
        value = self.claims.get("aud")
        return tuple(value) if isinstance(value, list) else (value,)


class GrantAssertionRules(RulesBase):
    """RFC7523-3.1-a: whatever is wrong with an assertion, the answer is invalid_grant."""

    def invalid_assertion(self, description: str) -> OAuthError:
        """RFC7523-3.1-a."""
        return OAuthError("invalid_grant", description)

    def verified_assertion(self, text: str | None) -> GrantAssertion:
        """The assertion of a token request, after every judgement that holds for all kinds."""
        if text is None:
            raise OAuthError("invalid_request", "assertion is required")
        header, claims = self.parse_assertion(text)
        provider = self.trusted_provider(claims.get("iss"))
        self.check_provider_signature(text, provider)
        assertion = GrantAssertion(header, claims, provider)
        for step in self.grant_assertion_steps():
            step(assertion)
        return assertion

    def grant_assertion_steps(self) -> tuple[Callable[[GrantAssertion], None], ...]:
        """The judgements of the claims, in order."""
        return (
            self.check_grant_subject,
            self.check_grant_audience,
            self.check_grant_expiry,
            self.check_grant_not_before,
        )

    def parse_assertion(self, text: str) -> tuple[dict[str, Any], dict[str, Any]]:
        """Header and claims of a JWT in compact form, not verified yet."""
        try:
            if len(text) > MAX_ASSERTION_LENGTH:
                raise ValueError
            token = jws.extract_compact(text.encode("ascii"), registry=jws.JWSRegistry(strict_check_header=False))
            claims = json.loads(token.payload)
        except (JoseError, ValueError, RecursionError):
            raise self.invalid_assertion("the assertion is no well-formed JWT") from None
        if not isinstance(claims, dict):
            raise self.invalid_assertion("the claims of the assertion are no JSON object")
        return dict(token.headers()), claims

    def trusted_provider(self, issuer: Any) -> IdentityProvider:
        """EXTWIF-03, EXTEMA-06: the provider whose name is exactly this."""
        for provider in self.config.identity_providers:
            if provider.issuer == issuer:
                return provider
        raise self.invalid_assertion("the issuer of the assertion is not trusted")

    def check_provider_signature(self, text: str, provider: IdentityProvider) -> None:
        """EXTEMA-05, EXTWIF-03: by a key of that provider; keys in the assertion itself count for nothing."""
        registry = jws.JWSRegistry(algorithms=self.grant_assertion_algorithms(provider), strict_check_header=False)
        try:
            jws.deserialize_compact(text, self.provider_keys(provider), registry=registry)
        except (JoseError, ValueError, TypeError, KeyError):
            raise self.invalid_assertion("the signature of the assertion is not good") from None

    def grant_assertion_algorithms(self, provider: IdentityProvider) -> list[str]:
        """EXTEMA-05: never none, never a MAC."""
        return list(provider.algorithms)

    def provider_keys(self, provider: IdentityProvider) -> KeySet:
        """The keys that the operator has configured."""
        document: Any = provider.jwks
        return KeySet.import_key_set(document)

    def check_grant_subject(self, assertion: GrantAssertion) -> None:
        """EXTEMA-06: sub is there."""
        subject = assertion.claims.get("sub")
        if not isinstance(subject, str) or not subject:
            raise self.invalid_assertion("the assertion has no sub")

    def check_grant_audience(self, assertion: GrantAssertion) -> None:
        """RFC7523-3.1-a, EXTWIF-03: made for this server, by its issuer or its token endpoint's URL."""
        if not set(self.own_audiences()).intersection(a for a in assertion.audiences if isinstance(a, str)):
            raise self.invalid_assertion("the assertion is for somebody else")

    def own_audiences(self) -> tuple[str, ...]:
        """How assertions may call this server."""
        return (self.config.issuer, self.config.endpoint("/oauth/token"))

    def check_grant_expiry(self, assertion: GrantAssertion) -> None:
        """EXTEMA-07, EXTWIF-03: exp is required, ahead of now, but not by more than the configured maximum."""
        options, expiry = self.config.client_assertion, assertion.claims.get("exp")
        if not is_time(expiry) or not -options.clock_skew < expiry - self.now() <= options.max_lifetime:
            raise self.invalid_assertion("the assertion has expired, or lives too long")

    def check_grant_not_before(self, assertion: GrantAssertion) -> None:
        """EXTEMA-07: nbf is honoured, and iat is not in the future."""
        latest = self.now() + self.config.client_assertion.clock_skew
        for name in ("nbf", "iat"):
            value = assertion.claims.get(name)
            if name in assertion.claims and not (is_time(value) and value <= latest):
                raise self.invalid_assertion(f"{name} of the assertion lies in the future")
