"""Embedded storage (SQLite). What may happen once is decided by a conditional write in the database."""

import sqlite3

from reference_impl.authorization_server.store.clients import ClientTable
from reference_impl.authorization_server.store.codes import CodeTable
from reference_impl.authorization_server.store.dpop_nonces import DpopNonceTable
from reference_impl.authorization_server.store.metadata_documents import MetadataDocumentTable
from reference_impl.authorization_server.store.pushed_requests import PushedRequestTable
from reference_impl.authorization_server.store.replays import FailureTable, ReplayTable
from reference_impl.authorization_server.store.schema import SCHEMA
from reference_impl.authorization_server.store.sessions import ConsentTable, InteractionTable, SessionTable
from reference_impl.authorization_server.store.third_party_logins import ThirdPartyLoginTable
from reference_impl.authorization_server.store.tokens import AccessTokenTable, GrantTable, RefreshTokenTable


class Store:
    """The tables of one authorization server.

    `path` is a file, or ":memory:" for a store that ends with the process. One connection serves the one event
    loop; several processes may share a file.
    """

    def __init__(self, path: str = ":memory:") -> None:
        self.connection = sqlite3.connect(path, isolation_level=None, check_same_thread=False)
        self.connection.row_factory = sqlite3.Row
        if path != ":memory:":
            self.connection.execute("PRAGMA journal_mode = WAL")
            self.connection.execute("PRAGMA busy_timeout = 5000")
        self.connection.executescript(SCHEMA)
        self.clients = ClientTable(self.connection)
        self.codes = CodeTable(self.connection)
        self.grants = GrantTable(self.connection)
        self.refresh_tokens = RefreshTokenTable(self.connection)
        self.access_tokens = AccessTokenTable(self.connection)
        self.sessions = SessionTable(self.connection)
        self.interactions = InteractionTable(self.connection)
        self.consents = ConsentTable(self.connection)
        self.third_party_logins = ThirdPartyLoginTable(self.connection)
        self.pushed_requests = PushedRequestTable(self.connection)
        self.replays = ReplayTable(self.connection)
        self.failures = FailureTable(self.connection)
        self.dpop_nonces = DpopNonceTable(self.connection)
        self.metadata_documents = MetadataDocumentTable(self.connection)

    def is_ready(self) -> bool:
        """Whether the database answers."""
        return self.connection.execute("SELECT 1").fetchone() is not None

    def purge_expired(self, now: int) -> None:
        """Forget what expired before `now`. Codes and refresh tokens stay a day longer, to recognise a replay."""
        for table, limit in (
            ("authorization_codes", now - 86400),
            ("refresh_tokens", now - 86400),
            ("access_tokens", now),
            ("sessions", now),
            ("interactions", now),
            ("consents", now),
            ("third_party_logins", now),
            ("pushed_requests", now),
            ("replays", now),
            ("failures", now),
            ("dpop_nonces", now),
            ("metadata_documents", now),
        ):
            self.connection.execute(f"DELETE FROM {table} WHERE expires_at < ?", (limit,))  # noqa: S608 - constants
        self.grants.forget_ended()
