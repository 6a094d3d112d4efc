"""The void table: targets of which nothing is right earn not one PASS, adversaries none that they don't deserve.

`python -m selftest.void [NAME ...]`; exit status 1 when a target earned too much, came out green, made the judge itself
fail, or cost too much time or memory.
"""

import contextlib
import io
import json
import multiprocessing
import re
import resource
import sys
import tempfile
import time
from collections import Counter
from dataclasses import dataclass
from pathlib import Path

from conformance.checks import discovered_checks
from conformance.cli import main
from selftest.adversaries import ADVERSARIES
from selftest.everything import STATELESS, write_everything_profiles
from selftest.void_servers import VOID, MiniatureServer

_MOST_SECONDS = 240
_MOST_MEBIBYTES = 200


@dataclass(frozen=True)
class Row:
    """What one target earned: (requirement, check, verdict, message) each, exit status, seconds, peak memory in MiB."""

    name: str
    verdicts: tuple[tuple[str, str, str, str], ...]
    status: int
    seconds: float
    mebibytes: float
    said: str

    def problems(self) -> list[str]:
        """Why that is not what this target deserves."""
        adversary = ADVERSARIES.get(self.name)
        wrong = []
        for requirement, check, verdict, message in self.verdicts:
            if verdict == "ERROR":
                wrong.append(f"{self.name}: ERROR in {check} ({requirement}): {message}")
            if verdict == "PASS" and not (adversary and re.fullmatch(adversary.may_pass, check.partition(".")[2])):
                wrong.append(f"{self.name}: PASS for {requirement} in {check}")
        failed = {requirement for requirement, _, verdict, _ in self.verdicts if verdict == "FAIL"}
        missing = sorted(adversary.has_to_fail - failed) if adversary else []
        wrong += [f"{self.name}: {requirement} did not fail" for requirement in missing]
        if self.status not in (1, 2, 3):
            wrong.append(f"{self.name}: exit status {self.status}: {self.said}")
        if self.seconds > _MOST_SECONDS:
            wrong.append(f"{self.name}: took {self.seconds:.0f} s")
        if self.mebibytes > _MOST_MEBIBYTES:
            wrong.append(f"{self.name}: took {self.mebibytes:.0f} MiB")
        return wrong


def judge_void(name: str) -> Row:
    """Judge one target as AS and as MCP server at once; a target file shortens the deadline to a second."""
    behaviour = VOID[name] if name in VOID else ADVERSARIES[name].behaviour
    begin = time.monotonic()
    with MiniatureServer(behaviour).running() as base, tempfile.TemporaryDirectory() as folder:
        write_everything_profiles(Path(folder))
        target = Path(folder) / "target.yml"
        target.write_text(
            f"name: {name}\nauthorization_server: {{issuer: '{base}'}}\nmcp_server: {{url: '{base}/mcp'}}\n"
            "user_agent: {kind: form}\nlimits: {deadline_seconds: 1}\n",
            encoding="utf-8",
        )
        output = io.StringIO()
        arguments = ["run", str(target), f"--profiles={folder}", f"--profile={STATELESS}", f"--out={folder}/out"]
        arguments += ["--deep", "--deep-examples=3"]
        with contextlib.redirect_stdout(output), contextlib.redirect_stderr(output):
            status = main(arguments)
        file = Path(folder) / "out" / "results.json"
        judged = json.loads(file.read_text(encoding="utf-8"))["results"] if file.is_file() else []
    seconds = time.monotonic() - begin
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    verdicts = tuple((r["requirement"], r["check"], r["verdict"], r["message"]) for r in judged)
    return Row(name, verdicts, status, seconds, peak, output.getvalue().strip().splitlines()[-1][:160])


def void_table(names: list[str]) -> list[str]:
    """Judge every target and print the table. Returns the problems."""
    discovered_checks()
    problems: list[str] = []
    with multiprocessing.get_context("fork").Pool(2, maxtasksperchild=1) as pool:
        for row in pool.imap(judge_void, names):
            earned = Counter(verdict for _, _, verdict, _ in row.verdicts)
            counts = ", ".join(f"{n} {verdict}" for verdict, n in sorted(earned.items())) or row.said
            print(
                f"{row.name:<24} exit {row.status}  {row.seconds:5.1f} s  {row.mebibytes:4.0f} MiB  {counts}",
                flush=True,
            )
            problems += row.problems()
    return problems


if __name__ == "__main__":
    chosen = sys.argv[1:] or [*VOID, *ADVERSARIES]
    found = void_table(chosen)
    for line in found:
        print(line, file=sys.stderr)
    print(f"{len(chosen) - len({p.partition(':')[0] for p in found})} passed, {len(found)} failed")
    sys.exit(1 if found else 0)
