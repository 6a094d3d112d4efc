"""Where a signal may break off a check: while the judge waits for something outside, and nowhere else.

A KeyboardInterrupt that comes out of the blue is lost when it meets a destructor, and hangs the process when it meets a
lock that somebody else needs. So while a check is exercised a signal is only noted, unless the judge is waiting.
"""

import threading
from types import TracebackType


class _Thread(threading.local):
    is_waiting = False


class _Signal:
    was_met = False


_THREAD = _Thread()
_SIGNAL = _Signal()


class waiting:  # noqa: N801 - used like a function
    """`with waiting():` around what may block. Raises KeyboardInterrupt when a signal comes then, or came before."""

    def __enter__(self) -> None:
        if _SIGNAL.was_met and threading.current_thread() is threading.main_thread():
            raise KeyboardInterrupt
        _THREAD.is_waiting = True

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        _THREAD.is_waiting = False


def note_signal() -> None:
    """A signal came (in the main thread). Raises KeyboardInterrupt when the judge is waiting."""
    _SIGNAL.was_met = True
    if _THREAD.is_waiting:
        raise KeyboardInterrupt


def heed_signal() -> None:
    """Raise KeyboardInterrupt if a signal was noted."""
    if _SIGNAL.was_met:
        raise KeyboardInterrupt


def forget_signal() -> None:
    """Begin anew."""
    _SIGNAL.was_met = _THREAD.is_waiting = False
