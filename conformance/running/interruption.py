"""Ctrl-C and SIGTERM end a run alike: what was judged is written, what was started is stopped."""

import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType
from typing import Any

from conformance.wire import breaking_off

_SIGNALS = (signal.SIGINT, signal.SIGTERM)


class Interruption:
    """Turns both signals into KeyboardInterrupt between `arm` and `disarm`, in the main thread only.

    Within `held` that is raised at the end, or where the judge waits for something; a second Ctrl-C does not wait.
    """

    def __init__(self) -> None:
        self._previous: dict[signal.Signals, Any] = {}
        self._is_held = False
        self._was_met = False

    def arm(self) -> None:
        """From now on they interrupt; a signal that is ignored stays ignored. Safe to call twice."""
        if self._previous or threading.current_thread() is not threading.main_thread():
            return
        breaking_off.forget_signal()
        for number in _SIGNALS:
            if signal.getsignal(number) is not signal.SIG_IGN or number is signal.SIGTERM:
                self._previous[number] = signal.signal(number, self._interrupt)

    def disarm(self) -> None:
        """What the signals did before. Safe to call twice."""
        if threading.current_thread() is threading.main_thread():
            while self._previous:
                signal.signal(*self._previous.popitem())

    @contextmanager
    def held(self) -> Iterator[None]:
        """While a check is exercised. Raises KeyboardInterrupt."""
        self._is_held = True
        try:
            yield
        finally:
            self._is_held = False
        breaking_off.heed_signal()

    def _interrupt(self, number: int, _: FrameType | None) -> None:
        if number == signal.SIGTERM:
            signal.signal(number, signal.SIG_IGN)  # a second one must not break off the clearing up
        is_first, self._was_met = not self._was_met, True
        if self._is_held and is_first:
            breaking_off.note_signal()
        else:
            raise KeyboardInterrupt
