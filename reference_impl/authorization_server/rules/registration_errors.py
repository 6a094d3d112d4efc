"""The two refusals that client metadata can earn (RFC 7591 section 3.2.2)."""

from reference_impl.authorization_server.errors import OAuthError
from reference_impl.authorization_server.rules.base import RulesBase


class RegistrationErrorRules(RulesBase):
    """Error codes and status of registration."""

    def invalid_redirect_uri(self, description: str) -> OAuthError:
        """RFC7591-3.2.2-a: the error code for an unacceptable redirect URI, status 400."""
        return OAuthError("invalid_redirect_uri", description, self.registration_error_status())

    def invalid_client_metadata(self, description: str) -> OAuthError:
        """RFC7591-3.2.2-a: the error code for any other unacceptable member, status 400."""
        return OAuthError("invalid_client_metadata", description, self.registration_error_status())

    def registration_error_status(self) -> int:
        """RFC7591-3.2.2-a: 400."""
        return 400
