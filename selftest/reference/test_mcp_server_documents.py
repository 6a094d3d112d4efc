"""The bundled MCP server: what it takes from an authorization server over real TLS, and what it refuses."""

import asyncio
import ssl
from collections.abc import Awaitable, Callable

import pytest
import trustme

from reference_impl.mcp_server.config import McpServerConfig
from reference_impl.mcp_server.documents import DocumentFetcher, UnavailableError

AUTHORITY = trustme.CA(key_type=trustme.KeyType.ECDSA)
OTHER_AUTHORITY = trustme.CA(key_type=trustme.KeyType.ECDSA)
CERTIFICATE = AUTHORITY.issue_cert("127.0.0.1", key_type=trustme.KeyType.ECDSA)


def http(status: str, body: bytes, headers: str = "") -> bytes:
    return f"HTTP/1.1 {status}\r\ncontent-length: {len(body)}\r\n{headers}\r\n".encode() + body


ANSWERS = {
    "/good": http("200 OK", b'{"issuer":"x"}'),
    "/list": http("200 OK", b"[1]"),
    "/garbage": http("200 OK", b"<html>"),
    "/missing": http("404 Not Found", b"{}"),
    "/redirect": http("302 Found", b"", "location: /good\r\n"),
    "/large": http("200 OK", b'{"a":"' + b"x" * 300_000 + b'"}'),
    "/deep": http("200 OK", b'{"a":' + b"[" * 100_000),
}


async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    """One answer a connection, by path; `/slow` never answers."""
    path = (await reader.readuntil(b"\r\n\r\n")).split(b" ")[1].decode()
    if path == "/slow":
        await reader.read()
    else:
        writer.write(ANSWERS[path])
        await writer.drain()
    writer.close()


def fetched(ask: Callable[[DocumentFetcher, str], Awaitable[object]], authority: trustme.CA = AUTHORITY) -> object:
    """What a fetcher that trusts `authority` gets from a server of AUTHORITY."""

    async def run() -> object:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        CERTIFICATE.configure_cert(context)
        server = await asyncio.start_server(answer, "127.0.0.1", 0, ssl=context)
        origin = f"https://127.0.0.1:{server.sockets[0].getsockname()[1]}"
        config = McpServerConfig(
            resource="https://rs.example/mcp",
            issuers=(origin,),
            ca_pem=authority.cert_pem.bytes().decode(),
            fetch_timeout_seconds=0.3,
        )
        fetcher = DocumentFetcher(config)
        try:
            return await ask(fetcher, origin)
        finally:
            await fetcher.aclose()
            server.close()

    return asyncio.run(run())


def test_a_json_object_is_fetched() -> None:
    assert fetched(lambda fetcher, origin: fetcher.get(f"{origin}/good")) == {"issuer": "x"}


@pytest.mark.parametrize("path", [*sorted(set(ANSWERS) - {"/good"}), "/slow"])
def test_anything_else_is_unavailable_and_within_the_deadline(path: str) -> None:
    with pytest.raises(UnavailableError, match=path):
        fetched(lambda fetcher, origin: fetcher.get(f"{origin}{path}"))


def test_a_server_of_another_authority_is_not_believed() -> None:
    with pytest.raises(UnavailableError):
        fetched(lambda fetcher, origin: fetcher.get(f"{origin}/good"), OTHER_AUTHORITY)


def test_a_failed_introspection_never_names_token_or_secret() -> None:
    def ask(fetcher: DocumentFetcher, origin: str) -> Awaitable[object]:
        return fetcher.post_form(f"{origin}/missing", {"token": "tok-en"}, client_id="rs", client_secret="se-cret")

    with pytest.raises(UnavailableError) as caught:
        fetched(ask)
    assert "tok-en" not in str(caught.value)
    assert "se-cret" not in str(caught.value)
