"""The reference in a process of its own, of which fresh copies are had by a word (see twins)."""

import contextlib
import socket
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

_STARTUP_SECONDS = 30


class Twins:
    """The reference in a process of its own, in as many copies of one state as are asked for."""

    def __init__(self, folder: Path) -> None:
        self.target = folder / "target.yaml"
        trust = f"http://127.0.0.1:{_free_port()}"  # so that expired tokens are minted, not waited for
        command = [
            sys.executable,
            "-m",
            "benchmarks.twins",
            "--trust-issuer",
            trust,
            "--write-target",
            str(self.target),
        ]
        self._process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        self._heard("ready")

    @property
    def ca_file(self) -> Path:
        """The certificates to trust (PEM)."""
        return self.target.with_suffix(".ca.pem")

    @contextlib.contextmanager
    def one(self, seconds_away: float = 0.0) -> Iterator[None]:
        """Within this a fresh copy answers, as if it were that far away (there and back)."""
        self._say(f"serve {seconds_away / 2}")
        try:
            yield
        finally:
            self._say("stop")

    def close(self) -> None:
        """Stop everything."""
        self._process.communicate(timeout=_STARTUP_SECONDS)

    def _say(self, word: str) -> None:
        assert self._process.stdin is not None
        print(word, file=self._process.stdin, flush=True)
        self._heard("done")

    def _heard(self, word: str) -> None:
        assert self._process.stdout is not None
        if self._process.stdout.readline().strip() != word:
            raise SystemExit("the reference did not start")


def _free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as listening:
        return int(listening.getsockname()[1])
