"""The token endpoint (RFC 6749, 3.2 and 5): which grants there are, and what an answer holds."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from starlette.requests import Request

from reference_impl.authorization_server.config import Client
from reference_impl.authorization_server.errors import OAuthError
from reference_impl.authorization_server.parameters import Parameters
from reference_impl.authorization_server.rules.access_token import AccessTokenRules, TokenGrant
from reference_impl.authorization_server.rules.dpop import DpopRules
from reference_impl.authorization_server.rules.dpop_binding import DpopBindingRules


@dataclass(frozen=True, slots=True)
class TokenRequest:
    """A token request of an authenticated client. `jkt` is the thumbprint of the DPoP key that it has proven."""

    parameters: Parameters
    client: Client
    jkt: str | None


TokenAnswer = dict[str, Any]
GrantHandler = Callable[[TokenRequest], TokenAnswer]


class TokenRules(AccessTokenRules, DpopRules, DpopBindingRules):
    """What all grants have in common."""

    def check_grant_type(self, grant_type: str | None) -> str:
        """OAUTH21-3.2.4-a, RFC9700-2.4-a, OAUTH21-10-a: grant_type is there and one that the server has."""
        if grant_type is None:
            raise OAuthError("invalid_request", "grant_type is required")
        if grant_type not in self.config.grant_types:
            raise self.unsupported_grant_type()
        return grant_type

    def unsupported_grant_type(self) -> OAuthError:
        """OAUTH21-3.2.4-a."""
        return OAuthError("unsupported_grant_type", "this grant type does not exist here")

    def check_client_may_use_grant(self, client: Client, grant_type: str) -> None:
        """OAUTH21-3.2.4-a: a client uses the grants that it is registered for."""
        if grant_type not in client.grant_types:
            raise self.unauthorized_client()

    def unauthorized_client(self) -> OAuthError:
        """OAUTH21-3.2.4-a."""
        return OAuthError("unauthorized_client", "this client may not use this grant type")

    def proven_key(self, request: Request, client: Client) -> str | None:
        """RFC9449-5.2-a: thumbprint of the key whose possession the DPoP header proves, None without one."""
        headers = request.headers.getlist("dpop")
        jkt = self.dpop_key_of_request(headers, request.method, self.config.endpoint("/oauth/token"))
        self.check_dpop_proof_sent_if_required(client, jkt)
        return jkt

    def token_answer(self, grant: TokenGrant, refresh_token: str | None = None) -> TokenAnswer:
        """OAUTH21-3.2.3-a: issue an access token, and the members of the answer that have a value."""
        access_token, record = self.issue_access_token(grant)
        answer = {
            "access_token": access_token,
            "token_type": self.answer_token_type(record.jkt),
            "expires_in": self.answer_expires_in(record.expires_at - record.issued_at),
            "scope": self.answer_scope(record.scope),
            "refresh_token": refresh_token,
            **self.granted_details_member(record.authorization_details),
        }
        return {name: value for name, value in answer.items() if value is not None}

    def answer_token_type(self, jkt: str | None) -> str | None:
        """OAUTH21-3.2.3-a, RFC9449-5-b."""
        return self.token_type_of(jkt)

    def answer_expires_in(self, seconds: int) -> Any:
        """OAUTH21-3.2.3-b, RFC6750-5.2-j: a JSON number."""
        return seconds

    def answer_scope(self, scope: tuple[str, ...]) -> str | None:
        """OAUTH21-1.4.1-a, RFC8707-2.2-e: what was really granted, said every time."""
        return " ".join(scope)
