"""Ctrl-C, SIGTERM and a target that dies in the middle: what was judged is in a valid results.json, nothing is left."""

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import jsonschema
import pytest

from conformance.reporting import results as model

SCHEMA = json.loads((Path(model.__file__).parent / "results.schema.json").read_text(encoding="utf-8"))
MOST_SECONDS = 90
RUN = (sys.executable, "-m", "conformance.cli", "run", "--out", "out")
PYTEST = (sys.executable, "-m", "pytest", "-q", "--target", "bundled", "--conformance-out", "out")


@pytest.fixture
def started(tmp_path: Path) -> Iterator[Any]:
    processes: list[subprocess.Popen[bytes]] = []

    def start(*command: str) -> "subprocess.Popen[bytes]":
        pipe = subprocess.PIPE
        process = subprocess.Popen(
            command,
            stdout=pipe,
            stderr=pipe,
            cwd=tmp_path,
            start_new_session=True,
            preexec_fn=_heed_ctrl_c,  # noqa: PLW1509 - one thread only
        )
        processes.append(process)
        return process

    yield start
    for process in processes:
        if process.poll() is None:
            process.kill()
        process.communicate()


def _heed_ctrl_c() -> None:
    """Shells start background jobs with SIGINT ignored, and that is inherited."""
    signal.signal(signal.SIGINT, signal.SIG_DFL)


def wait_for_verdicts(process: "subprocess.Popen[bytes]", number: int) -> None:
    """Read the terminal until so many verdict letters were printed."""
    assert process.stdout is not None
    seen = 0
    line = b""
    while seen < number:
        character = process.stdout.read(1)
        assert character, f"ended before {number} verdicts: {line!r}"
        line = b"" if character == b"\n" else line + character
        seen = max(seen, 0) + (character in b".-FIWnE" and not line.strip(b" .-FIWnE"))


def processes_of_group(leader: int) -> list[str]:
    """The living processes of a process group, by /proc."""
    found = []
    for stat in Path("/proc").glob("[0-9]*/stat"):
        try:
            text = stat.read_text()
        except OSError:
            continue
        fields = text.rpartition(")")[2].split()
        if fields[2] == str(leader) and fields[0] != "Z":
            found.append(text)
    return found


def valid_results(folder: Path) -> dict[str, Any]:
    run: dict[str, Any] = json.loads((folder / "results.json").read_text(encoding="utf-8"))
    jsonschema.validate(run, SCHEMA)
    return run


@pytest.mark.parametrize(
    ("command", "sent"),
    [(RUN, signal.SIGINT), (RUN, signal.SIGTERM), ((*RUN, "-n", "2"), signal.SIGINT), (PYTEST, signal.SIGTERM)],
    ids=["run", "run, terminated", "run -n 2", "pytest, terminated"],
)
def test_an_interrupted_run_leaves_results_and_nothing_else(
    started: Any, tmp_path: Path, command: tuple[str, ...], sent: signal.Signals
) -> None:
    process = started(*command)
    wait_for_verdicts(process, 5)
    os.kill(process.pid, sent)
    out, err = process.communicate(timeout=MOST_SECONDS)
    run = valid_results(tmp_path / "out")
    assert run["interrupted"] is True
    assert run["results"]
    assert process.returncode == run["summary"]["exit_status"] == 3
    assert b"Traceback" not in out + err
    assert processes_of_group(process.pid) == []


def test_a_target_that_dies_in_the_middle_turns_the_rest_red(started: Any, tmp_path: Path) -> None:
    served = started(sys.executable, "-m", "conformance.cli", "serve", "--plain-http", "--write-target", "mine.yaml")
    for line in served.stdout:
        if b"Ctrl-C" in line:
            break
    process = started(*RUN, "mine.yaml")
    wait_for_verdicts(process, 5)
    served.kill()
    out, err = process.communicate(timeout=MOST_SECONDS)
    run = valid_results(tmp_path / "out")
    assert b"Traceback" not in out + err
    assert run["summary"]["counts"]["ERROR"] == 0
    unjudged = [r for r in run["results"] if r["verdict"] == "INCONCLUSIVE"]
    assert unjudged
    assert any("could not connect" in r["message"] or "broke off" in r["message"] for r in unjudged)
    assert process.returncode == run["summary"]["exit_status"]
    assert process.returncode in (1, 3)


def test_serving_ends_on_ctrl_c(started: Any) -> None:
    served = started(sys.executable, "-m", "conformance.cli", "serve")
    for line in served.stdout:
        if b"Ctrl-C" in line:
            break
    begin = time.monotonic()
    os.kill(served.pid, signal.SIGINT)
    _, err = served.communicate(timeout=MOST_SECONDS)
    assert served.returncode == 0
    assert b"Traceback" not in err
    assert time.monotonic() - begin < 30


def test_a_killed_run_takes_its_workers_along(started: Any) -> None:
    process = started(*RUN, "-n", "2")
    wait_for_verdicts(process, 5)
    assert len(processes_of_group(process.pid)) > 3
    process.kill()
    process.communicate(timeout=MOST_SECONDS)
    until = time.monotonic() + MOST_SECONDS
    while processes_of_group(process.pid) and time.monotonic() < until:
        time.sleep(0.05)
    assert processes_of_group(process.pid) == []
