"""Makes what is random fall the same way again, so that the same work done twice gives the same answer."""

import json
import os
import random
import secrets
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any
from unittest.mock import patch

from joserfc import jwt


class Dice:
    """While `thrown`, the random values of this thread come from one stream, which can be wound back."""

    def __init__(self) -> None:
        self._local = threading.local()
        self._signed: dict[str, str] = {}

    @contextmanager
    def installed(self) -> Iterator[None]:
        """Take the place of the system's randomness, and sign the same claims with the same key only once."""
        sign = jwt.encode

        def encode(header: dict[str, Any], claims: dict[str, Any], key: Any, *more: Any, **named: Any) -> str:
            what = json.dumps([header, claims, key.as_dict(private=True)], sort_keys=True, default=str)
            if what not in self._signed:
                self._signed[what] = sign(header, claims, key, *more, **named)
            return self._signed[what]

        with (
            patch.object(secrets, "token_bytes", self._token_bytes),
            patch.object(secrets, "randbelow", self._randbelow),
            patch.object(jwt, "encode", encode),
        ):
            yield

    @contextmanager
    def thrown(self) -> Iterator[Any]:
        """Within this, `wind_back(mark)` returns to where the stream was then. Yields the mark of now."""
        is_outermost = self._stream is None
        if is_outermost:
            self._local.stream = random.Random(os.urandom(16))
        try:
            assert self._stream is not None
            yield self._stream.getstate()
        finally:
            if is_outermost:
                self._local.stream = None

    def wind_back(self, mark: Any) -> None:
        """Let the stream go on from that mark."""
        assert self._stream is not None
        self._stream.setstate(mark)

    @property
    def _stream(self) -> random.Random | None:
        return getattr(self._local, "stream", None)

    def _token_bytes(self, nbytes: int | None = None) -> bytes:
        size = secrets.DEFAULT_ENTROPY if nbytes is None else nbytes
        return os.urandom(size) if self._stream is None else self._stream.randbytes(size)

    def _randbelow(self, exclusive_upper_bound: int) -> int:
        stream = self._stream or random.SystemRandom()
        return stream.randrange(exclusive_upper_bound)
