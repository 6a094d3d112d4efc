"""Whether a text gives something away once everybody's decodings are applied: percent, base64, base64url, hex, zlib."""

import zlib
from base64 import urlsafe_b64decode
from binascii import unhexlify
from collections.abc import Callable, Iterator
from contextlib import suppress
from urllib.parse import unquote_to_bytes

_DEEPEST = 4
_MOST_BYTES = 64 * 1024


def discloses(text: str, *secrets: bytes) -> bool:
    """Whether one of the secrets can be read in the text or in a decoded form of it or of its dotted parts."""
    return any(secret in form for form in _readable_forms(text.encode(), _DEEPEST) for secret in secrets)


def _readable_forms(value: bytes, depth: int) -> Iterator[bytes]:
    yield value
    if depth == 0 or len(value) > _MOST_BYTES:
        return
    for part in (value, *(value.split(b".") if b"." in value else ())):
        for decode in _DECODINGS:
            with suppress(ValueError, zlib.error):
                decoded = decode(part)
                if decoded and decoded != value:
                    yield from _readable_forms(decoded, depth - 1)


def _base64(value: bytes) -> bytes:
    # Both alphabets; binascii drops what is in neither, so garbage is told apart by length only.
    text = value.translate(bytes.maketrans(b"+/", b"-_")).rstrip(b"=")
    return urlsafe_b64decode(text + b"=" * (-len(text) % 4)) if len(text) >= 4 else b""


def _inflated(value: bytes) -> bytes:
    return zlib.decompressobj().decompress(value, _MOST_BYTES)


_DECODINGS: tuple[Callable[[bytes], bytes], ...] = (unquote_to_bytes, _base64, unhexlify, _inflated)
