"""A bundled MCP server in this process: an issuer without a network, tokens and proofs minted here, calls of `/mcp`."""

import base64
import hashlib
import json
import time
import uuid
from collections.abc import Mapping
from typing import Any, Self

from joserfc import jwt
from joserfc.jwk import ECKey, RSAKey
from starlette.testclient import TestClient

from reference_impl.mcp_server.app import create_app
from reference_impl.mcp_server.config import McpServerConfig
from reference_impl.mcp_server.documents import UnavailableError
from reference_impl.mcp_server.rules import McpServerRules

ISSUER = "https://as.example"
RESOURCE = "https://rs.example/mcp"
ECHO_RESOURCE = "https://rs.example/echo"
METADATA_URL = "https://rs.example/.well-known/oauth-protected-resource/mcp"
SIGNING_KEY = ECKey.generate_key("P-256", {"kid": "k1", "alg": "ES256", "use": "sig"})
RSA_KEY = RSAKey.generate_key(2048, {"kid": "r1", "alg": "RS256", "use": "sig"})
FOREIGN_KEY = ECKey.generate_key("P-256", {"kid": "k1"})
DPOP_KEY = ECKey.generate_key("P-256")


class CannedIssuer:
    """Stands in for the network: the documents of one issuer, and how often each was asked for."""

    def __init__(self) -> None:
        self.keys = [SIGNING_KEY, RSA_KEY]
        self.requests: list[str] = []
        self.introspection: dict[str, Any] | None = None
        self.is_dead = False

    async def get(self, url: str) -> Mapping[str, Any]:
        self.requests.append(url)
        if self.is_dead:
            raise UnavailableError(url)
        if url == f"{ISSUER}/.well-known/oauth-authorization-server":
            return {"issuer": ISSUER, "jwks_uri": f"{ISSUER}/jwks"}
        if url == f"{ISSUER}/jwks":
            return {"keys": [key.as_dict(private=False) for key in self.keys]}
        raise UnavailableError(url)

    async def post_form(self, url: str, form: Mapping[str, str], **_credentials: str) -> Mapping[str, Any]:
        self.requests.append(url)
        if self.introspection is None:
            raise UnavailableError(url)
        return self.introspection

    async def aclose(self) -> None:
        return None


class Server:
    """One running server, with an issuer of its own."""

    def __init__(self, rules: type[McpServerRules] = McpServerRules, **options: Any) -> None:
        self.issuer = issuer = CannedIssuer()

        class WithCannedIssuer(rules):  # type: ignore[misc,valid-type]
            def __init__(self, config: McpServerConfig) -> None:
                super().__init__(config)
                self.fetcher = issuer

        config = McpServerConfig(resource=RESOURCE, issuers=(ISSUER,), **options)
        self.client = TestClient(create_app(config, WithCannedIssuer), base_url="https://rs.example")

    def __enter__(self) -> Self:
        self.client.__enter__()
        return self

    def __exit__(self, *_: object) -> None:
        self.client.__exit__(None, None, None)

    def call(self, token: str | None, tool: str = "echo", arguments: Any = None, **changes: Any) -> Any:
        """A stateless-era tools/call; `changes` are headers to set, or to leave out when None."""
        params = {
            "name": tool,
            "arguments": {"text": "round-trip"} if arguments is None else arguments,
            "_meta": {
                "io.modelcontextprotocol/protocolVersion": "2026-07-28",
                "io.modelcontextprotocol/clientCapabilities": {},
            },
        }
        return self.post({"jsonrpc": "2.0", "id": 1, "method": "tools/call", "params": params}, token, **changes)

    def post(self, message: Any, token: str | None, **changes: Any) -> Any:
        headers: dict[str, str | None] = {
            "authorization": None if token is None else f"Bearer {token}",
            "accept": "application/json, text/event-stream",
            "mcp-protocol-version": "2026-07-28",
            "mcp-method": message.get("method") if isinstance(message, dict) else None,
            "mcp-name": message["params"].get("name") if isinstance(message, dict) and "params" in message else None,
        }
        headers |= {name.replace("_", "-"): value for name, value in changes.items()}
        present = {name: value for name, value in headers.items() if value is not None}
        return self.client.post("/mcp", json=message, headers=present)


def claims(**changes: Any) -> dict[str, Any]:
    """The claims of a good token; None leaves a claim out."""
    now = int(time.time())
    good = {
        "iss": ISSUER,
        "aud": RESOURCE,
        "sub": "user-1",
        "client_id": "client-1",
        "iat": now,
        "exp": now + 3600,
        "jti": uuid.uuid4().hex,
        "scope": "mcp:echo mcp:add",
    }
    return {name: value for name, value in (good | changes).items() if value is not None}


def mint(key: Any = SIGNING_KEY, header: Mapping[str, Any] | None = None, **changes: Any) -> str:
    """A token that is good except for the changes."""
    full = {"alg": "ES256", "typ": "at+jwt", "kid": "k1"} | dict(header or {})
    full = {name: value for name, value in full.items() if value is not None}
    return jwt.encode(full, claims(**changes), key, algorithms=[full["alg"]])


def unsigned(header: Mapping[str, Any], signature: str = "") -> str:
    """A token with any header at all."""
    parts = (json.dumps(part).encode() for part in (header, claims()))
    return ".".join([*(base64.urlsafe_b64encode(part).rstrip(b"=").decode() for part in parts), signature])


def proof(token: str, *, key: Any = DPOP_KEY, header: Mapping[str, Any] | None = None, **changes: Any) -> str:
    """A DPoP proof for a call of /mcp that is good except for the changes."""
    good = {
        "jti": uuid.uuid4().hex,
        "htm": "POST",
        "htu": RESOURCE,
        "iat": int(time.time()),
        "ath": base64.urlsafe_b64encode(hashlib.sha256(token.encode()).digest()).rstrip(b"=").decode(),
    }
    full = {"alg": "ES256", "typ": "dpop+jwt", "jwk": key.as_dict(private=False)} | dict(header or {})
    full = {name: value for name, value in full.items() if value is not None}
    return jwt.encode(full, {n: v for n, v in (good | changes).items() if v is not None}, key, algorithms=["ES256"])


def bound(**changes: Any) -> str:
    return mint(cnf={"jkt": DPOP_KEY.thumbprint()}, **changes)
