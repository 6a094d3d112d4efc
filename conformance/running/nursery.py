"""Workers for `-n N` that can begin at once: forked from a process that has imported every check before.

A worker of pytest-xdist is else a new Python that imports for a second or so, and the cores are few. xdist lets one say
which command starts a worker; ours asks the nursery for a fork, and hands it the pipes that xdist talks through.
"""

import ast
import gc
import inspect
import os
import random
import selectors
import shlex
import shutil
import signal
import socket
import sys
import tempfile
from contextlib import suppress
from pathlib import Path
from threading import Thread, active_count
from typing import Any, NoReturn

from execnet import gateway_base

from conformance.checks import discovered_checks

_DOOR = Path(__file__).with_name("worker_door.py")
_STREAMS = 2


def nursery_if_possible(ahead: Thread) -> "Nursery | None":
    """A nursery, made when the thread `ahead` is over. None where a fork isn't safe, or no socket is to be had.

    Workers then start in xdist's own way. A fork is safe while there is one thread only, and on Linux.
    """
    import xdist.remote  # type: ignore[import-untyped] # noqa: F401 - what every worker begins with

    try:
        discovered_checks()
    except Exception:  # noqa: BLE001 - whatever is wrong with a module of ours is told by the worker that collects it
        return None
    ahead.join()
    if sys.platform != "linux" or active_count() > 1:
        return None
    with suppress(OSError):
        folder = Path(tempfile.mkdtemp(prefix="conformance-workers-"))
        try:
            return Nursery(folder)
        except OSError:
            shutil.rmtree(folder, ignore_errors=True)
    return None


class Nursery:
    """A process that forks workers until `close`, with its door in a folder of its own that goes with it.

    Raises OSError while being made.
    """

    def __init__(self, folder: Path) -> None:
        path = folder / "door"
        self._command = shlex.join([sys.executable, "-I", "-S", str(_DOOR), str(path)])
        with socket.socket(socket.AF_UNIX) as listening:
            listening.bind(str(path))
            listening.listen()
            reader, self._open = os.pipe()
            self._process = os.fork()
            if self._process == 0:
                os.close(self._open)
                _nurse(listening, reader, folder)
        os.close(reader)

    def pytest_xdist_setupnodes(self, specs: list[Any]) -> None:
        """Let every local worker come from here."""
        for spec in specs:
            if spec.popen and not spec.python:
                spec.python = self._command

    def close(self) -> None:
        """No more workers; those that are at work end with their streams. Safe to call twice."""
        if self._process:
            os.close(self._open)
            os.waitpid(self._process, 0)
            self._process = 0


def _nurse(listening: socket.socket, is_open: int, folder: Path) -> NoReturn:
    """Fork a worker for everybody who asks, until the other end of `is_open` is closed; then the folder goes."""
    gc.freeze()  # else every worker would look through all of this for garbage, and copy it by looking
    for heard in (signal.SIGINT, signal.SIGTERM, signal.SIGCHLD):
        signal.signal(heard, signal.SIG_IGN)
    with selectors.DefaultSelector() as selector:
        selector.register(is_open, selectors.EVENT_READ)
        selector.register(listening, selectors.EVENT_READ)
        while not any(key.fd == is_open for key, _ in selector.select()):
            door, _ = listening.accept()
            if os.fork() == 0:
                listening.close()
                os.close(is_open)
                _work(door)
            door.close()
    shutil.rmtree(folder, ignore_errors=True)
    os._exit(0)


def _work(door: socket.socket) -> NoReturn:
    """Be the Python that xdist takes itself to have started; the door stays open meanwhile."""
    status = 1
    try:
        signal.signal(signal.SIGINT, signal.default_int_handler)
        for heard in (signal.SIGTERM, signal.SIGCHLD):
            signal.signal(heard, signal.SIG_DFL)
        random.seed()
        _, streams, _, _ = socket.recv_fds(door, 16, _STREAMS)
        for number, stream in enumerate(streams):
            os.dup2(stream, number)
            os.close(stream)
        # A worker's first line is execnet's own source, which needn't be compiled again, and what to do with it.
        told = ast.literal_eval(os.fdopen(0, closefd=False).readline())
        exec(told.removeprefix(inspect.getsource(gateway_base)), dict(vars(gateway_base)))  # noqa: S102 - so xdist works
        status = 0
    finally:
        os._exit(status)
