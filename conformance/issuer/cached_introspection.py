"""Whether a resource server goes on believing what introspection once said."""

import time
from dataclasses import replace
from math import ceil

from conformance.client.mcp import is_result
from conformance.client.resource_server import ResourceServer
from conformance.client.waiting import comes_true, wait_until
from conformance.issuer.opaque import OpaqueMint

_AT_LEAST_SECONDS = 1.0
_PAUSE_SECONDS = 1.0


def serves_past_expiry(server: ResourceServer, mint: OpaqueMint, skew_seconds: int) -> bool:
    """Whether a token that was good a moment ago is still served when it expired longer ago than the tolerated skew.

    Introspection calls the token inactive from its `exp` on. Asked once a process, the last answer shown as evidence.
    Raises Inconclusive when the token is never served.
    """
    own = replace(server, wire=server.context.wire())
    served, exchange = server.context.once(
        f"token {skew_seconds} s after its expiry",
        lambda: (_serves_past_expiry(own, mint, skew_seconds), own.wire.transcript.exchanges[-1]),
    )
    server.wire.transcript.include(exchange)
    return served


def _serves_past_expiry(server: ResourceServer, mint: OpaqueMint, skew_seconds: int) -> bool:
    expiry = ceil(time.time() + _AT_LEAST_SECONDS)
    token = mint.saying("", exp=expiry).token
    server.control(token=token)
    wait_until(time.monotonic() + expiry - time.time())
    request = server.with_token(token, change="sent with a token that has expired")
    return not comes_true(lambda: not is_result(server.send(request)), skew_seconds, _PAUSE_SECONDS)
