"""Departures by which PKCE can be taken back: RFC 9700, 4.8.2; OAuth 2.1, 4.1.3."""

from reference_impl.authorization_server.config import Client
from reference_impl.authorization_server.errors import OAuthError
from reference_impl.authorization_server.parameters import Parameters
from reference_impl.authorization_server.rules import Rules
from reference_impl.authorization_server.store.codes import AuthorizationCode
from reference_impl.mutants.registry import mutant


class _PkceIsForPublicClients(Rules):
    """Not a departure yet: clients with credentials may do without PKCE where they ensure what it is for."""

    def check_code_challenge(self, parameters: Parameters, client: Client) -> None:
        if client.is_public or parameters.get("code_challenge") is not None:
            super().check_code_challenge(parameters, client)


@mutant(
    kills={"OAUTH21-4.1.3-b", "OAUTH21-3.2.4-d", "RFC9700-2.1.1-d"},
    story="Clients with credentials need no PKCE, and a code_verifier that nobody waits for is ignored.",
)
class VerifierWithoutChallengeIsIgnored(_PkceIsForPublicClients):
    def check_no_code_verifier(self, verifier: str | None) -> None:
        pass


@mutant(
    kills={"OAUTH21-3.2.4-d"},
    story="Clients with credentials need no PKCE, and a code_verifier that nobody waits for is called invalid_grant.",
)
class VerifierWithoutChallengeIsInvalidGrant(_PkceIsForPublicClients):
    def check_no_code_verifier(self, verifier: str | None) -> None:
        if verifier is not None:
            raise OAuthError("invalid_grant", "the authorization request had no code_challenge")


@mutant(
    kills={"RFC6749-4.1.3-a"},
    story="Clients with credentials need no PKCE, and redirect_uri may be left out of the token request all the same.",
)
class NothingTiesTheCodeToItsRedirectUri(_PkceIsForPublicClients):
    def check_redirect_uri_may_be_absent(self, code: AuthorizationCode) -> None:
        pass
