"""Browsers that are away, logging in at a third party's authorization server."""

import sqlite3
from dataclasses import dataclass

from reference_impl.authorization_server.config import Client
from reference_impl.authorization_server.store.clients import client_from_json, client_to_json


@dataclass(frozen=True, slots=True)
class ThirdPartyLogin:
    """What goes on when the browser is back. `state_hash` is the SHA-256 of the state that it took along.

    `session_hash` is the browser session, `request` the accepted request as JSON, `code_verifier` proves to the third
    party that it was this server that asked.
    """

    state_hash: str
    session_hash: str
    client: Client
    request: str
    code_verifier: str
    expires_at: int


class ThirdPartyLoginTable:
    """Such logins by the hash of their state."""

    def __init__(self, connection: sqlite3.Connection) -> None:
        self._connection = connection

    def add(self, login: ThirdPartyLogin) -> None:
        """Remember one that begins."""
        self._connection.execute(
            "INSERT INTO third_party_logins VALUES (?, ?, ?, ?, ?, ?)",
            (
                login.state_hash, login.session_hash, client_to_json(login.client), login.request,
                login.code_verifier, login.expires_at,
            ),
        )  # fmt: skip

    def find(self, state_hash: str) -> ThirdPartyLogin | None:
        """The login with this hash, expired or not."""
        query = "SELECT * FROM third_party_logins WHERE state_hash = ?"
        row = self._connection.execute(query, (state_hash,)).fetchone()
        if row is None:
            return None
        return ThirdPartyLogin(**{**dict(row), "client": client_from_json(row["client"])})

    def finish(self, state_hash: str) -> bool:
        """Take the login out. True for exactly one caller, ever."""
        done = self._connection.execute("DELETE FROM third_party_logins WHERE state_hash = ?", (state_hash,))
        return done.rowcount == 1
