"""Authorization codes (RFC 6749, 4.1.2)."""

import sqlite3
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class AuthorizationCode:
    """What a code stands for: everything it is bound to. `code_hash` is the SHA-256 of the code."""

    code_hash: str
    grant_id: str
    client_id: str
    redirect_uri: str
    redirect_uri_was_sent: bool
    code_challenge: str | None
    code_challenge_method: str | None
    scope: tuple[str, ...]
    resources: tuple[str, ...]
    subject: str
    auth_time: int
    dpop_jkt: str | None
    issued_at: int
    expires_at: int
    used_at: int | None = None
    authorization_details: str | None = None
    nonce: str | None = None


class CodeTable:
    """Codes, kept past their use so that a replay is recognised."""

    def __init__(self, connection: sqlite3.Connection) -> None:
        self._connection = connection

    def add(self, code: AuthorizationCode) -> None:
        """Remember a fresh code."""
        self._connection.execute(
            "INSERT INTO authorization_codes VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
            (
                code.code_hash, code.grant_id, code.client_id, code.redirect_uri, code.redirect_uri_was_sent,
                code.code_challenge, code.code_challenge_method, " ".join(code.scope), " ".join(code.resources),
                code.subject, code.auth_time, code.dpop_jkt, code.issued_at, code.expires_at, code.used_at,
                code.authorization_details, code.nonce,
            ),
        )  # fmt: skip

    def find(self, code_hash: str) -> AuthorizationCode | None:
        """The code with this hash, used or not, expired or not."""
        query = "SELECT * FROM authorization_codes WHERE code_hash = ?"
        row = self._connection.execute(query, (code_hash,)).fetchone()
        return _code(row) if row else None

    def use(self, code_hash: str, now: int) -> bool:
        """Mark the code used. True for exactly one caller, ever."""
        done = self._connection.execute(
            "UPDATE authorization_codes SET used_at = ? WHERE code_hash = ? AND used_at IS NULL", (now, code_hash)
        )
        return done.rowcount == 1


def _code(row: sqlite3.Row) -> AuthorizationCode:
    values = dict(row)
    values["scope"] = tuple(row["scope"].split())
    values["resources"] = tuple(row["resources"].split())
    values["redirect_uri_was_sent"] = bool(row["redirect_uri_was_sent"])
    return AuthorizationCode(**values)
