"""SIGTERM ends a run as Ctrl-C does: what was judged is written, what was started is stopped."""

import signal
import threading
from types import FrameType
from typing import Any


class Interruption:
    """Turns SIGTERM into KeyboardInterrupt between `arm` and `disarm`, in the main thread only."""

    def __init__(self) -> None:
        self._previous: Any = None

    def arm(self) -> None:
        """From now on SIGTERM interrupts. Safe to call twice."""
        if self._previous is None and threading.current_thread() is threading.main_thread():
            self._previous = signal.signal(signal.SIGTERM, _interrupt)

    def disarm(self) -> None:
        """What SIGTERM did before. Safe to call twice."""
        if self._previous is not None and threading.current_thread() is threading.main_thread():
            signal.signal(signal.SIGTERM, self._previous)
            self._previous = None


def _interrupt(signum: int, frame: FrameType | None) -> None:
    del frame
    signal.signal(signum, signal.SIG_IGN)  # a second one must not break off the clearing up
    raise KeyboardInterrupt
