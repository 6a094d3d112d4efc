"""Browser sessions, authorization requests that wait for the user, and remembered consents."""

import sqlite3
from collections.abc import Iterable
from dataclasses import dataclass

from reference_impl.authorization_server.config import Client
from reference_impl.authorization_server.store.clients import client_from_json, client_to_json


@dataclass(frozen=True, slots=True)
class Session:
    """A browser session; `username` is None until somebody logs in. `session_hash` is the SHA-256 of the cookie."""

    session_hash: str
    username: str | None
    auth_time: int | None
    expires_at: int


@dataclass(frozen=True, slots=True)
class Interaction:
    """An authorization request that waits for login or consent, bound to one browser session.

    `client` is the client as it was when its request was accepted; `request` is that request as JSON (see
    `authorization_request.AuthorizationRequest`).
    """

    interaction_id: str
    session_hash: str
    csrf_token: str
    client: Client
    request: str
    expires_at: int


class SessionTable:
    """Sessions by the hash of their cookie."""

    def __init__(self, connection: sqlite3.Connection) -> None:
        self._connection = connection

    def save(self, session: Session) -> None:
        """Insert the session or replace the one with its hash."""
        self._connection.execute(
            "INSERT OR REPLACE INTO sessions VALUES (?, ?, ?, ?)",
            (session.session_hash, session.username, session.auth_time, session.expires_at),
        )

    def find(self, session_hash: str) -> Session | None:
        """The session with this hash, expired or not."""
        query = "SELECT * FROM sessions WHERE session_hash = ?"
        row = self._connection.execute(query, (session_hash,)).fetchone()
        return Session(**dict(row)) if row else None

    def delete(self, session_hash: str) -> None:
        """End a session."""
        self._connection.execute("DELETE FROM sessions WHERE session_hash = ?", (session_hash,))


class InteractionTable:
    """Waiting authorization requests."""

    def __init__(self, connection: sqlite3.Connection) -> None:
        self._connection = connection

    def add(self, interaction: Interaction) -> None:
        """Remember a request that waits."""
        self._connection.execute(
            "INSERT INTO interactions VALUES (?, ?, ?, ?, ?, ?)",
            (
                interaction.interaction_id, interaction.session_hash, interaction.csrf_token,
                client_to_json(interaction.client), interaction.request, interaction.expires_at,
            ),
        )  # fmt: skip

    def find(self, interaction_id: str) -> Interaction | None:
        """The interaction with this id, expired or not."""
        query = "SELECT * FROM interactions WHERE interaction_id = ?"
        row = self._connection.execute(query, (interaction_id,)).fetchone()
        if row is None:
            return None
        return Interaction(**{**dict(row), "client": client_from_json(row["client"])})

    def finish(self, interaction_id: str) -> bool:
        """Take the interaction out. True for exactly one caller, ever."""
        done = self._connection.execute("DELETE FROM interactions WHERE interaction_id = ?", (interaction_id,))
        return done.rowcount == 1

    def move(self, interaction_id: str, session_hash: str) -> None:
        """Let one interaction follow its session to its new identifier (renewed at login)."""
        self._connection.execute(
            "UPDATE interactions SET session_hash = ? WHERE interaction_id = ?", (session_hash, interaction_id)
        )


class ConsentTable:
    """Which scope at which resource a user has granted to a client."""

    def __init__(self, connection: sqlite3.Connection) -> None:
        self._connection = connection

    def remember(
        self, username: str, client_id: str, scopes: Iterable[str], resources: Iterable[str], expires_at: int
    ) -> None:
        """Remember each scope at each resource until `expires_at`."""
        rows = [(username, client_id, scope, resource, expires_at) for resource in resources for scope in scopes]
        self._connection.executemany("INSERT OR REPLACE INTO consents VALUES (?, ?, ?, ?, ?)", rows)

    def granted(self, username: str, client_id: str, now: int) -> frozenset[tuple[str, str]]:
        """The (scope, resource) pairs that this user has granted to this client and that have not expired."""
        query = "SELECT scope, resource FROM consents WHERE username = ? AND client_id = ? AND expires_at > ?"
        rows = self._connection.execute(query, (username, client_id, now))
        return frozenset((row["scope"], row["resource"]) for row in rows)

    def forget_client(self, client_id: str) -> None:
        """Forget every consent given to a client."""
        self._connection.execute("DELETE FROM consents WHERE client_id = ?", (client_id,))
