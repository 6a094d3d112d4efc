"""Legal variations of pages, forms and redirects."""

from urllib.parse import parse_qsl, urlencode

from starlette.responses import Response

from reference_impl.authorization_server.errors import OAuthError
from reference_impl.authorization_server.parameters import Parameters
from reference_impl.authorization_server.rules import Rules
from reference_impl.authorization_server.store.sessions import Interaction
from reference_impl.mutants.registry import variation


@variation(story="Frames are forbidden by X-Frame-Options alone.")
class FramesAreForbiddenByTheOldHeader(Rules):
    def frame_ancestors(self) -> str:
        return ""

    def frame_options(self) -> str:
        return "SAMEORIGIN"


@variation(story="Forms are answered with 302, which browsers turn into GET.")
class FormsAreAnsweredWith302(Rules):
    def redirect_status(self, *, after_post: bool) -> int:
        return 302


@variation(story="Requests that can't be answered by redirect are told off in JSON.")
class RefusalsAreToldInJson(Rules):
    def error_page(self, error: OAuthError) -> Response:
        return self.error_response(error)


@variation(story="Forms have no random value: the session cookie is kept from requests of other sites.")
class CookiesKeepForgedFormsOut(Rules):
    def check_csrf_token(self, interaction: Interaction, parameters: Parameters) -> None:
        pass


@variation(story="The query of a redirect URI is parsed and written anew, with + for a space.")
class QueriesAreWrittenAnew(Rules):
    def answer_url(self, redirect_uri: str, members: dict[str, str | None]) -> str:
        bare, mark, query = redirect_uri.partition("?")
        return super().answer_url(bare + mark + urlencode(parse_qsl(query, keep_blank_values=True)), members)
