"""Which pages about itself a client may have shown to a person (RFC 7591 section 5)."""

from collections.abc import Sequence
from typing import Any
from urllib.parse import urlsplit

from reference_impl.authorization_server.rules.registration_errors import RegistrationErrorRules

LINK_MEMBERS = ("client_uri", "logo_uri", "tos_uri", "policy_uri")


class ClientLinkPolicyRules(RegistrationErrorRules):
    """Judgements of client_uri, logo_uri, tos_uri and policy_uri."""

    def check_client_links(self, metadata: dict[str, Any]) -> dict[str, Any]:
        """CIMD-8.6-b, RFC7591-5: links are web pages; a javascript: logo would run in the consent page."""
        for name in LINK_MEMBERS:
            if name in metadata and not self.is_web_page(metadata[name]):
                raise self.invalid_client_metadata(f"{name} must be an https or http URL")
        return metadata

    def is_web_page(self, uri: str) -> bool:
        """CIMD-8.6-b: http or https with a host and without user information."""
        try:
            parts = urlsplit(uri)
        except ValueError:
            return False
        return parts.scheme in {"http", "https"} and bool(parts.hostname) and "@" not in parts.netloc

    def keep_links_of_the_client(self, metadata: dict[str, Any], own_uris: Sequence[str]) -> dict[str, Any]:
        """RFC7591-5-b: drop links that share host and scheme with none of `own_uris`: they may be a stranger's."""
        origins = {self.scheme_and_host(uri) for uri in own_uris}
        return {
            name: value
            for name, value in metadata.items()
            if name not in LINK_MEMBERS or self.scheme_and_host(value) in origins
        }

    def scheme_and_host(self, uri: str) -> tuple[str, str | None]:
        """RFC7591-5-b: what a link must share with a redirect URI."""
        parts = urlsplit(uri)
        return parts.scheme, parts.hostname
