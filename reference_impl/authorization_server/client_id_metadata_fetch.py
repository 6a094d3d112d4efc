"""One guarded GET of a document that a stranger's client_id names (client ID metadata documents, 5 and 8.6).

The name is resolved first, every address is judged, and the connection goes to a judged address, so that a second
answer of the name server cannot lead elsewhere. Nothing is followed, nothing is decompressed, everything has a limit.
"""

import asyncio
import socket
import ssl
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import lru_cache
from ipaddress import IPv4Address, IPv6Address, ip_address
from urllib.parse import urlsplit

# The HTTP library would import it in the middle of the first fetch. In a thread beside pytest, which rewrites anyio on
# import, CPython 3.11 then sometimes fails (SystemError: AST constructor recursion depth mismatch).
import anyio._backends._asyncio  # noqa: F401
import httpx2

IPAddress = IPv4Address | IPv6Address


class RefusedFetch(Exception):  # noqa: N818 - a decision, mostly no error of ours
    """Why there is no document; the text names no address."""


@dataclass(frozen=True, slots=True)
class FetchLimits:
    """Bounds of one fetch: `seconds` from name resolution to last byte, `max_bytes` of body, allowed addresses."""

    seconds: float
    max_bytes: int
    is_allowed: Callable[[IPAddress], bool]


@dataclass(frozen=True, slots=True)
class FetchedDocument:
    """What came back: status code, headers with lower-case names, body of at most `max_bytes`."""

    status: int
    headers: Mapping[str, str]
    body: bytes


async def fetch_document(url: str, limits: FetchLimits, ca_pem: str | None) -> FetchedDocument:
    """GET `url` (https). `ca_pem` is trusted in addition to the system's store. Raises RefusedFetch."""
    try:
        async with asyncio.timeout(limits.seconds):
            address = await _allowed_address(url, limits)
            return await _get(url, address, limits, trusting(ca_pem))
    except TimeoutError:
        raise RefusedFetch("the host did not answer in time") from None
    except (httpx2.HTTPError, httpx2.InvalidURL, OSError, UnicodeError):
        raise RefusedFetch("the host could not be reached over https") from None


async def _allowed_address(url: str, limits: FetchLimits) -> IPAddress:
    parts = urlsplit(url)
    addresses = await _resolve(parts.hostname or "", parts.port or 443)
    if not addresses or not all(limits.is_allowed(address) for address in addresses):
        raise RefusedFetch("the host is not at a public address")
    return addresses[0]


async def _resolve(host: str, port: int) -> list[IPAddress]:
    try:
        return [ip_address(host)]
    except ValueError:
        found = await asyncio.get_running_loop().getaddrinfo(host, port, type=socket.SOCK_STREAM)
    return [ip_address(str(sockaddr[0]).partition("%")[0]) for *_, sockaddr in found]


async def _get(url: str, address: IPAddress, limits: FetchLimits, context: ssl.SSLContext) -> FetchedDocument:
    pinned = httpx2.URL(url).copy_with(host=str(address))
    host = urlsplit(url).hostname or ""
    headers = {"Host": urlsplit(url).netloc, "Accept": "application/json", "Accept-Encoding": "identity"}
    async with (
        httpx2.AsyncClient(verify=context, trust_env=False, follow_redirects=False, timeout=limits.seconds) as client,
        client.stream("GET", pinned, headers=headers, extensions={"sni_hostname": host}) as response,
    ):
        body = await _bounded_body(response, limits.max_bytes)
        return FetchedDocument(response.status_code, dict(response.headers), body)


async def _bounded_body(response: httpx2.Response, max_bytes: int) -> bytes:
    if response.headers.get("content-encoding", "identity") != "identity":
        raise RefusedFetch("the document is compressed although that was not offered")
    body = bytearray()
    async for chunk in response.aiter_raw():
        body += chunk
        if len(body) > max_bytes:
            raise RefusedFetch(f"the document exceeds {max_bytes} bytes")
    return bytes(body)


@lru_cache(maxsize=8)
def trusting(ca_pem: str | None) -> ssl.SSLContext:
    """The system's trust, and `ca_pem` in addition."""
    context = ssl.create_default_context()
    if ca_pem:
        context.load_verify_locations(cadata=ca_pem)
    return context
