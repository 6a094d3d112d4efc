"""Authorization requests that clients have pushed (RFC 9126), waiting to be referred to."""

import sqlite3
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class PushedRequest:
    """A pushed request. `request_uri_hash` is the SHA-256 of its request_uri, `parameters` are form-encoded."""

    request_uri_hash: str
    client_id: str
    parameters: str
    expires_at: int
    used_at: int | None = None


class PushedRequestTable:
    """Pushed requests by their request_uri."""

    def __init__(self, connection: sqlite3.Connection) -> None:
        self._connection = connection

    def add(self, request: PushedRequest) -> None:
        """Remember a fresh one."""
        self._connection.execute(
            "INSERT INTO pushed_requests VALUES (?, ?, ?, ?, ?)",
            (request.request_uri_hash, request.client_id, request.parameters, request.expires_at, request.used_at),
        )

    def find(self, request_uri_hash: str) -> PushedRequest | None:
        """The request with this hash, used or not, expired or not."""
        query = "SELECT * FROM pushed_requests WHERE request_uri_hash = ?"
        row = self._connection.execute(query, (request_uri_hash,)).fetchone()
        return PushedRequest(**dict(row)) if row else None

    def use(self, request_uri_hash: str, now: int) -> bool:
        """Mark the request used. True for exactly one caller, ever."""
        done = self._connection.execute(
            "UPDATE pushed_requests SET used_at = ? WHERE request_uri_hash = ? AND used_at IS NULL",
            (now, request_uri_hash),
        )
        return done.rowcount == 1
