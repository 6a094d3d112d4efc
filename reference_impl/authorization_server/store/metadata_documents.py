"""Fetched documents of clients (client ID metadata documents, key sets) for as long as they may be cached."""

import json
import sqlite3
from typing import Any

MAX_DOCUMENTS = 1000


class MetadataDocumentTable:
    """Accepted documents by their URL; refused ones are never stored."""

    def __init__(self, connection: sqlite3.Connection) -> None:
        self._connection = connection

    def save(self, url: str, document: dict[str, Any], expires_at: int) -> None:
        """Keep `document` until `expires_at`; beyond 1000 documents the one that expires first is dropped."""
        self._connection.execute(
            "INSERT OR REPLACE INTO metadata_documents VALUES (?, ?, ?)", (url, json.dumps(document), expires_at)
        )
        self._connection.execute(
            "DELETE FROM metadata_documents WHERE url IN "
            "(SELECT url FROM metadata_documents ORDER BY expires_at DESC LIMIT -1 OFFSET ?)",
            (MAX_DOCUMENTS,),
        )

    def find(self, url: str, now: int) -> dict[str, Any] | None:
        """The document of exactly this URL unless it expired."""
        query = "SELECT document FROM metadata_documents WHERE url = ? AND expires_at > ?"
        row = self._connection.execute(query, (url, now)).fetchone()
        if row is None:
            return None
        document: dict[str, Any] = json.loads(row["document"])
        return document
