"""Other ways to authorize clients, all of them right."""

from starlette.responses import PlainTextResponse, Response

from reference_impl.authorization_server.config import Client
from reference_impl.authorization_server.errors import OAuthError
from reference_impl.authorization_server.parameters import Parameters
from reference_impl.authorization_server.rules import Rules
from reference_impl.authorization_server.rules.token import TokenRequest
from reference_impl.authorization_server.store.codes import AuthorizationCode
from reference_impl.mutants.registry import variation


@variation(story="Clients with credentials may do without PKCE, and are bound to redirect_uri then.")
class PkceIsForPublicClientsOnly(Rules):
    def check_code_challenge(self, parameters: Parameters, client: Client) -> None:
        if client.is_public or parameters.get("code_challenge") is not None:
            super().check_code_challenge(parameters, client)


@variation(story="A code that another client presents is worth nothing any more.")
class TheftCostsTheCode(Rules):
    def check_code_client(self, code: AuthorizationCode, request: TokenRequest) -> None:
        if code.client_id != request.client.client_id:
            self.burn_code(code)
        super().check_code_client(code, request)


@variation(story="Errors of the token endpoint come without a description.")
class ErrorsOfTokenRequestsAreTerse(Rules):
    def error_body(self, error: OAuthError) -> dict[str, str]:
        return {"error": error.error}


@variation(story="Codes are long, and every redirect is a 303.")
class LongCodesAndSeeOther(Rules):
    def new_code(self) -> str:
        return "code." + super().new_code() * 3

    def redirect_status(self, *, after_post: bool) -> int:
        return 303


@variation(story="Token answers name their cache directives together, in capitals.")
class CacheDirectivesTogether(Rules):
    def token_cache_control(self) -> str:
        return "No-Store, private, Max-Age=0"


@variation(story="Pages may be framed by this server itself.")
class PagesMayBeFramedAtHome(Rules):
    def frame_ancestors(self) -> str:
        return "frame-ancestors 'self'"

    def frame_options(self) -> str:
        return "SAMEORIGIN"


@variation(story="expires_in is a number with a fraction.")
class FractionalLifetime(Rules):
    def answer_expires_in(self, seconds: int) -> float:
        return seconds + 0.5


@variation(story="What is wrong is told in plain text rather than on a page.")
class ErrorsArePlainText(Rules):
    def error_page(self, error: OAuthError) -> Response:
        text = f"{error.error}: {self.safe_description(error.description)}"
        return PlainTextResponse(text, error.status, {**self.page_headers(None), **error.headers})
