"""Issued tokens. Everything that comes from one authorization shares its `grant_id` and ends with it."""

import sqlite3
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True, slots=True)
class RefreshToken:
    """A refresh token's state; its family is the grant. `jkt` binds it to a DPoP key (RFC 9449, 5)."""

    token_hash: str
    grant_id: str
    client_id: str
    subject: str
    scope: tuple[str, ...]
    resources: tuple[str, ...]
    auth_time: int | None
    jkt: str | None
    issued_at: int
    expires_at: int
    used_at: int | None = None
    revoked_at: int | None = None
    authorization_details: str | None = None


@dataclass(frozen=True, slots=True)
class AccessToken:
    """An access token as issued. `resources` is its audience, `jkt` the DPoP key that it is bound to."""

    jti: str
    grant_id: str
    client_id: str
    subject: str
    scope: tuple[str, ...]
    resources: tuple[str, ...]
    auth_time: int | None
    jkt: str | None
    issued_at: int
    expires_at: int
    revoked_at: int | None = None
    authorization_details: str | None = None


class GrantTable:
    """Which grants (codes with the tokens that came of them) are revoked."""

    def __init__(self, connection: sqlite3.Connection) -> None:
        self._connection = connection

    def revoke(self, grant_id: str, now: int) -> None:
        """End every token of the grant, also those issued later."""
        self._connection.execute("INSERT OR IGNORE INTO revoked_grants VALUES (?, ?)", (grant_id, now))

    def is_revoked(self, grant_id: str) -> bool:
        """Whether the grant was ended."""
        query = "SELECT 1 FROM revoked_grants WHERE grant_id = ?"
        return self._connection.execute(query, (grant_id,)).fetchone() is not None

    def forget_ended(self) -> None:
        """Forget revoked grants of which no code and no token is left."""
        self._connection.execute(
            "DELETE FROM revoked_grants WHERE grant_id NOT IN (SELECT grant_id FROM authorization_codes "
            "UNION SELECT grant_id FROM refresh_tokens UNION SELECT grant_id FROM access_tokens)"
        )

    def revoke_all_of_client(self, client_id: str, now: int) -> None:
        """End every grant of a client, for instance because it was deleted."""
        for table in ("authorization_codes", "refresh_tokens", "access_tokens"):
            query = f"INSERT OR IGNORE INTO revoked_grants SELECT grant_id, ? FROM {table} WHERE client_id = ?"  # noqa: S608 - constants
            self._connection.execute(query, (now, client_id))


class RefreshTokenTable:
    """Refresh tokens, kept past their use so that a replay is recognised."""

    def __init__(self, connection: sqlite3.Connection) -> None:
        self._connection = connection

    def add(self, token: RefreshToken) -> None:
        """Remember a fresh refresh token."""
        self._connection.execute(
            "INSERT INTO refresh_tokens VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
            (
                token.token_hash, token.grant_id, token.client_id, token.subject, " ".join(token.scope),
                " ".join(token.resources), token.auth_time, token.jkt, token.issued_at, token.expires_at,
                token.used_at, token.revoked_at, token.authorization_details,
            ),
        )  # fmt: skip

    def find(self, token_hash: str) -> RefreshToken | None:
        """The refresh token with this hash, used or not, expired or not."""
        query = "SELECT * FROM refresh_tokens WHERE token_hash = ?"
        row = self._connection.execute(query, (token_hash,)).fetchone()
        return RefreshToken(**_values(row)) if row else None

    def use(self, token_hash: str, now: int) -> bool:
        """Mark the refresh token used. True for exactly one caller, ever."""
        done = self._connection.execute(
            "UPDATE refresh_tokens SET used_at = ? WHERE token_hash = ? AND used_at IS NULL AND revoked_at IS NULL",
            (now, token_hash),
        )
        return done.rowcount == 1

    def revoke(self, token_hash: str, now: int) -> None:
        """End this one refresh token."""
        self._connection.execute(
            "UPDATE refresh_tokens SET revoked_at = ? WHERE token_hash = ? AND revoked_at IS NULL", (now, token_hash)
        )


class AccessTokenTable:
    """Access tokens by jti and by hash."""

    def __init__(self, connection: sqlite3.Connection) -> None:
        self._connection = connection

    def add(self, token: AccessToken, token_hash: str) -> None:
        """Remember an issued access token under the SHA-256 of what the client got."""
        self._connection.execute(
            "INSERT INTO access_tokens VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
            (
                token.jti, token_hash, token.grant_id, token.client_id, token.subject, " ".join(token.scope),
                " ".join(token.resources), token.auth_time, token.jkt, token.issued_at, token.expires_at,
                token.revoked_at, token.authorization_details,
            ),
        )  # fmt: skip

    def find(self, token_hash: str) -> AccessToken | None:
        """The access token with this SHA-256, whatever its state."""
        query = "SELECT * FROM access_tokens WHERE token_hash = ?"
        row = self._connection.execute(query, (token_hash,)).fetchone()
        if row is None:
            return None
        values = _values(row)
        del values["token_hash"]
        return AccessToken(**values)

    def revoke(self, jti: str, now: int) -> None:
        """End this one access token."""
        self._connection.execute(
            "UPDATE access_tokens SET revoked_at = ? WHERE jti = ? AND revoked_at IS NULL", (now, jti)
        )


def _values(row: sqlite3.Row) -> dict[str, Any]:
    values = dict(row)
    values["scope"] = tuple(row["scope"].split())
    values["resources"] = tuple(row["resources"].split())
    return values
