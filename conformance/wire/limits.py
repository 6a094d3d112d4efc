"""What one exchange may cost, what it gives, and the error when it gives nothing."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Limits:
    """How much one exchange may cost: seconds for the whole of it, bytes for the body of the answer."""

    deadline_seconds: float = 10.0
    max_body_bytes: int = 1_048_576


class TransportError(Exception):
    """No usable answer came; the message says why in a few words and holds nothing of the request."""


@dataclass(frozen=True, slots=True)
class RawResponse:
    """An answer before it becomes evidence."""

    status: int
    headers: tuple[tuple[str, str], ...]
    body: bytes
