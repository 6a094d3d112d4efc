"""Departures of sessions: MCP, Access Token Usage and Session Hijacking."""

from itertools import count

from reference_impl.mcp_server.config import McpServerConfig, ProtectedResource
from reference_impl.mcp_server.http_request import AccessToken, Credentials, HttpRequest
from reference_impl.mcp_server.rules import McpServerRules
from reference_impl.mcp_server.state import Session
from reference_impl.mutants.registry import mutant


@mutant(
    kills={"MCP-ELI-01", "MCP-SBP-11", "MCP-TOK-03"},
    story="Inside a session nobody asks for the token again: it was good at the start.",
)
class SessionStandsForTheToken(McpServerRules):
    """Remembers the token of each session by its identifier."""

    def __init__(self, config: McpServerConfig) -> None:
        super().__init__(config)
        self._raw_tokens: dict[str, str] = {}
        self._latest = ""

    async def access_token(self, raw: str, resource: ProtectedResource) -> AccessToken:
        self._latest = raw
        return await super().access_token(raw, resource)

    def open_session(self, protocol_id: str, token: AccessToken) -> str:
        session_id = super().open_session(protocol_id, token)
        self._raw_tokens[session_id] = self._latest
        return session_id

    def credentials(self, request: HttpRequest) -> Credentials:
        known = self._raw_tokens.get(request.headers.get("mcp-session-id", ""))
        if known is not None and "authorization" not in request.headers:
            return Credentials("Bearer", known)
        return super().credentials(request)


@mutant(kills={"MCP-SBP-11"}, story="A session may do what the token that opened it may do.")
class SessionsKeepTheirScope(McpServerRules):
    def __init__(self, config: McpServerConfig) -> None:
        super().__init__(config)
        self._scopes: dict[str, list[str]] = {}
        self._session = ""

    def open_session(self, protocol_id: str, token: AccessToken) -> str:
        session_id = super().open_session(protocol_id, token)
        self._scopes[session_id] = super().token_scopes(token)
        return session_id

    def credentials(self, request: HttpRequest) -> Credentials:
        self._session = request.headers.get("mcp-session-id", "")
        return super().credentials(request)

    def token_scopes(self, token: AccessToken) -> list[str]:
        return [*super().token_scopes(token), *self._scopes.get(self._session, ())]


@mutant(kills={"MCP-TOK-11", "MCP-TOK-15"}, story="The API behind the server gets the token that the client came with.")
class TokenIsPassedOn(McpServerRules):
    _latest = ""

    async def access_token(self, raw: str, resource: ProtectedResource) -> AccessToken:
        self._latest = raw
        return await super().access_token(raw, resource)

    def upstream_headers(self) -> dict[str, str]:
        return {"Authorization": f"Bearer {self._latest}"}


@mutant(kills={"MCP-SBP-13"}, story="Every good token gets into every session.")
class SessionsBelongToNobody(McpServerRules):
    def session_belongs_to(self, session: Session, token: AccessToken) -> bool:
        return True


@mutant(kills={"MCP-SBP-12"}, story="Sessions are numbered.")
class SessionsAreNumbered(McpServerRules):
    def __init__(self, config: McpServerConfig) -> None:
        super().__init__(config)
        self._numbers = count(1)

    def new_session_id(self) -> str:
        return f"session-{next(self._numbers):024d}"


@mutant(kills={"MCP-SBP-12"}, story="A session identifier has as many characters as fit into a column.")
class SessionIdsAreShort(McpServerRules):
    def new_session_id(self) -> str:
        return super().new_session_id()[:8]
