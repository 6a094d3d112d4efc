"""The way over a third party's authorization server, as an MCP proxy goes it (MCP security best practices).

The user has approved the client here before the browser leaves; what comes back counts once, in the same browser.
"""

import hmac
import secrets
from urllib.parse import urlencode

from reference_impl.authorization_server.config import Client, ThirdParty, hash_secret
from reference_impl.authorization_server.errors import OAuthError
from reference_impl.authorization_server.parameters import Parameters
from reference_impl.authorization_server.rules.authorization_request import AuthorizationRequest
from reference_impl.authorization_server.rules.base import RulesBase
from reference_impl.authorization_server.rules.pkce import s256
from reference_impl.authorization_server.store.sessions import Session
from reference_impl.authorization_server.store.third_party_logins import ThirdPartyLogin
from reference_impl.authorization_server.third_party_client import ThirdPartyRefusal, redeem_code


class ThirdPartyRules(RulesBase):
    """Leaving for the third party, and coming back."""

    def third_party_of(self, request: AuthorizationRequest) -> ThirdParty | None:
        """The third party whose consent this request needs as well."""
        third_party = self.config.third_party
        return third_party if third_party and third_party.resource in request.resources else None

    # Leaving

    def third_party_url(
        self, third_party: ThirdParty, session_hash: str, client: Client, request: AuthorizationRequest
    ) -> str:
        """Where the browser of that session goes once the user has approved the client."""
        state, code_verifier = self.third_party_state(session_hash, request), secrets.token_urlsafe(32)
        self.await_third_party(state, session_hash, client, request, code_verifier)
        query = self.third_party_parameters(third_party, state, s256(code_verifier))
        return f"{third_party.authorization_endpoint}?{urlencode(query)}"

    def third_party_parameters(self, third_party: ThirdParty, state: str, challenge: str) -> dict[str, str]:
        """The authorization request to the third party (OAuth 2.1, 4.1.1)."""
        return {
            "response_type": "code",
            "client_id": third_party.client_id,
            "redirect_uri": self.third_party_callback(),
            "scope": " ".join(third_party.scopes),
            "state": state,
            "code_challenge": challenge,
            "code_challenge_method": "S256",
        }

    def third_party_callback(self) -> str:
        """Where the third party sends browsers back to."""
        return self.config.endpoint("/callback")

    def third_party_state(self, _session_hash: str, _request: AuthorizationRequest) -> str:
        """MCP-SBP-07: 256 random bits for each request."""
        return secrets.token_urlsafe(32)

    def await_third_party(
        self, state: str, session_hash: str, client: Client, request: AuthorizationRequest, code_verifier: str
    ) -> None:
        """MCP-SBP-08: the state is kept on the server, and only once the browser is about to leave."""
        expires_at = self.now() + self.config.lifetimes.third_party_login
        login = ThirdPartyLogin(hash_secret(state), session_hash, client, request.to_json(), code_verifier, expires_at)
        self.store.third_party_logins.add(login)

    # Coming back

    def returned_login(self, parameters: Parameters, session: Session | None) -> ThirdPartyLogin:
        """MCP-SBP-07: the login whose state this browser brings back, for the first and only time."""
        login = self.login_of_state(parameters, session)
        self.check_third_party_login_age(login)
        self.check_left_from_this_browser(login, session)
        self.spend_third_party_state(login)
        return login

    def login_of_state(self, parameters: Parameters, _session: Session | None) -> ThirdPartyLogin:
        """MCP-SBP-07: a state that is missing or that nobody left with is refused."""
        login = self.store.third_party_logins.find(hash_secret(parameters.get("state") or ""))
        if login is None:
            raise OAuthError("invalid_request", "state is none that a browser left with; start again", 403)
        return login

    def check_third_party_login_age(self, login: ThirdPartyLogin) -> None:
        """MCP-SBP-07: ten minutes at most."""
        if login.expires_at <= self.now():
            raise OAuthError("invalid_request", "the login took too long; start again at the application")

    def check_left_from_this_browser(self, login: ThirdPartyLogin, session: Session | None) -> None:
        """MCP-SBP-07: the state is the one that this browser's session left with."""
        if session is None or not hmac.compare_digest(session.session_hash, login.session_hash):
            raise OAuthError("invalid_request", "the login began in another browser session", 403)

    def spend_third_party_state(self, login: ThirdPartyLogin) -> None:
        """MCP-SBP-07: a state counts once."""
        if not self.store.third_party_logins.finish(login.state_hash):
            raise OAuthError("invalid_request", "this login was finished before; start again", 403)

    async def redeem_third_party_code(self, third_party: ThirdParty, code: str, login: ThirdPartyLogin) -> None:
        """Ask for the third party's token. The demonstration calls no API of theirs, so the token is not kept."""
        try:
            await redeem_code(third_party, code, self.third_party_callback(), login.code_verifier)
        except ThirdPartyRefusal as refusal:
            raise OAuthError("access_denied", f"{third_party.name} {refusal}") from None
