"""Prove `--target container:FILE` with a real engine: `python -m containers`, which is `tox -e containers`."""

import subprocess
import sys
from pathlib import Path

FOLDER = Path(__file__).resolve().parent

if __name__ == "__main__":
    command = ["bash", str(FOLDER / "engine.sh"), "run", "bash", str(FOLDER / "judge.sh"), *sys.argv[1:]]
    sys.exit(subprocess.run(command, check=False).returncode)  # noqa: S603  # our own scripts
