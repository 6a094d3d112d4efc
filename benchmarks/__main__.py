"""`python -m benchmarks`: how much the judging costs beyond the requests that it sends.

The reference runs in a process of its own, so that what is measured is the judge. Every figure comes from this one
run on this one machine; the ratios are what to compare. The replay is the cheaper half for the server: every code
in it has been used up, so that nothing is issued. How long the judge waited for its own answers is told, too.
"""

import contextlib
import io
import json
import os
import resource
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import Any
from unittest.mock import patch

import httpx2

from conformance.cli import main
from conformance.client.document_host import DocumentHost
from conformance.issuer.server import RunningIssuer
from conformance.wire import HttpRequest
from conformance.wire.limits import RawResponse
from conformance.wire.transport import Transport

PROFILE = "mcp-2026-07-28"
_STARTUP_SECONDS = 30
_TURNS = 5


@contextlib.contextmanager
def served(folder: Path) -> Iterator[Path]:
    """The reference in a process of its own; yields its target file."""
    target = folder / "target.yaml"
    trust = f"http://127.0.0.1:{_free_port()}"  # so that expired tokens are minted, not waited for
    serve = ("serve", "--trust-issuer", trust, "--write-target", str(target))
    command = [sys.executable, "-m", "conformance.cli", *serve]
    begin = time.monotonic()
    process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
    try:
        assert process.stdout is not None
        for line in process.stdout:
            if line.startswith("Ctrl-C"):
                break
        print(f"reference up, imports included        {time.monotonic() - begin:8.2f} s")
        yield target
    finally:
        process.send_signal(signal.SIGINT)
        process.wait(timeout=_STARTUP_SECONDS)


def _free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as listening:
        return int(listening.getsockname()[1])


def run(target: Path, out: Path, *more: str) -> tuple[float, dict[str, float]]:
    """One quiet run; wall seconds of the whole command and figures from its results.json (judging: of all checks)."""
    begin = time.perf_counter()
    with contextlib.redirect_stdout(io.StringIO()):
        main(["run", str(target), f"--profile={PROFILE}", f"--out={out}", *more])
    wall = time.perf_counter() - begin
    results = json.loads((out / "results.json").read_text(encoding="utf-8"))
    exercises = {r["check"]: r["duration_seconds"] for r in results["results"]}  # one may serve several requirements
    return wall, {"checks": len(exercises), "verdicts": len(results["results"]), "judging": sum(exercises.values())}


def run_by_itself(target: Path, out: Path) -> tuple[float, float]:
    """One run as a command of its own; its wall seconds, Python and imports included, and its peak memory in MiB."""
    command = [sys.executable, "-m", "conformance.cli", "run", str(target), f"--profile={PROFILE}", f"--out={out}"]
    begin = time.perf_counter()
    subprocess.run(command, stdout=subprocess.DEVNULL, check=True)
    wall = time.perf_counter() - begin
    return wall, resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss / 1024  # the first child that has ended


@contextlib.contextmanager
def hosts_kept() -> Iterator[None]:
    """Within this what the judge serves (client documents, issuer's keys) stays up after its run.

    Else the server's own fetches would fail at once while requests are replayed, and it would have less to do.
    """
    stops: list[Callable[[], None]] = []

    def later(stop: Callable[[Any], None]) -> Callable[[Any], None]:
        return lambda host: stops.append(partial(stop, host))

    with (
        patch.object(DocumentHost, "stop", later(DocumentHost.stop)),
        patch.object(RunningIssuer, "stop", later(RunningIssuer.stop)),
    ):
        try:
            yield
        finally:
            for stop in stops:
                stop()


@dataclass
class Recording:
    """The requests that the judge sent, and the seconds from sending them to having the answers."""

    requests: list[HttpRequest] = field(default_factory=list)
    seconds: float = 0.0


@contextlib.contextmanager
def recorded() -> Iterator[Recording]:
    """Collect every request that the judge sends meanwhile."""
    sent = Recording()
    original = Transport.send

    def send(self: Transport, request: HttpRequest) -> RawResponse:
        sent.requests.append(request)
        begin = time.perf_counter()
        try:
            return original(self, request)
        finally:
            sent.seconds += time.perf_counter() - begin

    Transport.send = send  # type: ignore[method-assign]
    try:
        yield sent
    finally:
        Transport.send = original  # type: ignore[method-assign]


def replay(requests: list[HttpRequest], ca_file: Path) -> float:
    """Send the same requests by a bare client on one warm connection a host; returns seconds."""
    import ssl

    context = ssl.create_default_context(cafile=str(ca_file))
    with httpx2.Client(verify=context, trust_env=False, follow_redirects=False, timeout=10) as client:
        client.get(requests[0].url)
        begin = time.perf_counter()
        for request in requests:
            headers = [(name.encode(), value.encode()) for name, value in request.headers]
            with contextlib.suppress(httpx2.HTTPError):
                client.request(request.method, request.url, headers=headers, content=request.body or None)
        return time.perf_counter() - begin


def measure() -> None:
    """Print the figures: of five runs and five replays, taken in turns, the quickest each."""
    with tempfile.TemporaryDirectory() as name, served(Path(name)) as target:
        folder, ca_file = Path(name), target.with_suffix(".ca.pem")
        from_the_shell, peak = run_by_itself(target, folder / "alone")
        run(target, folder / "warm")
        runs, replays, exchanges = [], [], []
        for turn in range(_TURNS):
            with hosts_kept():
                with recorded() as sent:
                    runs.append(run(target, folder / f"serial-{turn}"))
                exchanges.append(sent.seconds)
                replays.append(replay(sent.requests, ca_file))
        parallel = [run(target, folder / f"parallel-{turn}", "-n", "2")[0] for turn in range(_TURNS)]
    wall, bare, parallel_wall = min(wall for wall, _ in runs), min(replays), min(parallel)
    figures = min((figures for _, figures in runs), key=lambda figures: figures["judging"])
    checks, judging = figures["checks"], figures["judging"]
    for what, figure in (
        ("profile", PROFILE),
        ("cores", f"{os.cpu_count()}"),
        ("checks, and verdicts by them", f"{checks:.0f}, {figures['verdicts']:.0f}"),
        ("requests", f"{len(sent.requests)}"),
        ("bare replay of these requests", f"{bare:.2f} s"),
        ("judging", f"{judging:.2f} s, {judging / bare:.2f} x replay"),
        ("of that, until answers were there", f"{min(exchanges):.2f} s, {min(exchanges) / bare:.2f} x replay"),
        ("whole command, reports included", f"{wall:.2f} s, {wall / bare:.2f} x replay"),
        ("the same from the shell", f"{from_the_shell:.2f} s, Python's start and imports included"),
        ("a check, all told", f"{wall / checks * 1000:.1f} ms"),
        ("peak memory of the judge", f"{peak:.0f} MiB"),
        ("with -n 2", f"{parallel_wall:.2f} s, {wall / parallel_wall:.2f} x as fast as serial"),
    ):
        print(f"{what:<36} {figure}")


if __name__ == "__main__":
    measure()
