"""Other ways to take pushed authorization requests, all of them right."""

from reference_impl.authorization_server.config import Client
from reference_impl.authorization_server.errors import OAuthError
from reference_impl.authorization_server.parameters import Parameters
from reference_impl.authorization_server.rules import Rules
from reference_impl.mutants.registry import variation


@variation(story="Pushed requests are judged when they are referred to, not when they are pushed.")
class PushedRequestsAreJudgedLater(Rules):
    def check_pushed_request(self, pushed: Parameters, client: Client) -> None:
        pass


@variation(story="Request URIs are short https URLs below the issuer, and live half an hour.")
class RequestUrisAreUrls(Rules):
    def new_request_uri(self) -> str:
        return f"{self.config.issuer}/requests/{super().new_request_uri().rpartition(':')[2]}"

    def request_uri_lifetime(self, client: Client) -> int:
        return 1800 if client.access_token_lifetime is None else super().request_uri_lifetime(client)


@variation(story="A request_uri that is no good is called invalid_request.")
class BadRequestUriIsInvalidRequest(Rules):
    def invalid_request_uri(self) -> OAuthError:
        return OAuthError("invalid_request", "this request_uri is no good")
