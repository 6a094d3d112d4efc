"""Workers of `-n N` come ready made; where that can't be, they come in pytest-xdist's own way."""

import json
import os
import subprocess
import sys
from pathlib import Path
from threading import Event, Thread
from unittest.mock import Mock

import pytest

from conformance.running import nursery
from conformance.running.ahead import make_ahead
from conformance.running.nursery import nursery_if_possible

ONE_CHECK = ("run", "--target", "bundled", "--only", "RFC7636-4.6-b")
PROBE = """
import json, shlex, subprocess
from conformance.running.ahead import make_ahead
from conformance.running.nursery import nursery_if_possible
nursery = nursery_if_possible(make_ahead())

class Spec:
    popen, python = True, None

nursery.pytest_xdist_setupnodes(specs := [Spec()])
command = [*shlex.split(specs[0].python), "-u", "-c", "what xdist says"]
told = "import sys; print('conformance.checks.authorization_server.test_pkce' in sys.modules, flush=True)"
said = [subprocess.run(command, input=repr(told) + chr(10), capture_output=True, text=True) for _ in range(2)]
nursery.close()
nursery.close()
refused = subprocess.run(command, input="", capture_output=True, text=True)
print(json.dumps([[(done.stdout, done.stderr, done.returncode) for done in said], refused.returncode]))
"""


def test_a_worker_has_imported_everything_before_it_starts(tmp_path: Path) -> None:
    environment = os.environ | {"TMPDIR": str(tmp_path)}
    done = subprocess.run([sys.executable, "-c", PROBE], capture_output=True, text=True, check=False, env=environment)
    assert done.returncode == 0, done.stderr
    said, refused = json.loads(done.stdout)
    assert said == [["True\n", "", 0]] * 2
    assert refused != 0
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("depth", [1, 130], ids=["nursery", "a path too long for a socket"])
def test_a_run_with_workers_is_judged_alike_either_way(tmp_path: Path, depth: int) -> None:
    place = tmp_path / ("x" * depth)
    place.mkdir()
    command = [sys.executable, "-m", "conformance.cli", *ONE_CHECK, "-n", "2", "--out", str(tmp_path / "out")]
    environment = os.environ | {"TMPDIR": str(place)}
    done = subprocess.run(command, capture_output=True, text=True, check=False, cwd=tmp_path, env=environment)
    assert (done.returncode, done.stderr) == (0, "")
    run = json.loads((tmp_path / "out" / "results.json").read_text(encoding="utf-8"))
    assert [result["verdict"] for result in run["results"]] == ["PASS"]
    assert list(place.iterdir()) == []


def test_a_broken_check_module_is_left_to_the_worker_that_collects_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(nursery, "discovered_checks", Mock(side_effect=ImportError("a module of ours")))
    assert nursery_if_possible(make_ahead()) is None


def test_no_process_is_forked_while_other_threads_run() -> None:
    over = Event()
    other = Thread(target=over.wait)
    other.start()
    try:
        assert nursery_if_possible(make_ahead()) is None
    finally:
        over.set()
        other.join()
