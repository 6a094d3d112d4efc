"""ID tokens beside access tokens of the code grant (OpenID Connect Core, 2 and 3.1.3.3); there is no userinfo."""

from typing import Any

from reference_impl.authorization_server.parameters import Parameters
from reference_impl.authorization_server.rules.access_token import AccessTokenRules
from reference_impl.authorization_server.rules.scope import OPENID
from reference_impl.authorization_server.store.codes import AuthorizationCode

_LIFETIME_SECONDS = 300


class IdTokenRules(AccessTokenRules):
    """Who logged in, for the client alone: no resource takes such a token (RFC8725-3.12-a)."""

    def openid_scope(self, parameters: Parameters) -> tuple[str, ...]:
        """openid where a request asks for it; every client may have it, and it is no scope of any resource."""
        return (OPENID,) if OPENID in (parameters.get("scope") or "").split(" ") else ()

    def id_token_member(self, code: AuthorizationCode) -> dict[str, str]:
        """The member of the token response; none for a code whose request did not ask for openid."""
        if OPENID not in code.scope:
            return {}
        header = {"typ": "JWT", "alg": self.access_token_alg(), "kid": self.access_token_kid()}
        return {"id_token": self.sign_access_token(header, self.id_token_claims(code))}

    def id_token_claims(self, code: AuthorizationCode) -> dict[str, Any]:
        """For the client (`aud`), with the nonce of its request if that had one."""
        now = self.now()
        claims = {
            "iss": self.config.issuer,
            "sub": code.subject,
            "aud": code.client_id,
            "iat": now,
            "exp": now + _LIFETIME_SECONDS,
            "auth_time": code.auth_time,
            "nonce": code.nonce,
        }
        return {name: value for name, value in claims.items() if value is not None}
