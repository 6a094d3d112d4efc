"""Whether a resource server goes on believing what introspection once said."""

import time
from dataclasses import dataclass, replace
from math import ceil

from conformance.client.mcp import is_result
from conformance.client.resource_server import ResourceServer
from conformance.client.waiting import begin_early, comes_true, wait_until
from conformance.issuer.opaque import OpaqueMint

_AT_LEAST_SECONDS = 1.0
_PAUSE_SECONDS = 1.0


@dataclass(frozen=True)
class _Ageing:
    token: str
    expiry: int  # seconds since the epoch


def age_token(server: ResourceServer, mint: OpaqueMint) -> None:
    """Have an opaque token served that expires soon, so that other checks run while it ages."""
    begin_early(lambda: _ageing(server, mint))


def serves_past_expiry(server: ResourceServer, mint: OpaqueMint, skew_seconds: int) -> bool:
    """Whether a token that was good a moment ago is still served when it expired longer ago than the tolerated skew.

    Introspection calls the token inactive from its `exp` on. Asked once a process, the last answer shown as evidence.
    Raises Inconclusive when the token is never served.
    """
    own, ageing = replace(server, wire=server.context.wire()), _ageing(server, mint)
    served, exchange = server.context.once(
        f"token {skew_seconds} s after its expiry",
        lambda: (_serves_past_expiry(own, ageing, skew_seconds), own.wire.transcript.exchanges[-1]),
    )
    server.wire.transcript.include(exchange)
    return served


def _ageing(server: ResourceServer, mint: OpaqueMint) -> _Ageing:
    def served() -> _Ageing:
        own, expiry = replace(server, wire=server.context.wire()), ceil(time.time() + _AT_LEAST_SECONDS)
        return _Ageing(own.control(token=mint.saying("", exp=expiry).token), expiry)

    return server.context.once("ageing opaque token", served)


def _serves_past_expiry(server: ResourceServer, ageing: _Ageing, skew_seconds: int) -> bool:
    wait_until(time.monotonic() + ageing.expiry - time.time())
    request = server.with_token(ageing.token, change="sent with a token that has expired")
    tolerated = ageing.expiry + skew_seconds - time.time()
    return not comes_true(lambda: not is_result(server.send(request)), tolerated, _PAUSE_SECONDS)
