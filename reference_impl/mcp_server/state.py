"""What the server remembers between requests, all of it bounded: proofs seen, nonces, sessions, issuers' keys."""

import asyncio
import hmac
import secrets
import time
from collections import OrderedDict
from dataclasses import dataclass, field

from reference_impl.mcp_server.http_request import Principal
from reference_impl.mcp_server.jose import VerificationKey

MAX_REMEMBERED_PROOFS = 100_000
MAX_SESSIONS = 10_000


class ProofReplayStore:
    """The DPoP proofs seen while they could still be replayed (RFC 9449 section 11.1)."""

    def __init__(self) -> None:
        self._expiry_by_proof: OrderedDict[tuple[str, str], float] = OrderedDict()

    def remember(self, thumbprint: str, jti: str, seconds: float) -> bool:
        """Note a proof for so many seconds; False if it was seen already or the store is full."""
        now = time.monotonic()
        while self._expiry_by_proof and next(iter(self._expiry_by_proof.values())) <= now:
            self._expiry_by_proof.popitem(last=False)
        proof = (thumbprint, jti)
        if proof in self._expiry_by_proof or len(self._expiry_by_proof) >= MAX_REMEMBERED_PROOFS:
            return False
        self._expiry_by_proof[proof] = now + seconds
        return True


class NonceSource:
    """Server-chosen DPoP nonces (RFC 9449 section 9): one a period, none stored."""

    def __init__(self, period_seconds: int) -> None:
        self._key = secrets.token_bytes(32)
        self._period_seconds = period_seconds

    def _nonce(self, period: int) -> str:
        return hmac.digest(self._key, period.to_bytes(8), "sha256").hex()

    def _period(self) -> int:
        return int(time.monotonic() // self._period_seconds)

    def current(self) -> str:
        """The nonce to hand out now."""
        return self._nonce(self._period())

    def is_fresh(self, nonce: str) -> bool:
        """Whether the nonce is of this period or the one before."""
        period = self._period()
        return any(hmac.compare_digest(nonce.encode(), self._nonce(p).encode()) for p in (period, period - 1))


@dataclass(frozen=True, slots=True)
class Session:
    """An MCP session: the protocol library's own identifier and whose it is."""

    protocol_id: str
    owner: Principal


class SessionDirectory:
    """Sessions by the identifier that clients see; the oldest is forgotten when there are too many."""

    def __init__(self) -> None:
        self._sessions: OrderedDict[str, Session] = OrderedDict()

    def add(self, session_id: str, session: Session) -> None:
        """Remember a session that was just opened."""
        self._sessions[session_id] = session
        while len(self._sessions) > MAX_SESSIONS:
            self._sessions.popitem(last=False)

    def find(self, session_id: str) -> Session | None:
        """The session of that identifier, or None."""
        return self._sessions.get(session_id)

    def remove(self, session_id: str) -> None:
        """Forget a session that has ended."""
        self._sessions.pop(session_id, None)


@dataclass
class IssuerKeys:
    """The cached keys of one issuer; times are of the monotonic clock, in seconds."""

    keys: tuple[VerificationKey, ...] = ()
    fetched_at: float = float("-inf")
    failed_at: float = float("-inf")
    refetched_at: float = float("-inf")
    lock: asyncio.Lock = field(default_factory=asyncio.Lock)
