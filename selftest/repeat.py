"""The same target gets the same verdicts every time: serially, and by two workers.

`python -m selftest.repeat [--runs 10] [--target T] [--profile P]` runs the command that often each way and compares
every verdict with those of the first run.
"""

import argparse
import json
import subprocess
import sys
import tempfile
from collections import Counter
from pathlib import Path

Verdicts = dict[tuple[str, str, str], str]


def verdicts_of(results: Path) -> Verdicts:
    """(profile, requirement, check) -> verdict, of a results.json."""
    content = json.loads(results.read_text(encoding="utf-8"))
    return {(r["profile"], r["requirement"], r["check"]): r["verdict"] for r in content["results"]}


def run(target: str, profile: str, workers: int, out: Path) -> Verdicts:
    """One run of the command; its verdicts."""
    command = (sys.executable, "-m", "conformance.cli", "run", "--target", target, "--profile", profile)
    more = ("-n", str(workers), "--out", str(out))
    subprocess.run((*command, *more), stdout=subprocess.DEVNULL, check=False)
    return verdicts_of(out / "results.json")


def differences(first: Verdicts, other: Verdicts) -> list[str]:
    """What another run judged otherwise."""
    keys = sorted(first.keys() | other.keys())
    return [
        f"{key[2]} ({key[1]}): {first.get(key)} / {other.get(key)}" for key in keys if first.get(key) != other.get(key)
    ]


def main() -> int:
    """Returns 1 if any verdict differed."""
    parser = argparse.ArgumentParser(prog="python -m selftest.repeat")
    parser.add_argument("--runs", type=int, default=10, help="so often serially and so often by two workers")
    parser.add_argument("--target", default="bundled")
    parser.add_argument("--profile", default="mcp-2026-07-28")
    arguments = parser.parse_args()
    found: list[str] = []
    first: Verdicts | None = None
    with tempfile.TemporaryDirectory() as folder:
        for workers in (0, 2):
            for number in range(1, arguments.runs + 1):
                verdicts = run(arguments.target, arguments.profile, workers, Path(folder) / f"{workers}-{number}")
                first = first or verdicts
                differing = differences(first, verdicts)
                counts = ", ".join(f"{n} {verdict}" for verdict, n in sorted(Counter(verdicts.values()).items()))
                print(f"{'-n 2  ' if workers else 'serial'} {number:2}: {counts}; {len(differing)} differ", flush=True)
                found += differing
    print(*found, f"{len(found)} verdicts differed in {2 * arguments.runs} runs", sep="\n")
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
