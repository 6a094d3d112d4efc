"""Departures in using the keys that clients publish at a jwks_uri."""

import asyncio
from collections.abc import Mapping
from typing import Any
from urllib.parse import urlsplit

from joserfc.jwk import KeySet

from reference_impl.authorization_server.client_id_metadata_fetch import FetchedDocument, IPAddress
from reference_impl.authorization_server.config import Client
from reference_impl.authorization_server.errors import OAuthError
from reference_impl.authorization_server.rules import Rules
from reference_impl.mutants.registry import mutant


@mutant(kills={"RFC7591-2-e"}, story="A key set has to come as application/jwk-set+json; nothing else is read.")
class KeySetsNeedTheirMediaType(Rules):
    def parse_fetched_keys(self, fetched: FetchedDocument) -> dict[str, Any]:
        if fetched.headers.get("content-type") != "application/jwk-set+json":
            raise ValueError("no key set")
        return super().parse_fetched_keys(fetched)


@mutant(kills={"RFC7523-3-a"}, story="An assertion that names one of the published keys needs no further look.")
class PublishedKidIsEnough(Rules):
    def check_assertion_signature(self, assertion: str, client: Client, keys: KeySet) -> None:
        if client.jwks_uri is None or not self.knows_key_of(assertion, keys):
            super().check_assertion_signature(assertion, client, keys)


@mutant(kills={"RFC7591-2-c"}, story="Clients with a jwks_uri are told of a key set of their own as well, still empty.")
class EveryClientHasKeys(Rules):
    def registered_metadata(self, client: Client) -> Mapping[str, Any]:
        members = super().registered_metadata(client)
        return {"jwks": {"keys": []}, **members} if client.jwks_uri else members


@mutant(kills={"OIDCC-10.1.1-c"}, story="Keys of a client are kept for an hour, whatever key an assertion names.")
class KeysOfClientsAreNotFetchedAgain(Rules):
    def may_look_again(self, name: str) -> bool:
        return False


@mutant(kills={"OIDCC-10.1.1-d"}, story="Fetched keys of a client are added to those that are known.")
class WithdrawnKeysOfClientsAreKept(Rules):
    def renewed_client_keys(self, cached: dict[str, Any] | None, fetched: dict[str, Any]) -> dict[str, Any]:
        return {"keys": [*fetched["keys"], *(cached or {"keys": []})["keys"]]}


@mutant(
    kills={"CIMD-8.6-c"},
    story="Only the document's own address is looked at; what it points to is fetched from anywhere.",
)
class KeysAreFetchedFromAnyAddress(Rules):
    def is_fetchable_key_address(self, address: IPAddress) -> bool:
        return True


@mutant(kills={"CIMD-8.6-c"}, story="Where keys can't be fetched, a connection is to tell whether anybody is there.")
class KeyHostsAreKnockedAt(Rules):
    async def fetch_client_keys(self, jwks_uri: str) -> dict[str, Any]:
        try:
            return await super().fetch_client_keys(jwks_uri)
        except OAuthError:
            parts = urlsplit(jwks_uri)
            _, writer = await asyncio.open_connection(parts.hostname, parts.port)
            writer.close()
            raise
