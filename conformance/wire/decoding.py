"""Unpacks compressed bodies without letting them grow beyond the cap."""

import zlib

from conformance.wire.limits import TransportError


def decoded(body: bytes, encoding: str, most_bytes: int) -> bytes:
    """The body that Content-Encoding `encoding` packed; others are left alone. Raises TransportError."""
    if encoding.strip().lower() not in ("gzip", "deflate"):
        return body
    inflater = zlib.decompressobj(wbits=47)
    try:
        plain = inflater.decompress(body, most_bytes)
    except zlib.error:
        raise TransportError(f"the answer's body is not what Content-Encoding says ({encoding[:20]!r})") from None
    if inflater.unconsumed_tail:
        raise TransportError(f"the answer inflates to more than {most_bytes} bytes")
    if not inflater.eof:
        raise TransportError("the answer's compressed body ends too early")
    return plain
