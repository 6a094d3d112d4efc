"""Departures in what comes back at the redirect URI, and in what may be registered (OAuth 2.1, 2.3 and 4.1.2)."""

from urllib.parse import parse_qsl, quote, urlencode

from reference_impl.authorization_server.errors import OAuthError
from reference_impl.authorization_server.rules import Rules
from reference_impl.mutants.registry import mutant


@mutant(
    kills={"OAUTH21-4.1.2-c"},
    story="state is cut off at 255 characters, the width of its column.",
)
class StateIsCutOff(Rules):
    def state_of_success(self, state: str | None) -> str | None:
        return state and state[:255]


@mutant(
    kills={"OAUTH21-4.1.2-c"},
    story="With PKCE there is no need for state, so codes come without it.",
)
class CodesComeWithoutState(Rules):
    def state_of_success(self, state: str | None) -> str | None:
        return None


@mutant(
    kills={"OAUTH21-4.1.2-c"},
    story="state is encoded twice on its way back.",
)
class StateIsEncodedTwice(Rules):
    def state_of_success(self, state: str | None) -> str | None:
        return state and quote(state, safe="-_.~")


@mutant(
    kills={"OAUTH21-4.1.2.1-e", "RFC7636-4.4.1-a", "RFC7636-4.4.1-c", "RFC8707-2.1-c"},
    story="Errors come without state, since they need no protection.",
)
class ErrorsHaveNoState(Rules):
    def state_of_error(self, state: str | None) -> str | None:
        return None


@mutant(
    kills={"OAUTH21-4.1.2.1-e"},
    story="When the user refuses, the client is told invalid_request.",
)
class RefusalByTheUserIsInvalidRequest(Rules):
    def denied(self) -> OAuthError:
        return OAuthError("invalid_request", "the user denied the request")


@mutant(
    kills={"OAUTH21-2.3-a"},
    story="The answer replaces the query that the redirect URI has of its own.",
)
class QueryOfTheRedirectUriIsReplaced(Rules):
    def answer_url(self, redirect_uri: str, members: dict[str, str | None]) -> str:
        return super().answer_url(redirect_uri.partition("?")[0], members)


@mutant(
    kills={"OAUTH21-2.3-a"},
    story="The query of the redirect URI is parsed and written anew, which loses parameters without a value.",
)
class EmptyParametersOfTheRedirectUriAreLost(Rules):
    def answer_url(self, redirect_uri: str, members: dict[str, str | None]) -> str:
        bare, _, query = redirect_uri.partition("?")
        kept = urlencode(parse_qsl(query))
        return super().answer_url(f"{bare}?{kept}" if kept else bare, members)


@mutant(
    kills={"OAUTH21-2.3-a"},
    story="Redirect URIs with a fragment are registered.",
)
class FragmentsAreRegistered(Rules):
    def check_redirect_uri_has_no_fragment(self, redirect_uri: str) -> None:
        pass
