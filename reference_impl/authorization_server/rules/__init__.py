"""The rules of the authorization server: one mixin per topic, one short named method per obligation.

A deviation (a mutant, a variation) is a subclass of `Rules` that overrides a method.
"""

from starlette.requests import Request

from reference_impl.authorization_server.config import Client
from reference_impl.authorization_server.parameters import Parameters
from reference_impl.authorization_server.rules.authorization_response import AuthorizationResponseRules
from reference_impl.authorization_server.rules.client_authentication import ClientAuthenticationRules
from reference_impl.authorization_server.rules.client_id_metadata import ClientIdMetadataRules
from reference_impl.authorization_server.rules.client_keys import ClientKeyFetchRules
from reference_impl.authorization_server.rules.code import CodeRules
from reference_impl.authorization_server.rules.consent import ConsentRules
from reference_impl.authorization_server.rules.introspection import IntrospectionRules
from reference_impl.authorization_server.rules.jwt_bearer_grant import JWT_BEARER, JwtBearerGrantRules
from reference_impl.authorization_server.rules.metadata import MetadataRules
from reference_impl.authorization_server.rules.pushed_authorization import PushedAuthorizationRules
from reference_impl.authorization_server.rules.registration_management import RegistrationManagementRules
from reference_impl.authorization_server.rules.revocation import RevocationRules
from reference_impl.authorization_server.rules.session import SessionRules
from reference_impl.authorization_server.rules.token import GrantHandler
from reference_impl.authorization_server.rules.token_exchange import TOKEN_EXCHANGE, TokenExchangeRules


class Rules(
    MetadataRules,
    RegistrationManagementRules,
    ClientIdMetadataRules,
    PushedAuthorizationRules,
    AuthorizationResponseRules,
    SessionRules,
    ConsentRules,
    ClientKeyFetchRules,
    ClientAuthenticationRules,
    CodeRules,
    JwtBearerGrantRules,
    TokenExchangeRules,
    RevocationRules,
    IntrospectionRules,
):
    """Every rule of the server."""

    async def client_of_token_request(self, request: Request, parameters: Parameters, grant_type: str) -> Client:
        """The client that authenticates, or the one that a workload's assertion stands for (RFC 7521, 4.1)."""
        if grant_type != JWT_BEARER or self.names_a_client(request, parameters):
            return await self.authenticate_client(request, parameters)
        client = self.client_of_workload(parameters)
        if client is None:
            raise self.invalid_client()
        return client

    def grant_handlers(self) -> dict[str, GrantHandler]:
        """What the token endpoint does for each grant type."""
        return {
            "authorization_code": self.redeem_code,
            "refresh_token": self.redeem_refresh_token,
            "client_credentials": self.grant_client_credentials,
            JWT_BEARER: self.grant_jwt_bearer,
            TOKEN_EXCHANGE: self.exchange_token,
        }
