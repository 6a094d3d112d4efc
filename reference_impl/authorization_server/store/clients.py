"""Registered clients: static, dynamically registered, and remembered metadata documents."""

import json
import sqlite3
from dataclasses import asdict, fields

from reference_impl.authorization_server.config import Client

_TUPLE_FIELDS = ("redirect_uris", "grant_types", "response_types", "scope")
_KNOWN_FIELDS = frozenset(field.name for field in fields(Client))


class ClientTable:
    """Clients by client_id; a client is stored as one JSON document."""

    def __init__(self, connection: sqlite3.Connection) -> None:
        self._connection = connection

    def save(self, client: Client) -> None:
        """Insert the client or replace the one with its client_id."""
        self._connection.execute(
            "INSERT OR REPLACE INTO clients (client_id, source, document) VALUES (?, ?, ?)",
            (client.client_id, client.source, client_to_json(client)),
        )

    def find(self, client_id: str) -> Client | None:
        """The client with exactly this client_id."""
        query = "SELECT document FROM clients WHERE client_id = ?"
        row = self._connection.execute(query, (client_id,)).fetchone()
        return client_from_json(row["document"]) if row else None

    def delete(self, client_id: str) -> bool:
        """Forget a client; whether there was one."""
        done = self._connection.execute("DELETE FROM clients WHERE client_id = ?", (client_id,))
        return done.rowcount == 1


def client_to_json(client: Client) -> str:
    """For the store."""
    return json.dumps(asdict(client))


def client_from_json(document: str) -> Client:
    """What `client_to_json` wrote, perhaps with other members by another version."""
    members = {name: value for name, value in json.loads(document).items() if name in _KNOWN_FIELDS}
    for name in _TUPLE_FIELDS:
        members[name] = tuple(members[name])
    return Client(**members)
