"""The void table: targets of which nothing is right earn not one PASS, in bounded time and memory.

`python -m selftest.void [NAME ...]`; exit status 1 when a target earned a PASS, a green run, or cost too much.
"""

import contextlib
import io
import json
import multiprocessing
import resource
import sys
import tempfile
import time
from collections import Counter
from dataclasses import dataclass
from pathlib import Path

from conformance.checks import discovered_checks
from conformance.cli import main
from selftest.everything import STATELESS, write_everything_profiles
from selftest.void_servers import VOID, MiniatureServer, metadata_then_silence

_MOST_SECONDS = 60
_MOST_MEBIBYTES = 200


@dataclass(frozen=True)
class Row:
    """What one void target earned: verdict counts by name, exit status, seconds, peak memory in MiB."""

    name: str
    counts: Counter[str]
    status: int
    seconds: float
    mebibytes: float
    passed: tuple[str, ...]
    said: str

    def problems(self, allowed: frozenset[str] = frozenset()) -> list[str]:
        """Why that is not what nothing deserves."""
        wrong = [f"{self.name}: PASS for {i}" for i in self.passed if i not in allowed]
        if self.status == 0 or (self.status not in (1, 2, 3)):
            wrong.append(f"{self.name}: exit status {self.status}")
        if self.seconds > _MOST_SECONDS:
            wrong.append(f"{self.name}: took {self.seconds:.0f} s")
        if self.mebibytes > _MOST_MEBIBYTES:
            wrong.append(f"{self.name}: took {self.mebibytes:.0f} MiB")
        return wrong


def judge_void(name: str) -> Row:
    """Judge one void target as AS and as MCP server at once; a target file shortens the deadline to a second."""
    behaviour = VOID.get(name, metadata_then_silence)
    begin = time.monotonic()
    with MiniatureServer(behaviour).running() as base, tempfile.TemporaryDirectory() as folder:
        write_everything_profiles(Path(folder))
        target = Path(folder) / "target.yml"
        target.write_text(
            f"name: {name}\nauthorization_server: {{issuer: '{base}'}}\nmcp_server: {{url: '{base}/mcp'}}\n"
            "limits: {deadline_seconds: 1}\n",
            encoding="utf-8",
        )
        output = io.StringIO()
        arguments = ["run", str(target), f"--profiles={folder}", f"--profile={STATELESS}", f"--out={folder}/out"]
        with contextlib.redirect_stdout(output), contextlib.redirect_stderr(output):
            status = main(arguments)
        file = Path(folder) / "out" / "results.json"
        judged = json.loads(file.read_text(encoding="utf-8"))["results"] if file.is_file() else []
    seconds = time.monotonic() - begin
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    counts = Counter(r["verdict"] for r in judged)
    passed = tuple(sorted(r["requirement"] for r in judged if r["verdict"] == "PASS"))
    return Row(name, counts, status, seconds, peak, passed, output.getvalue().strip().splitlines()[-1][:160])


def void_table(names: list[str]) -> list[str]:
    """Judge every void target and print the table. Returns the problems."""
    discovered_checks()
    problems: list[str] = []
    with multiprocessing.get_context("fork").Pool(2, maxtasksperchild=1) as pool:
        for row in pool.imap(judge_void, names):
            counts = ", ".join(f"{n} {verdict}" for verdict, n in sorted(row.counts.items())) or row.said
            print(
                f"{row.name:<24} exit {row.status}  {row.seconds:5.1f} s  {row.mebibytes:4.0f} MiB  {counts}",
                flush=True,
            )
            problems += row.problems()
    return problems


if __name__ == "__main__":
    chosen = sys.argv[1:] or list(VOID)
    found = void_table(chosen)
    for line in found:
        print(line, file=sys.stderr)
    print(f"{len(chosen) - len({p.partition(':')[0] for p in found})} passed, {len(found)} failed")
    sys.exit(1 if found else 0)
