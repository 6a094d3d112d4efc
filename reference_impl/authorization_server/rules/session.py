"""Who sits at the browser: sessions, login, and requests that wait for it."""

import hmac
import secrets
from dataclasses import dataclass

from starlette.requests import Request
from starlette.responses import Response

from reference_impl.authorization_server.config import Client, User, hash_secret
from reference_impl.authorization_server.errors import OAuthError
from reference_impl.authorization_server.parameters import Parameters
from reference_impl.authorization_server.rules.authorization_request import AuthorizationRequest
from reference_impl.authorization_server.rules.pages import PageRules
from reference_impl.authorization_server.rules.throttle import ThrottleRules
from reference_impl.authorization_server.store.sessions import Interaction, Session


@dataclass(frozen=True, slots=True)
class LoggedInUser:
    """The user of a session and when the login was (seconds since 1970)."""

    user: User
    auth_time: int


class SessionRules(ThrottleRules, PageRules):
    """OAUTH21-3.1-a: the user is known before anything is granted."""

    # The session cookie

    def session_cookie_name(self) -> str:
        """Over TLS the prefix keeps other hosts and paths from setting the cookie."""
        return "__Host-as_session" if self.config.uses_tls else "as_session"

    def set_session_cookie(self, response: Response, value: str) -> None:
        """Out of reach for scripts and for foreign sites' requests other than top-level navigation."""
        response.set_cookie(
            self.session_cookie_name(),
            value,
            path="/",
            secure=self.config.uses_tls,
            httponly=True,
            samesite="lax",
        )

    def current_session(self, request: Request) -> Session | None:
        """The session that the browser's cookie names, unless it has expired."""
        cookie = request.cookies.get(self.session_cookie_name())
        session = self.store.sessions.find(hash_secret(cookie)) if cookie else None
        return session if session is not None and session.expires_at > self.now() else None

    def logged_in_user(self, session: Session | None) -> LoggedInUser | None:
        """The user who has logged in to this session."""
        if session is None or session.username is None or session.auth_time is None:
            return None
        user = self.find_user(session.username)
        return LoggedInUser(user, session.auth_time) if user else None

    def start_session(self, username: str | None) -> tuple[str, Session]:
        """A new session and the value of its cookie."""
        value = secrets.token_urlsafe(32)
        now = self.now()
        expires_at = now + self.config.lifetimes.session
        session = Session(hash_secret(value), username, now if username else None, expires_at)
        self.store.sessions.save(session)
        return value, session

    # Login

    def find_user(self, username: str) -> User | None:
        """The user with this name."""
        return next((user for user in self.config.users if user.username == username), None)

    def authenticate_user(self, parameters: Parameters, address: str) -> User | None:
        """The user whose name and password these are. Raises 429 after too many failures."""
        username, password = parameters.get("username") or "", parameters.get("password") or ""
        self.check_not_throttled(f"user {username}", address)
        user = self.find_user(username)
        # An unknown name costs as much time as a known one, so that the time does not tell them apart.
        checked = user or next(iter(self.config.users), None)
        matches = checked is not None and checked.has_password(password)
        if user is not None and matches:
            return user
        self.count_failure(f"user {username}", address)
        return None

    def renew_session(self, interaction: Interaction, user: User) -> tuple[str, Session]:
        """End the session from before the login and start the user's, with the interaction; cookie value first."""
        value, session = self.start_session(user.username)
        self.store.interactions.move(interaction.interaction_id, session.session_hash)
        self.store.sessions.delete(interaction.session_hash)
        return value, session

    def login_page(
        self, client: Client, request: AuthorizationRequest, interaction: Interaction, problem: str = ""
    ) -> Response:
        """The login form, once more with `problem` (status 422) if the last try failed."""
        return self.page(
            "login.html",
            422 if problem else 200,
            form_target=request.redirect_uri,
            action=self.config.endpoint("/login"),
            interaction=interaction.interaction_id,
            csrf_token=interaction.csrf_token,
            client_name=client.client_name or client.client_id,
            problem=problem,
        )

    # Waiting requests

    def start_interaction(self, session: Session, client: Client, request: AuthorizationRequest) -> Interaction:
        """Keep an accepted request while its user logs in and decides."""
        interaction = Interaction(
            interaction_id=secrets.token_urlsafe(16),
            session_hash=session.session_hash,
            csrf_token=secrets.token_urlsafe(32),
            client=client,
            request=request.to_json(),
            expires_at=self.now() + self.config.lifetimes.interaction,
        )
        self.store.interactions.add(interaction)
        return interaction

    def waiting_interaction(self, parameters: Parameters, session: Session | None) -> Interaction:
        """The interaction that a page request names; it must be this browser's own and not too old."""
        interaction = self.store.interactions.find(parameters.get("interaction") or "")
        if interaction is None or interaction.expires_at <= self.now():
            raise OAuthError("invalid_request", "this page has expired; start again at the application")
        self.check_same_browser(interaction, session)
        return interaction

    def check_same_browser(self, interaction: Interaction, session: Session | None) -> None:
        """RFC6749-10.12-a: a page belongs to the browser in which the request began."""
        if session is None or session.session_hash != interaction.session_hash:
            raise OAuthError("invalid_request", "this page belongs to another browser session", 403)

    def check_csrf_token(self, interaction: Interaction, parameters: Parameters) -> None:
        """RFC6749-10.12-a: a form is only accepted from the page that this server made."""
        if not hmac.compare_digest(interaction.csrf_token.encode(), (parameters.get("csrf_token") or "").encode()):
            raise OAuthError("invalid_request", "the form does not come from this server's page", 403)

    def finish_interaction(self, interaction: Interaction) -> None:
        """A decision counts once."""
        if not self.store.interactions.finish(interaction.interaction_id):
            raise OAuthError("invalid_request", "this page was answered before; start again at the application")
