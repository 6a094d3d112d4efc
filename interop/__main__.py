"""Judge every server of a third party, and hold the verdicts against the findings that were looked at by hand.

    python -m interop [--out DIR] [SERVER...]

The findings are in `known_failures/SERVER.yaml`, each with its reason. The run fails when the judge reports something
that is not there, and when something that is there is no longer reported.
"""

import argparse
import subprocess
import sys
import tempfile
from pathlib import Path

from interop.deployment import REPOSITORY, LaunchError
from interop.launch import PROFILES, SERVERS, target_file


def judge(server: str, out: Path) -> int:
    """Start `server`, judge it, write the reports to `out`, and return the judge's exit status (2: not started)."""
    try:
        with tempfile.TemporaryDirectory() as name, SERVERS[server](Path(name)) as deployment:
            target = target_file(deployment, Path(name) / "target.yaml")
            command = [sys.executable, "-m", "conformance.cli", "run", str(target), "--strict", "--out", str(out)]
            command += ["--profiles", str(PROFILES)]
            return subprocess.run(command, cwd=REPOSITORY, check=False).returncode
    except LaunchError as problem:
        print(f"{server}: {problem}", file=sys.stderr)
        return 2


def main() -> int:
    """Judge the servers named on the command line, or all, and return the worst exit status."""
    parser = argparse.ArgumentParser(prog="python -m interop", description=__doc__.partition("\n")[0])
    parser.add_argument("servers", nargs="*", metavar="SERVER", help=f"one of {', '.join(SERVERS)} (default: all)")
    parser.add_argument("--out", type=Path, default=Path("conformance-report/interop"), help="default: %(default)s")
    options = parser.parse_args()
    if unknown := sorted(set(options.servers) - set(SERVERS)):
        parser.error(f"unknown server {', '.join(unknown)}; choose from {', '.join(SERVERS)}")
    statuses = {name: judge(name, options.out.resolve() / name) for name in options.servers or SERVERS}
    for name, status in statuses.items():
        print(f"{name}: exit status {status}")
    return max(statuses.values())


if __name__ == "__main__":
    sys.exit(main())
