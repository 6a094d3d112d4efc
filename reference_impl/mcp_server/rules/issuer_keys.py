"""Finding an issuer's keys: metadata, then JWK Set, cached, refetched with restraint."""

import time
from collections.abc import Mapping
from typing import Any
from urllib.parse import urlsplit

from reference_impl.mcp_server.documents import DocumentFetcher, UnavailableError
from reference_impl.mcp_server.jose import MalformedError, VerificationKey, import_public_key
from reference_impl.mcp_server.rules.challenge import ChallengeRules
from reference_impl.mcp_server.state import IssuerKeys


class IssuerKeysRules(ChallengeRules):
    """RFC9068-4-k: keys come from the issuer's own metadata, over TLS, and from nowhere else."""

    fetcher: DocumentFetcher
    issuer_keys: dict[str, IssuerKeys]

    async def keys_of(self, issuer: str) -> tuple[VerificationKey, ...]:
        """The issuer's keys, fetched when there are none yet or they have aged. Raises RefusalError (503)."""
        cached = self.issuer_keys.setdefault(issuer, IssuerKeys())
        if self.keys_are_current(cached):
            return cached.keys
        async with cached.lock:
            if not self.keys_are_current(cached):
                await self.fetch_keys(issuer, cached)
        return cached.keys

    async def refetched_keys_of(self, issuer: str) -> tuple[VerificationKey, ...]:
        """The issuer's keys after a look at whether there are new ones. Raises RefusalError (503)."""
        cached = self.issuer_keys.setdefault(issuer, IssuerKeys())
        async with cached.lock:
            if self.may_refetch_keys(cached):
                cached.refetched_at = time.monotonic()
                await self.fetch_keys(issuer, cached)
        return cached.keys

    def keys_are_current(self, cached: IssuerKeys) -> bool:
        """The cache has a largest age, so that withdrawn keys stop being good."""
        return time.monotonic() - cached.fetched_at < self.config.jwks_max_age_seconds

    def may_refetch_keys(self, cached: IssuerKeys) -> bool:
        """At most one forced refetch per floor interval, however many unknown key ids are sent."""
        return time.monotonic() - cached.refetched_at >= self.config.jwks_refetch_floor_seconds

    def may_retry_fetch(self, cached: IssuerKeys) -> bool:
        """After a failure, a second of rest, so that requests do not queue up behind a dead server."""
        return time.monotonic() - cached.failed_at >= 1.0

    async def fetch_keys(self, issuer: str, cached: IssuerKeys) -> None:
        """Replace the cached keys by those now published. Raises RefusalError (503)."""
        if not self.may_retry_fetch(cached):
            raise self.authorization_server_unavailable()
        try:
            metadata = await self.issuer_metadata(issuer)
            document = await self.fetcher.get(self.jwks_uri(metadata))
        except UnavailableError:
            cached.failed_at = time.monotonic()
            raise self.authorization_server_unavailable() from None
        cached.keys = self.usable_keys(document)
        cached.fetched_at = time.monotonic()

    async def issuer_metadata(self, issuer: str) -> Mapping[str, Any]:
        """The first well-known document that answers and is the issuer's own. Raises UnavailableError."""
        for url in self.issuer_metadata_urls(issuer):
            try:
                metadata = await self.fetcher.get(url)
                self.check_metadata_issuer(metadata, issuer)
            except UnavailableError:
                continue
            return metadata
        raise UnavailableError("no authorization server metadata")

    async def metadata_at_own_root(self) -> Mapping[str, Any] | None:
        """MCP-ASM-11: clients of MCP 2025-03-26 look for the authorization server at this host only; None: none there.

        The document is the first issuer's own, so its issuer and endpoints stay those of that server.
        """
        try:
            return await self.issuer_metadata(self.config.issuers[0])
        except UnavailableError:
            return None

    def issuer_metadata_urls(self, issuer: str) -> tuple[str, ...]:
        """RFC 8414 section 3 by path insertion, then OpenID Connect Discovery by insertion and by appending."""
        parts = urlsplit(issuer)
        origin, path = f"{parts.scheme}://{parts.netloc}", parts.path.rstrip("/")
        return (
            f"{origin}/.well-known/oauth-authorization-server{path}",
            f"{origin}/.well-known/openid-configuration{path}",
            f"{origin}{path}/.well-known/openid-configuration",
        )

    def check_metadata_issuer(self, metadata: Mapping[str, Any], issuer: str) -> None:
        """RFC8725-3.8-a: metadata that names another issuer (RFC 8414 section 3.3) is not used."""
        if metadata.get("issuer") != issuer:
            raise UnavailableError("the metadata names another issuer")

    def jwks_uri(self, metadata: Mapping[str, Any]) -> str:
        """The JWK Set's address, with the same protection as the issuer itself."""
        uri = metadata.get("jwks_uri")
        if not isinstance(uri, str) or urlsplit(uri).scheme != urlsplit(str(metadata.get("issuer"))).scheme:
            raise UnavailableError("the metadata has no usable jwks_uri")
        return uri

    def usable_keys(self, document: Mapping[str, Any]) -> tuple[VerificationKey, ...]:
        """The public keys that can be read; keys of types not known here are skipped (RFC 7517 section 5)."""
        listed = document.get("keys")
        keys = []
        for jwk in listed if isinstance(listed, list) else []:
            try:
                keys.append(import_public_key(jwk if isinstance(jwk, dict) else {}))
            except MalformedError:
                continue
        return tuple(keys)
