"""Keys of a client that publishes them at its jwks_uri (RFC 7591, 2; client ID metadata documents, 8.2)."""

import json
from typing import Any

from joserfc.jwk import KeySet

from reference_impl.authorization_server.client_id_metadata_fetch import FetchedDocument, RefusedFetch
from reference_impl.authorization_server.config import Client
from reference_impl.authorization_server.rules.client_assertion import ClientAssertionRules
from reference_impl.authorization_server.rules.guarded_fetch import GuardedFetchRules


class ClientKeyFetchRules(GuardedFetchRules, ClientAssertionRules):
    """jwks_uri comes from a stranger, so it is fetched with the same care as a metadata document."""

    async def client_keys(self, client: Client) -> KeySet:
        """CIMD-8.2-a, CIMD-8.6-a: registered keys, else those behind jwks_uri; invalid_client if there are none."""
        if client.jwks_uri is None:
            return await super().client_keys(client)
        # A prefix keeps key sets apart from metadata documents in the cache.
        name = f"jwks {client.jwks_uri}"
        cached = self.store.metadata_documents.find(name, self.now())
        if cached is not None:
            return self.parse_client_keys(cached)
        document = await self.fetch_client_keys(client.jwks_uri)
        keys = self.parse_client_keys(document)
        self.store.metadata_documents.save(name, document, self.now() + self.client_keys_cache_lifetime())
        return keys

    async def fetch_client_keys(self, jwks_uri: str) -> dict[str, Any]:
        """CIMD-5-b, CIMD-8.6-a: the JSON object of a 200 answer; invalid_client for anything else."""
        try:
            document = self.parse_fetched_keys(await self.guarded_fetch(jwks_uri))
        except (RefusedFetch, ValueError, RecursionError):
            raise self.invalid_client() from None
        return document

    def parse_fetched_keys(self, fetched: FetchedDocument) -> dict[str, Any]:
        """CIMD-5-b: raises ValueError for what is no key set."""
        document = json.loads(fetched.body) if fetched.status == 200 else None
        if not isinstance(document, dict):
            raise ValueError("no key set")
        return document

    def client_keys_cache_lifetime(self) -> int:
        """CIMD-5.2-a: seconds; short, so that a withdrawn key soon counts no more."""
        return self.config.client_id_metadata.default_cache
