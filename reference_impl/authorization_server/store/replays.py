"""Values that count once (jti), and recent failures."""

import sqlite3


class ReplayTable:
    """Identifiers that may be used once: jti of client assertions and of DPoP proofs."""

    def __init__(self, connection: sqlite3.Connection) -> None:
        self._connection = connection

    def first_use(self, kind: str, value: str, expires_at: int) -> bool:
        """Record a use. True for the first one of this `value` of this `kind`; remembered until `expires_at`."""
        done = self._connection.execute("INSERT OR IGNORE INTO replays VALUES (?, ?, ?)", (kind, value, expires_at))
        return done.rowcount == 1


class FailureTable:
    """Failed logins and client authentications."""

    def __init__(self, connection: sqlite3.Connection) -> None:
        self._connection = connection

    def add(self, subject: str, address: str, expires_at: int) -> None:
        """Count a failure of `subject` from `address` until `expires_at`."""
        self._connection.execute("INSERT INTO failures VALUES (?, ?, ?)", (subject, address, expires_at))

    def recent(self, subject: str, address: str, now: int) -> int:
        """How many failures still count."""
        query = "SELECT COUNT(*) FROM failures WHERE subject = ? AND address = ? AND expires_at > ?"
        return int(self._connection.execute(query, (subject, address, now)).fetchone()[0])
