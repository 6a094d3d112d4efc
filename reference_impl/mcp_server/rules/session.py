"""MCP sessions: a handle, never an authentication, and only for the one who opened it."""

import secrets

from reference_impl.mcp_server.http_request import AccessToken, HttpRequest
from reference_impl.mcp_server.refusal import RefusalError
from reference_impl.mcp_server.rules.challenge import ChallengeRules
from reference_impl.mcp_server.state import Session, SessionDirectory

SESSION_NOT_FOUND = -32600


class SessionRules(ChallengeRules):
    """MCP-SBP-11: a session identifier comes on top of the token of each request, not instead of it."""

    sessions: SessionDirectory

    def new_session_id(self) -> str:
        """MCP-SBP-12: 256 random bits."""
        return secrets.token_urlsafe(32)

    def open_session(self, protocol_id: str, token: AccessToken) -> str:
        """MCP-SBP-13: remember whose session this is; returns the identifier for the client."""
        session_id = self.new_session_id()
        self.sessions.add(session_id, Session(protocol_id, token.principal))
        return session_id

    def session_of(self, request: HttpRequest, token: AccessToken) -> Session | None:
        """The session that a request names, None if it names none. Raises RefusalError (404)."""
        session_id = request.headers.get("mcp-session-id")
        if session_id is None:
            return None
        session = self.sessions.find(session_id)
        if session is None or not self.session_belongs_to(session, token):
            raise self.session_not_found()
        return session

    def session_belongs_to(self, session: Session, token: AccessToken) -> bool:
        """MCP-SBP-13: same issuer, subject and client as when the session was opened."""
        return session.owner == token.principal

    def session_not_found(self) -> RefusalError:
        """404, the same for a foreign session as for none, so that identifiers cannot be probed."""
        return RefusalError(404, "Session not found", jsonrpc_code=SESSION_NOT_FOUND)
