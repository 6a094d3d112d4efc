"""Nonces that this server asks DPoP proofs to carry (RFC 9449, 8)."""

import secrets
import sqlite3


class DpopNonceTable:
    """The few nonces that are live at a time."""

    def __init__(self, connection: sqlite3.Connection) -> None:
        self._connection = connection

    def current(self, now: int, lifetime: int) -> str:
        """A nonce with at least half of `lifetime` (seconds) ahead: the newest one, or a fresh random one."""
        query = "SELECT nonce FROM dpop_nonces WHERE expires_at >= ? ORDER BY expires_at DESC LIMIT 1"
        row = self._connection.execute(query, (now + lifetime // 2,)).fetchone()
        if row:
            return str(row["nonce"])
        nonce = secrets.token_urlsafe(24)
        self._connection.execute("INSERT INTO dpop_nonces VALUES (?, ?)", (nonce, now + lifetime))
        return nonce

    def is_live(self, nonce: str, now: int) -> bool:
        """Whether this server issued `nonce` and it has not expired."""
        query = "SELECT 1 FROM dpop_nonces WHERE nonce = ? AND expires_at > ?"
        return self._connection.execute(query, (nonce, now)).fetchone() is not None
