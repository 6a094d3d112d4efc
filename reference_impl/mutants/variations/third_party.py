"""Legal variations of a proxy's way to a third party."""

from collections.abc import Mapping

from starlette.requests import Request
from starlette.responses import Response

from reference_impl.authorization_server.config import Client, User
from reference_impl.authorization_server.errors import OAuthError
from reference_impl.authorization_server.parameters import Parameters
from reference_impl.authorization_server.rules import Rules
from reference_impl.authorization_server.rules.authorization_request import AuthorizationRequest
from reference_impl.authorization_server.store.sessions import Interaction, Session
from reference_impl.authorization_server.store.third_party_logins import ThirdPartyLogin
from reference_impl.mutants.approval_cookie import KeepsApprovalsInACookie
from reference_impl.mutants.registry import variation


@variation(story="Approvals for the third party are kept in a signed cookie of this host.")
class ApprovalsAreKeptInCookies(KeepsApprovalsInACookie):
    pass


@variation(story="For the third party the user is asked each time.")
class TheWayToTheThirdPartyIsAlwaysAsked(Rules):
    def consent_is_needed(self, user: User, client: Client, request: AuthorizationRequest) -> bool:
        return self.third_party_of(request) is not None or super().consent_is_needed(user, client, request)


@variation(story="To approve a client for the third party takes the password again.")
class ApprovalTakesThePassword(Rules):
    def consent_page(
        self, client: Client, user: User, interaction: Interaction, request: AuthorizationRequest
    ) -> Response:
        response = super().consent_page(client, user, interaction, request)
        if self.third_party_of(request) is None:
            return response
        field = b'<input type="password" name="password" aria-label="Password"></form>'
        content = bytes(response.body).replace(b"</form>", field)
        headers = {name: value for name, value in response.headers.items() if name != "content-length"}
        return Response(content, response.status_code, headers)

    def check_csrf_token(self, interaction: Interaction, parameters: Parameters) -> None:
        super().check_csrf_token(interaction, parameters)
        request = AuthorizationRequest.from_json(interaction.request)
        session = self.store.sessions.find(interaction.session_hash)
        user = self.find_user(session.username) if session and session.username else None
        if user is None or self.third_party_of(request) is None or parameters.get("decision") != "approve":
            return
        if not user.has_password(parameters.get("password") or ""):
            raise OAuthError("access_denied", "the password is wrong", 403)


@variation(story="What the browser brings back from the third party is compared with a cookie set when it left.")
class StateIsComparedWithItsCookie(Rules):
    _cookies: Mapping[str, str] = {}

    def current_session(self, request: Request) -> Session | None:
        self._cookies = request.cookies
        return super().current_session(request)

    def redirect(self, url: str, *, after_post: bool) -> Response:
        response = super().redirect(url, after_post=after_post)
        third_party = self.config.third_party
        if third_party and url.startswith(third_party.authorization_endpoint):
            state = url.partition("&state=")[2].partition("&")[0]
            response.set_cookie("__Host-state", state, path="/", secure=True, httponly=True, samesite="lax")
        return response

    def login_of_state(self, parameters: Parameters, session: Session | None) -> ThirdPartyLogin:
        if parameters.get("state") != self._cookies.get("__Host-state"):
            raise OAuthError("invalid_request", "state is not the one that this browser left with", 403)
        return super().login_of_state(parameters, session)
