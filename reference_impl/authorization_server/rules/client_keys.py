"""Keys of a client that publishes them at its jwks_uri (RFC 7591, 2; client ID metadata documents, 8.2)."""

import json
from typing import Any

from joserfc import jws
from joserfc.jwk import KeySet

from reference_impl.authorization_server.client_id_metadata_fetch import FetchedDocument, IPAddress, RefusedFetch
from reference_impl.authorization_server.config import Client
from reference_impl.authorization_server.rules.client_assertion import ClientAssertionRules
from reference_impl.authorization_server.rules.guarded_fetch import GuardedFetchRules

_REST_SECONDS = 5


class ClientKeyFetchRules(GuardedFetchRules, ClientAssertionRules):
    """jwks_uri comes from a stranger, so it is fetched with the same care as a metadata document."""

    async def client_keys(self, client: Client, assertion: str) -> KeySet:
        """CIMD-8.2-a, RFC7591-2-e: registered keys, else those behind jwks_uri; invalid_client if there are none."""
        if client.jwks_uri is None:
            return await super().client_keys(client, assertion)
        # A prefix keeps key sets apart from metadata documents in the cache.
        name = f"jwks {client.jwks_uri}"
        cached = self.store.metadata_documents.find(name, self.now())
        if cached is not None:
            keys = self.parse_client_keys(cached)
            if self.knows_key_of(assertion, keys) or not self.may_look_again(name):
                return keys
        document = self.renewed_client_keys(cached, await self.fetch_client_keys(client.jwks_uri))
        keys = self.parse_client_keys(document)
        self.store.metadata_documents.save(name, document, self.now() + self.client_keys_cache_lifetime())
        return keys

    def knows_key_of(self, assertion: str, keys: KeySet) -> bool:
        """OIDCC-10.1.1-c: whether the key that an assertion names is among these, or it names none."""
        kid = jws.extract_compact(assertion.encode("ascii")).headers().get("kid")  # its claims were read before
        return kid is None or any(key.kid == kid for key in keys.keys)

    def may_look_again(self, name: str) -> bool:
        """OIDCC-10.1.1-c: for a key that is not known, but not in quick succession."""
        looked, documents = f"looked again at {name}", self.store.metadata_documents
        if documents.find(looked, self.now()) is not None:
            return False
        documents.save(looked, {}, self.now() + _REST_SECONDS)
        return True

    def renewed_client_keys(self, _: dict[str, Any] | None, fetched: dict[str, Any]) -> dict[str, Any]:
        """OIDCC-10.1.1-d: what was fetched takes the place of what was cached."""
        return fetched

    async def fetch_client_keys(self, jwks_uri: str) -> dict[str, Any]:
        """CIMD-5-b, CIMD-8.6-a: the JSON object of a 200 answer; invalid_client for anything else."""
        try:
            document = self.parse_fetched_keys(await self.guarded_fetch(jwks_uri, self.is_fetchable_key_address))
        except (RefusedFetch, ValueError, RecursionError):
            raise self.invalid_client() from None
        return document

    def is_fetchable_key_address(self, address: IPAddress) -> bool:
        """CIMD-8.6-c: the same as for documents."""
        return self.is_fetchable_address(address)

    def parse_fetched_keys(self, fetched: FetchedDocument) -> dict[str, Any]:
        """CIMD-5-b: raises ValueError for what is no key set."""
        document = json.loads(fetched.body) if fetched.status == 200 else None
        if not isinstance(document, dict):
            raise ValueError("no key set")
        return document

    def client_keys_cache_lifetime(self) -> int:
        """CIMD-5.2-a: seconds; short, so that a withdrawn key soon counts no more."""
        return self.config.client_id_metadata.default_cache
