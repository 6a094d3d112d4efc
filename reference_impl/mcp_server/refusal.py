"""How a request is turned away: one exception that carries all the answer will say."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any


@dataclass(eq=False)
class RefusalError(Exception):
    """A request that is not served.

    `status` is the HTTP status. `error` and `description` are the RFC 6750 code and text (no code when the request
    carried no credentials). `scope` is what a challenge asks for; None means the resource's usual scopes.
    `challenges` says whether WWW-Authenticate is sent. A refusal with `jsonrpc_code` is answered as a JSON-RPC error.
    """

    status: int
    description: str
    error: str | None = None
    scope: tuple[str, ...] | None = None
    challenges: bool = False
    headers: Mapping[str, str] = field(default_factory=dict)
    jsonrpc_code: int | None = None
    jsonrpc_data: Mapping[str, Any] | None = None

    def __str__(self) -> str:
        return f"{self.status} {self.error or ''} {self.description}"
