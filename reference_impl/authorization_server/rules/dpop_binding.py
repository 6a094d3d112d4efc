"""What a proven key is tied to: codes, access tokens and refresh tokens (RFC 9449 sections 5, 6 and 10).

A key is always its JWK thumbprint (`jkt`), as `DpopRules.dpop_key_of_request` returns it; None means no proof.
"""

import re

from reference_impl.authorization_server.config import Client
from reference_impl.authorization_server.errors import OAuthError
from reference_impl.authorization_server.rules.base import RulesBase
from reference_impl.authorization_server.store.codes import AuthorizationCode
from reference_impl.authorization_server.store.tokens import RefreshToken

_THUMBPRINT = re.compile(r"[A-Za-z0-9_-]{43}")


class DpopBindingRules(RulesBase):
    """Binding at the authorization and token endpoints."""

    def check_dpop_jkt_parameter(self, dpop_jkt: str | None) -> None:
        """RFC9449-10-a: dpop_jkt of an authorization request is a SHA-256 thumbprint in base64url."""
        if dpop_jkt is not None and not _THUMBPRINT.fullmatch(dpop_jkt):
            raise OAuthError("invalid_request", "dpop_jkt must be a JWK SHA-256 thumbprint", 400)

    def dpop_jkt_of_code(self, dpop_jkt: str | None) -> str | None:
        """RFC9449-10-a: the key that the code of this authorization request is bound to."""
        return dpop_jkt if self.config.dpop.enabled else None

    def check_dpop_proof_sent_if_required(self, client: Client, jkt: str | None) -> None:
        """RFC9449-5.2-a: a client of dpop_bound_access_tokens gets no token without a proof."""
        if client.dpop_bound_access_tokens and jkt is None:
            raise OAuthError("invalid_dpop_proof", "this client must send a DPoP proof", 400)

    def check_dpop_key_of_code(self, code: AuthorizationCode, jkt: str | None) -> None:
        """RFC9449-10-a: a code bound by dpop_jkt is redeemed with a proof of that key."""
        if code.dpop_jkt is not None and code.dpop_jkt != jkt:
            raise OAuthError("invalid_grant", "the code is bound to another DPoP key", 400)

    def check_dpop_key_of_refresh_token(self, token: RefreshToken, jkt: str | None) -> None:
        """RFC9449-5-c: a bound refresh token is redeemed with a proof of its key."""
        if token.jkt is not None and token.jkt != jkt:
            raise OAuthError("invalid_grant", "the refresh token is bound to another DPoP key", 400)

    def jkt_of_access_token(self, jkt: str | None) -> str | None:
        """RFC9449-6-a: the key that an access token is bound to, in its cnf."""
        return jkt

    def jkt_of_refresh_token(self, client: Client, jkt: str | None) -> str | None:
        """RFC9449-5-c: refresh tokens of public clients are bound; those of others are bound to their credentials."""
        return jkt if client.is_public else None

    def token_type_of(self, jkt: str | None) -> str:
        """RFC9449-5-b: DPoP for a bound access token, else Bearer."""
        return "DPoP" if jkt is not None else "Bearer"

    def confirmation_of(self, jkt: str | None) -> dict[str, dict[str, str]]:
        """RFC9449-6-a: the cnf member with jkt, for the token and for introspection; empty when not bound."""
        return {"cnf": {"jkt": jkt}} if jkt is not None else {}
