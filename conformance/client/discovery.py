"""Where metadata documents are (RFC 8414, 3; RFC 9728, 3; OpenID Connect Discovery, 4) and what was found there."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlunsplit

from conformance.vocabulary import Exchange
from conformance.wire import Response
from conformance.wire.addresses import split_url

AUTHORIZATION_SERVER_SUFFIX = "oauth-authorization-server"
OPENID_SUFFIX = "openid-configuration"
PROTECTED_RESOURCE_SUFFIX = "oauth-protected-resource"


def well_known(identifier: str, suffix: str) -> str:
    """The URL with the well-known string inserted between host and path (RFC 8414, 3.1; RFC 9728, 3.1)."""
    parts = split_url(identifier)
    path = "" if parts.path == "/" else parts.path
    return urlunsplit((parts.scheme, parts.netloc, f"/.well-known/{suffix}{path}", parts.query, ""))


def appended_openid(issuer: str) -> str:
    """The URL with the well-known string appended to the path (OpenID Connect Discovery, 4.1)."""
    return f"{issuer.rstrip('/')}/.well-known/{OPENID_SUFFIX}"


def metadata_candidates(issuer: str) -> tuple[str, ...]:
    """Every place an MCP client looks for AS metadata, in the order of MCP 2025-11-25 and later."""
    bare = issuer.removesuffix("/")  # RFC 8414, 3.1: a terminating slash goes before the insertion
    forms = (
        well_known(bare, AUTHORIZATION_SERVER_SUFFIX),
        well_known(bare, OPENID_SUFFIX),
        appended_openid(issuer),
    )
    return tuple(dict.fromkeys(forms))


def protected_resource_candidates(resource: str) -> tuple[str, ...]:
    """The well-known places of protected resource metadata: path-inserted first, then the root of the host."""
    parts = split_url(resource)
    root = urlunsplit((parts.scheme, parts.netloc, f"/.well-known/{PROTECTED_RESOURCE_SUFFIX}", "", ""))
    return tuple(dict.fromkeys((well_known(resource, PROTECTED_RESOURCE_SUFFIX), root)))


@dataclass(frozen=True)
class Document:
    """A document as it was fetched: where, the answer, and the exchange that is its evidence."""

    url: str
    response: Response
    exchange: Exchange

    @property
    def members(self) -> Mapping[str, Any] | None:
        """The members of the JSON object if the answer is a 200 with one, else None."""
        return self.response.json_object() if self.response.status == 200 else None
