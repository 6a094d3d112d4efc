"""The rules of the protected resource: one mixin a topic, one method an obligation.

A departure from a rule (a mutant) is a subclass of `McpServerRules` that overrides one method.
"""

from reference_impl.mcp_server.config import McpServerConfig
from reference_impl.mcp_server.documents import DocumentFetcher
from reference_impl.mcp_server.rules.access_token import AccessTokenRules
from reference_impl.mcp_server.rules.answer import AnswerRules
from reference_impl.mcp_server.rules.scopes import ScopeRules
from reference_impl.mcp_server.rules.sender_constraint import SenderConstraintRules
from reference_impl.mcp_server.rules.session import SessionRules
from reference_impl.mcp_server.rules.transport import TransportRules
from reference_impl.mcp_server.state import NonceSource, ProofReplayStore, SessionDirectory


class McpServerRules(AnswerRules, AccessTokenRules, SenderConstraintRules, ScopeRules, TransportRules, SessionRules):
    """Every obligation that the server honours, for one configuration, with what it remembers between requests."""

    def __init__(self, config: McpServerConfig) -> None:
        self.config = config
        self.fetcher = DocumentFetcher(config)
        self.issuer_keys = {}
        self.proof_replays = ProofReplayStore()
        self.nonces = NonceSource(config.dpop_nonce_seconds)
        self.sessions = SessionDirectory()
