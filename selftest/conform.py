"""Every shipped profile against the bundled reference, strictly: conformant, nothing inconclusive.

`python -m selftest.conform [PROFILE ...]`; prints a table, exit status 1 when a profile isn't met.
"""

import contextlib
import io
import json
import sys
import tempfile
from collections import Counter
from pathlib import Path

from conformance.cli import main
from conformance.profiles import load_profiles
from conformance.profiles.model import DEEP_PROFILE


def judge_profile(profile: str) -> list[str]:
    """Run one profile with --strict. Returns what was not as it has to be."""
    with tempfile.TemporaryDirectory() as folder:
        output = io.StringIO()
        explored = ["--deep", "--deep-examples=10"] if profile == DEEP_PROFILE else []
        with contextlib.redirect_stdout(output), contextlib.redirect_stderr(output):
            status = main(["run", "--target=bundled", f"--profile={profile}", *explored, "--strict", f"--out={folder}"])
        file = Path(folder) / "results.json"
        if not file.is_file():
            return [f"{profile}: exit {status}: {output.getvalue()[-400:]}"]
        run = json.loads(file.read_text(encoding="utf-8"))
    counts = Counter(r["verdict"] for r in run["results"])
    coverage = run["coverage"][profile]
    print(
        f"{profile:<40} exit {status}  {counts['PASS']:>3} PASS  {counts['NOT-APPLICABLE']:>3} NOT-APPLICABLE  "
        f"{coverage['checked']} checked, {coverage['planned']} planned, {coverage['excluded']} excluded",
        flush=True,
    )
    wrong = [r for r in run["results"] if r["verdict"] not in ("PASS", "NOT-APPLICABLE")]
    problems = [f"{profile}: {r['verdict']} {r['requirement']} {r['check']}: {r['message'][:200]}" for r in wrong]
    return problems + ([f"{profile}: exit status {status}"] if status and not problems else [])


if __name__ == "__main__":
    chosen = sys.argv[1:] or list(load_profiles())
    found = [problem for profile in chosen for problem in judge_profile(profile)]
    for line in found:
        print(line, file=sys.stderr)
    print(f"{len(chosen) - len({p.partition(':')[0] for p in found})} passed, {len(found)} failed")
    sys.exit(1 if found else 0)
