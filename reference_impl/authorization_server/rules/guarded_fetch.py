"""How far this server goes when it fetches what a client points to (client ID metadata documents, 5 and 8.6)."""

from collections.abc import Callable, Mapping
from email.utils import parsedate_to_datetime
from ipaddress import IPv4Address, IPv6Address, ip_network
from typing import Any

from reference_impl.authorization_server.client_id_metadata_fetch import (
    FetchedDocument,
    FetchLimits,
    IPAddress,
    fetch_document,
)
from reference_impl.authorization_server.rules.base import RulesBase

JudgeAddress = Callable[[IPAddress], bool]
_NAT64 = ip_network("64:ff9b::/96")


class GuardedFetchRules(RulesBase):
    """Addresses, limits and caching of outgoing requests."""

    async def guarded_fetch(self, url: str, is_allowed: JudgeAddress | None = None) -> FetchedDocument:
        """CIMD-5-c, CIMD-8.6-a, CIMD-8.7-a: one GET within every limit; raises RefusedFetch."""
        options = self.config.client_id_metadata
        judge = is_allowed or self.is_fetchable_address
        limits = FetchLimits(options.fetch_timeout, self.document_size_limit(), judge)
        return await fetch_document(url, limits, options.ca_pem)

    def document_size_limit(self) -> int:
        """CIMD-8.7-a: bytes that are read of a document at most."""
        return self.config.client_id_metadata.max_bytes

    def is_fetchable_address(self, address: IPAddress) -> bool:
        """CIMD-8.6-a, MCP-CIMD-A8: public addresses; loopback in development, when this server is there itself."""
        if address.is_loopback:
            return self.config.client_id_metadata.allow_loopback
        return not self.is_special_use(address)

    def is_special_use(self, address: IPAddress) -> bool:
        """CIMD-8.6-a: private, link-local, multicast, reserved and the like, also when embedded in IPv6."""
        if isinstance(address, IPv6Address):
            embedded = address.ipv4_mapped or address.sixtofour or (address.teredo or (None, None))[1]
            if embedded is None and address in _NAT64:
                embedded = IPv4Address(int(address) & 0xFFFFFFFF)
            if embedded is not None:
                return self.is_special_use(embedded)
        return not address.is_global or address.is_multicast or address.is_reserved or address.is_unspecified

    def remember_document(self, url: str, document: dict[str, Any], fetched: FetchedDocument) -> None:
        """MCP-CIMD-A3, CIMD-5.2-a: keep an accepted document for as long as its headers allow."""
        lifetime = self.document_cache_lifetime(fetched.headers)
        if lifetime > 0:
            self.store.metadata_documents.save(url, document, self.now() + lifetime)

    def document_cache_lifetime(self, headers: Mapping[str, str]) -> int:
        """MCP-CIMD-A3, CIMD-5.2-a: seconds, by Cache-Control, then Expires, within this server's bounds."""
        directives = dict(_directive(text) for text in headers.get("cache-control", "").split(","))
        if {"no-store", "no-cache"} & directives.keys():
            return 0
        if "max-age" in directives:
            lifetime = _seconds(directives["max-age"]) - _seconds(headers.get("age", "0"))
        elif "expires" in headers:
            lifetime = self.seconds_until(headers["expires"])
        else:
            lifetime = self.config.client_id_metadata.default_cache
        return min(max(lifetime, 0), self.config.client_id_metadata.max_cache)

    def seconds_until(self, http_date: str) -> int:
        """CIMD-5.2-a: seconds from now to the date of an Expires header; 0 if it is none (RFC 9111, 5.3)."""
        try:
            return int(parsedate_to_datetime(http_date).timestamp()) - self.now()
        except (ValueError, OverflowError):
            return 0


def _directive(text: str) -> tuple[str, str]:
    name, _, value = text.strip().partition("=")
    return name.lower(), value.strip('"')


def _seconds(text: str) -> int:
    return int(text) if text.isascii() and text.isdigit() and len(text) < 12 else 0
