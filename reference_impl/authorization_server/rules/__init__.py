"""The rules of the authorization server: one mixin per topic, one short named method per obligation.

A deviation (a mutant, a variation) is a subclass of `Rules` that overrides a method.
"""

from reference_impl.authorization_server.rules.authorization_response import AuthorizationResponseRules
from reference_impl.authorization_server.rules.client_authentication import ClientAuthenticationRules
from reference_impl.authorization_server.rules.client_credentials import ClientCredentialsRules
from reference_impl.authorization_server.rules.client_id_metadata import ClientIdMetadataRules
from reference_impl.authorization_server.rules.client_keys import ClientKeyFetchRules
from reference_impl.authorization_server.rules.code import CodeRules
from reference_impl.authorization_server.rules.consent import ConsentRules
from reference_impl.authorization_server.rules.introspection import IntrospectionRules
from reference_impl.authorization_server.rules.metadata import MetadataRules
from reference_impl.authorization_server.rules.pushed_authorization import PushedAuthorizationRules
from reference_impl.authorization_server.rules.registration_management import RegistrationManagementRules
from reference_impl.authorization_server.rules.revocation import RevocationRules
from reference_impl.authorization_server.rules.session import SessionRules
from reference_impl.authorization_server.rules.token import GrantHandler


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
    ClientCredentialsRules,
    RevocationRules,
    IntrospectionRules,
):
    """Every rule of the server."""

    def grant_handlers(self) -> dict[str, GrantHandler]:
        """What the token endpoint does for each grant type."""
        return {
            "authorization_code": self.redeem_code,
            "refresh_token": self.redeem_refresh_token,
            "client_credentials": self.grant_client_credentials,
        }
