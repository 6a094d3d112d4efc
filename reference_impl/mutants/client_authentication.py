"""Departures in client authentication: OAuth 2.1, 2.4, 3.2.1 and 4.2; RFC 6749, 2.3.1."""

from dataclasses import replace

from starlette.requests import Request

from reference_impl.authorization_server.config import Client, ServerConfig
from reference_impl.authorization_server.errors import OAuthError
from reference_impl.authorization_server.parameters import Parameters
from reference_impl.authorization_server.rules import Rules
from reference_impl.authorization_server.rules.client_authentication import Credentials
from reference_impl.mutants.registry import mutant


@mutant(
    kills={"OAUTH21-2.4.1-a", "OAUTH21-3.2.4-a", "RFC8414-2-l"},
    story="Secrets are only read from the Authorization header, whatever the metadata says.",
)
class SecretsInTheBodyAreIgnored(Rules):
    def post_credentials(self, _: Request, parameters: Parameters) -> Credentials | None:
        return None


@mutant(
    kills={"RFC6749-2.3.1-a"},
    story="The scheme of the Authorization header is compared with its case, so only Basic is Basic.",
)
class BasicNeedsItsCapitalLetter(Rules):
    def basic_credentials(self, request: Request, parameters: Parameters) -> Credentials | None:
        if request.headers.get("authorization", "Basic ").startswith("Basic "):
            return super().basic_credentials(request, parameters)
        raise self.invalid_client()


@mutant(
    kills={"OAUTH21-2.4.1-c"},
    story="The framework merges the query into the form, so client credentials in the URL count.",
)
class CredentialsInTheUrlCount(Rules):
    def check_no_credentials_in_url(self, request: Request) -> None:
        pass

    def presented_credentials(self, request: Request, parameters: Parameters) -> Credentials:
        url = Parameters.parse(request.scope["query_string"])
        client_id, secret = url.get("client_id"), url.get("client_secret")
        if client_id and secret:
            return Credentials("client_secret_basic", client_id, secret)
        return super().presented_credentials(request, parameters)


@mutant(
    kills={
        "CIMD-8.2-a",
        "OAUTH21-3.2.1-a",
        "OAUTH21-4.2-a",
        "RFC6749-6-a",
        "RFC7009-2.1-b",
        "RFC7662-2-a",
        "RFC9126-2.1-a",
    },
    story="A request that only names its client_id is taken for that of a public client, whoever the client is.",
)
class NamingTheClientIsEnough(Rules):
    def check_registered_method(self, client: Client, presented: Credentials) -> None:
        if presented.method != "none":
            super().check_registered_method(client, presented)


@mutant(
    kills={"OAUTH21-3.2.1-a", "CIMD-8.2-a"},
    story="Clients with a key may leave the assertion out, as if they were public.",
)
class ClientsWithAKeyNeedNotUseIt(Rules):
    def check_registered_method(self, client: Client, presented: Credentials) -> None:
        if (client.token_endpoint_auth_method, presented.method) != ("private_key_jwt", "none"):
            super().check_registered_method(client, presented)


@mutant(
    kills={"OAUTH21-3.2.1-a", "OAUTH21-3.2.4-a", "OAUTH21-3.2.4-b", "RFC6749-5.2-a", "RFC7662-2.3-a", "RFC9126-2.1-a"},
    story="The secret has to be there; whether it is the right one was left for later.",
)
class SecretIsNotCompared(Rules):
    def check_client_secret(self, client: Client, secret: str) -> None:
        if not secret:
            raise self.invalid_client()


@mutant(
    kills={"OAUTH21-3.2.1-a"},
    story="An empty secret in the header stands for a client that has none.",
)
class EmptySecretIsAccepted(Rules):
    def check_client_secret(self, client: Client, secret: str) -> None:
        if secret:
            super().check_client_secret(client, secret)


@mutant(
    kills={"OAUTH21-3.2.4-a"},
    story="Of several client authentications in a request the first one counts, and the others are not looked at.",
)
class FirstOfSeveralMethodsCounts(Rules):
    def presented_credentials(self, request: Request, parameters: Parameters) -> Credentials:
        for read in self.credential_readers():
            credentials = read(request, parameters)
            if credentials is not None:
                return credentials
        return super().presented_credentials(request, parameters)


@mutant(
    kills={"OAUTH21-4.2-a"},
    story="Public clients may use the client credentials grant like any other client.",
)
class PublicClientsGetTokensOfTheirOwn(Rules):
    def check_client_may_use_grant(self, client: Client, grant_type: str) -> None:
        if not client.is_public:
            super().check_client_may_use_grant(client, grant_type)

    def check_client_is_confidential(self, client: Client) -> None:
        pass


@mutant(
    kills={"OAUTH21-3.2.4-b", "RFC6749-5.2-a", "RFC7662-2.3-a"},
    story="A failed Basic authentication is answered with 400.",
)
class FailedAuthenticationIs400(Rules):
    def invalid_client_status(self) -> int:
        return 400


@mutant(
    kills={"OAUTH21-3.2.4-b", "RFC6749-5.2-a"},
    story="401 comes with a Bearer challenge, which the token endpoint does not understand.",
)
class FailedAuthenticationAsksForABearerToken(Rules):
    def client_challenge(self) -> str:
        return "Bearer"


@mutant(
    kills={"OAUTH21-3.2.4-a", "RFC6749-5.2-a", "RFC7523-3.2-a", "RFC7523BIS-4-b", "RFC7523BIS-5-a", "RFC9126-2.1-a"},
    story="A wrong secret is called invalid_grant.",
)
class WrongSecretIsInvalidGrant(Rules):
    def invalid_client(self) -> OAuthError:
        refusal = super().invalid_client()
        return OAuthError("invalid_grant", refusal.description, refusal.status, refusal.headers)


@mutant(
    kills={"OAUTH21-2.4-a", "RFC7523BIS-4-b", "RFC7523BIS-5-a"},
    story="Client assertions may name the token endpoint as audience, as RFC 7523 allowed.",
    configures="authorization_server",
)
def token_endpoint_as_assertion_audience(config: ServerConfig) -> ServerConfig:
    options = replace(config.client_assertion, accept_token_endpoint_audience=True)
    return replace(config, client_assertion=options)
