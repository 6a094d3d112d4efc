"""`python -m benchmarks`: how much the judging costs beyond the requests that it sends.

The reference runs in a process of its own, so that what is measured is the judge. Every run and every replay meets a
copy of it that nobody has asked anything yet, and which answers the same requests alike (see twins): so the replay is
what the run sent and got, without the judging. `--far` shows besides what workers are worth against a target that is
100 ms away. Every figure comes from this one run on this one machine; the ratios are what to compare.
"""

import argparse
import contextlib
import io
import json
import os
import resource
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

from benchmarks.replaying import hosts_kept, recorded, replay
from benchmarks.served import Twins
from conformance.cli import main

PROFILE = "mcp-2026-07-28"
_TURNS = 5
_FAR_SECONDS = 0.1


def seconds_until_up() -> float:
    """How long `conformance serve` takes until it answers, Python's start and imports included."""
    begin = time.monotonic()
    command = [sys.executable, "-m", "conformance.cli", "serve"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        is_up = any(line.startswith("Ctrl-C") for line in process.stdout)
        seconds = time.monotonic() - begin
        process.send_signal(signal.SIGINT)
    assert is_up, "the reference did not start"
    return seconds


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


@dataclass
class Turns:
    """What was measured in turns, in seconds; `requests`, and those `otherwise` answered in the replay, by the last."""

    serial: list[float] = field(default_factory=list)
    parallel: list[float] = field(default_factory=list)
    replays: list[float] = field(default_factory=list)
    answers: list[float] = field(default_factory=list)
    figures: list[dict[str, float]] = field(default_factory=list)
    requests: int = 0
    otherwise: int = 0


def take_turns(twins: Twins, folder: Path) -> Turns:
    """Runs and replays one after the other, so that a slow minute of the machine is everybody's."""
    turns = Turns()
    for turn in range(_TURNS):
        with hosts_kept():
            with twins.one(), recorded() as sent:
                seconds, figures = run(twins.target, folder / f"serial-{turn}")
            with twins.one():
                replayed, turns.otherwise = replay(sent, twins.ca_file)
        with twins.one():
            turns.parallel.append(run(twins.target, folder / f"parallel-{turn}", "-n", "2")[0])
        turns.serial.append(seconds)
        turns.figures.append(figures)
        turns.replays.append(replayed)
        turns.answers.append(sent.seconds)
        turns.requests = len(sent.requests)
    return turns


def near(twins: Twins, folder: Path) -> None:
    """Print how a run compares with a bare replay: of five turns the quickest each."""
    with twins.one():
        from_the_shell, peak = run_by_itself(twins.target, folder / "alone")
    with twins.one():
        run(twins.target, folder / "warm")
    turns = take_turns(twins, folder)
    serial, parallel, bare = min(turns.serial), min(turns.parallel), min(turns.replays)
    figures = min(turns.figures, key=lambda figures: figures["judging"])
    checks, judging = figures["checks"], figures["judging"]
    told = (
        ("reference up, imports included", f"{seconds_until_up():.2f} s"),
        ("checks, and verdicts by them", f"{checks:.0f}, {figures['verdicts']:.0f}"),
        ("requests", f"{turns.requests}"),
        ("bare replay of these requests", f"{bare:.2f} s; {turns.otherwise} answered otherwise than in the run"),
        ("judging", f"{judging:.2f} s, {judging / bare:.2f} x replay"),
        ("of that, until answers were there", f"{min(turns.answers):.2f} s, {min(turns.answers) / bare:.2f} x replay"),
        ("whole command, reports included", f"{serial:.2f} s, {serial / bare:.2f} x replay"),
        ("with -n 2", f"{parallel:.2f} s, {parallel / bare:.2f} x replay, {serial / parallel:.2f} x as fast as serial"),
        ("serial from the shell", f"{from_the_shell:.2f} s, Python's start and imports included"),
        ("a check, all told", f"{serial / checks * 1000:.1f} ms"),
        ("peak memory of the judge", f"{peak:.0f} MiB"),
    )
    _tell(told)


def far(twins: Twins, folder: Path) -> None:
    """Print what workers are worth where every exchange takes its time; this takes two minutes."""
    seconds = {}
    for workers in ("0", "8"):
        with twins.one(_FAR_SECONDS):
            seconds[workers], _ = run(twins.target, folder / f"far-{workers}", "-n", workers)
    _tell(
        (
            (f"serial, target {_FAR_SECONDS * 1000:.0f} ms away", f"{seconds['0']:.1f} s"),
            ("with -n 8", f"{seconds['8']:.1f} s, {seconds['0'] / seconds['8']:.1f} x as fast as serial"),
        )
    )


def _tell(figures: Sequence[tuple[str, str]]) -> None:
    for what, figure in figures:
        print(f"{what:<36} {figure}", flush=True)


def measure() -> None:
    """Measure and print what the command line asks for."""
    parser = argparse.ArgumentParser(prog="benchmarks", description="the judge's speed, as ratios measured in one run")
    parser.add_argument("--far", action="store_true", help="judge a target 100 ms away too (takes two minutes more)")
    args = parser.parse_args()
    _tell((("profile", PROFILE), ("cores", f"{os.cpu_count()}")))
    with tempfile.TemporaryDirectory() as name, contextlib.closing(Twins(Path(name))) as twins:
        near(twins, Path(name))
        if args.far:
            far(twins, Path(name))


if __name__ == "__main__":
    measure()
