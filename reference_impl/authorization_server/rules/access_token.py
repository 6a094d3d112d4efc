"""Access tokens: signed JWTs (RFC 9068), or opaque references where the operator prefers them."""

import secrets
from dataclasses import dataclass
from typing import Any

from joserfc import jwt

from reference_impl.authorization_server.config import Client, hash_secret
from reference_impl.authorization_server.rules.authorization_details import AuthorizationDetailsRules
from reference_impl.authorization_server.rules.dpop_binding import DpopBindingRules
from reference_impl.authorization_server.store.tokens import AccessToken


@dataclass(frozen=True, slots=True)
class TokenGrant:
    """What an access token is to be issued for. `auth_time` is None without a user, `jkt` without a proven key.

    `grant_id` is shared by everything that comes of one authorization; None starts a grant of the token's own.
    """

    client: Client
    subject: str
    scope: tuple[str, ...]
    resources: tuple[str, ...]
    grant_id: str | None = None
    auth_time: int | None = None
    jkt: str | None = None
    authorization_details: str | None = None


class AccessTokenRules(AuthorizationDetailsRules, DpopBindingRules):
    """How a token is made."""

    def issue_access_token(self, grant: TokenGrant) -> tuple[str, AccessToken]:
        """The token as the client gets it, and the store's record of it."""
        jti, now = self.new_jti(), self.now()
        record = AccessToken(
            jti=jti,
            grant_id=grant.grant_id or jti,
            client_id=grant.client.client_id,
            subject=grant.subject,
            scope=grant.scope,
            resources=grant.resources,
            auth_time=grant.auth_time,
            jkt=self.jkt_of_access_token(grant.jkt),
            issued_at=now,
            expires_at=now + self.access_token_lifetime(grant),
            authorization_details=grant.authorization_details,
        )
        token = self.format_access_token(record)
        self.store.access_tokens.add(record, hash_secret(token))
        return token, record

    def access_token_lifetime(self, grant: TokenGrant) -> int:
        """MCP-SEC-02, RFC6750-5.2-j, RFC6750-5.3-c, OAUTH21-7.1.3.5-a: in seconds, an hour at most by default."""
        lifetimes = self.config.lifetimes
        usual = lifetimes.machine_access_token if grant.auth_time is None else lifetimes.user_access_token
        return usual if grant.client.access_token_lifetime is None else grant.client.access_token_lifetime

    def new_jti(self) -> str:
        """RFC9068-2.2-i, OAUTH21-7.7-a: unguessable, so unique."""
        return secrets.token_urlsafe(24)

    def format_access_token(self, record: AccessToken) -> str:
        """The token by the configured format."""
        if self.config.access_token_format == "opaque":  # noqa: S105 - the name of a format
            return self.opaque_access_token()
        return self.sign_access_token(self.access_token_header(), self.access_token_claims(record))

    def opaque_access_token(self) -> str:
        """RFC6750-5.2-a, OAUTH21-7.7-a: 256 random bits."""
        return secrets.token_urlsafe(32)

    def sign_access_token(self, header: dict[str, Any], claims: dict[str, Any]) -> str:
        """RFC9068-2.1-a, RFC6750-5.2-b: signed with the current key."""
        return jwt.encode(header, claims, self.keys.current, algorithms=[header["alg"]])

    # Header

    def access_token_header(self) -> dict[str, Any]:
        """RFC9068-2.1-e."""
        return {"typ": self.access_token_typ(), "alg": self.access_token_alg(), "kid": self.access_token_kid()}

    def access_token_typ(self) -> str:
        """RFC9068-2.1-e, RFC9068-2.1-f, RFC8725-3.11-a."""
        return "at+jwt"

    def access_token_alg(self) -> str:
        """RFC9068-2.1-b, RFC9068-2.1-c, RFC9068-2.1-d."""
        return self.config.signing_algorithm

    def access_token_kid(self) -> str | None:
        """The key as it is called in the published key set."""
        return self.keys.current.kid

    # Claims

    def access_token_claims(self, record: AccessToken) -> dict[str, Any]:
        """RFC9068-2.2-a to RFC9068-2.2-i: every claim that has a value."""
        claims = {
            "iss": self.claim_iss(record),
            "sub": self.claim_sub(record),
            "aud": self.claim_aud(record),
            "exp": self.claim_exp(record),
            "iat": self.claim_iat(record),
            "jti": self.claim_jti(record),
            "client_id": self.claim_client_id(record),
            "scope": self.claim_scope(record),
            "auth_time": self.claim_auth_time(record),
            **self.confirmation_of(record.jkt),
            **self.details_claim(record.authorization_details),
        }
        return {name: value for name, value in claims.items() if value is not None}

    def claim_iss(self, _: AccessToken) -> str | None:
        """RFC9068-2.2-a."""
        return self.config.issuer

    def claim_sub(self, record: AccessToken) -> str | None:
        """RFC9068-2.2-d, RFC9068-2.2-e, RFC9068-2.2-f: the user, or the client that acts for itself."""
        return record.subject

    def claim_aud(self, record: AccessToken) -> str | list[str] | None:
        """RFC9068-2.2-c, RFC9068-3-a, RFC8707-2-h, RFC6750-5.3-d, OAUTH21-7.1.3.6-a, RFC9700-2.3-a."""
        if len(record.resources) == 1 and not self.config.audience_as_array:
            return record.resources[0]
        return list(record.resources)

    def claim_exp(self, record: AccessToken) -> int | None:
        """RFC9068-2.2-b."""
        return record.expires_at

    def claim_iat(self, record: AccessToken) -> int | None:
        """RFC9068-2.2-h."""
        return record.issued_at

    def claim_jti(self, record: AccessToken) -> str | None:
        """RFC9068-2.2-i."""
        return record.jti

    def claim_client_id(self, record: AccessToken) -> str | None:
        """RFC9068-2.2-g."""
        return record.client_id

    def claim_scope(self, record: AccessToken) -> str | None:
        """RFC9068-2.2.3-a, RFC6750-5.2-c."""
        return " ".join(record.scope) or None

    def claim_auth_time(self, record: AccessToken) -> int | None:
        """RFC9068-2.2.1-a: when the user logged in; the same after every refresh."""
        return record.auth_time
