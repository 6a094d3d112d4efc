"""Token introspection (RFC 7662)."""

from typing import Any

from starlette.responses import Response

from reference_impl.authorization_server.config import Client
from reference_impl.authorization_server.errors import OAuthError
from reference_impl.authorization_server.rules.authorization_details import AuthorizationDetailsRules
from reference_impl.authorization_server.rules.dpop_binding import DpopBindingRules
from reference_impl.authorization_server.rules.http import HttpRules
from reference_impl.authorization_server.rules.issued_token import IssuedToken, IssuedTokenRules
from reference_impl.authorization_server.store.tokens import AccessToken


class IntrospectionRules(IssuedTokenRules, AuthorizationDetailsRules, DpopBindingRules, HttpRules):
    """Who learns what about a token."""

    def check_introspection_caller(self, caller: Client) -> None:
        """RFC7662-2-a, RFC7662-2.3-a: a public client proves nothing about who is asking: 401."""
        if caller.is_public:
            challenge = {"WWW-Authenticate": 'Basic realm="introspection"'}
            raise OAuthError("invalid_client", "introspection needs client authentication", 401, challenge)

    def introspection_response(self, caller: Client, token: str, hint: str | None) -> Response:
        """RFC7662-2.2-a, RFC7662-2.2-b: always 200; whatever is not good or not the caller's business is inactive."""
        found = self.find_issued_token(token, hint)
        if found is None or not self.may_introspect(caller, found) or not self.is_live(found):
            return self.secret_response(self.inactive_token())
        return self.secret_response(self.active_token(found))

    def inactive_token(self) -> dict[str, Any]:
        """RFC7662-2.2-c: nothing else is told about an inactive token."""
        return {"active": False}

    def may_introspect(self, caller: Client, token: IssuedToken) -> bool:
        """RFC7662-4-a: the client that the token was issued to, and the servers of its resources."""
        return self.is_token_of_caller(caller, token) or self.serves_resource_of_token(caller, token)

    def is_token_of_caller(self, caller: Client, token: IssuedToken) -> bool:
        """RFC7662-4-a: a client may look at its own tokens."""
        return caller.client_id == token.client_id

    def serves_resource_of_token(self, caller: Client, token: IssuedToken) -> bool:
        """RFC7662-4-a: a resource server sees access tokens for its resource, no others and no refresh tokens."""
        served = [uri for uri in token.resources if self.is_resource_server(caller, uri)]
        return isinstance(token, AccessToken) and bool(served)

    def is_resource_server(self, caller: Client, resource_uri: str) -> bool:
        """RFC7662-4-a: whether the operator listed the client for this resource."""
        resource = self.config.resource(resource_uri)
        return resource is not None and caller.client_id in resource.introspection_clients

    def active_token(self, token: IssuedToken) -> dict[str, Any]:
        """RFC7662-2.2-a: what an entitled caller learns about a good token."""
        common = {
            "active": True,
            "iss": self.config.issuer,
            "client_id": token.client_id,
            "sub": token.subject,
            "scope": " ".join(token.scope),
            "iat": token.issued_at,
            "exp": token.expires_at,
        }
        return {**common, **self.access_token_members(token)} if isinstance(token, AccessToken) else common

    def access_token_members(self, token: AccessToken) -> dict[str, Any]:
        """RFC7662-2.2-a: the members that only an access token has."""
        return {
            "jti": token.jti,
            "aud": list(token.resources),
            "token_type": self.introspected_token_type(token),
            **self.confirmation_of(token.jkt),
            **self.introspected_details(token.authorization_details),
        }

    def introspected_token_type(self, token: AccessToken) -> str:
        """RFC9449-6.2-a: DPoP for a bound token."""
        return self.token_type_of(token.jkt)
