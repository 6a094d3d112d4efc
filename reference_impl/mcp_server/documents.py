"""Fetching JSON from an authorization server: deadline, size cap, no redirects, no proxy, TLS checked."""

import asyncio
import base64
import json
import ssl
from collections.abc import Mapping
from typing import Any
from urllib.parse import quote_plus

import httpx2

from reference_impl.mcp_server.config import McpServerConfig


class UnavailableError(Exception):
    """The authorization server gave no usable answer; the text names what was asked for, never a secret."""


class DocumentFetcher:
    """One keep-alive connection pool to the authorization servers, opened at the first use."""

    def __init__(self, config: McpServerConfig) -> None:
        self._config = config
        self._client: httpx2.AsyncClient | None = None

    def _open(self) -> httpx2.AsyncClient:
        if self._client is None:
            self._client = httpx2.AsyncClient(
                verify=_tls_context(self._config),
                timeout=self._config.fetch_timeout_seconds,
                follow_redirects=False,
                trust_env=False,
                headers={"accept": "application/json"},
            )
        return self._client

    async def get(self, url: str, headers: Mapping[str, str] | None = None) -> Mapping[str, Any]:
        """GET a JSON object. Raises UnavailableError for anything but 200 with one."""
        return await self._json_object(self._open().build_request("GET", url, headers=dict(headers or {})))

    async def post_form(
        self, url: str, form: Mapping[str, str], *, client_id: str, client_secret: str
    ) -> Mapping[str, Any]:
        """POST a form with client_secret_basic (RFC 6749 section 2.3.1), for a JSON object. Raises UnavailableError."""
        pair = f"{quote_plus(client_id)}:{quote_plus(client_secret)}".encode()
        headers = {"authorization": f"Basic {base64.b64encode(pair).decode('ascii')}"}
        return await self._json_object(self._open().build_request("POST", url, data=dict(form), headers=headers))

    async def _json_object(self, request: httpx2.Request) -> Mapping[str, Any]:
        where = f"{request.method} {request.url.copy_with(query=None)}"
        try:
            async with asyncio.timeout(self._config.fetch_timeout_seconds):
                value = json.loads(await self._body(request))
        except (httpx2.HTTPError, httpx2.InvalidURL, TimeoutError, ValueError, RecursionError) as problem:
            raise UnavailableError(f"{where}: {type(problem).__name__}") from None
        if not isinstance(value, dict):
            raise UnavailableError(f"{where}: not a JSON object")
        return value

    async def _body(self, request: httpx2.Request) -> bytes:
        response = await self._open().send(request, stream=True)
        try:
            if response.status_code != 200:
                raise ValueError(f"status {response.status_code}")
            body = bytearray()
            async for chunk in response.aiter_bytes():
                body += chunk
                if len(body) > self._config.max_document_bytes:
                    raise ValueError("document too large")
            return bytes(body)
        finally:
            await response.aclose()

    async def aclose(self) -> None:
        """Close the pool; harmless when nothing was ever fetched."""
        if self._client is not None:
            await self._client.aclose()
            self._client = None


def _tls_context(config: McpServerConfig) -> ssl.SSLContext:
    return ssl.create_default_context(cafile=config.ca_file, cadata=config.ca_pem)
