"""The wheel in an empty folder and a new environment: built, installed, run by command and by pytest.

Runs with nothing but `build`; exit status 1 with the output of what failed.
"""

import json
import os
import subprocess
import sys
import tempfile
import venv
from pathlib import Path

ROOT = Path(__file__).parents[1]


def step(what: str, *command: str, cwd: Path) -> str:
    """Run a command; on failure print its output and stop."""
    environment = {k: v for k, v in os.environ.items() if k not in ("PYTHONPATH", "PYTEST_ADDOPTS")}
    done = subprocess.run(command, cwd=cwd, env=environment, capture_output=True, text=True, check=False, timeout=900)
    print(f"{'ok  ' if done.returncode == 0 else 'FAIL'} {what}", flush=True)
    if done.returncode:
        print(done.stdout[-3000:], done.stderr[-3000:])
        sys.exit(1)
    return done.stdout


def main() -> None:
    with tempfile.TemporaryDirectory() as folder:
        base = Path(folder)
        step("the wheel is built", sys.executable, "-m", "build", "--wheel", "--outdir", str(base), str(ROOT), cwd=base)
        (wheel,) = base.glob("*.whl")
        venv.create(base / "venv", with_pip=True)
        python, empty = base / "venv" / "bin" / "python", base / "empty"
        empty.mkdir()
        pins = ("-c", str(ROOT / "requirements-dev.txt"))
        step("it installs", str(python), "-m", "pip", "install", "--quiet", *pins, str(wheel), cwd=empty)
        command = str(python.parent / "conformance")
        listed = step("conformance list", command, "list", "--json", cwd=empty)
        print(f"     {len(json.loads(listed))} catalogue rows travel in the wheel")
        step("conformance run", command, "run", "--profile", "mcp-2026-07-28", "--strict", cwd=empty)
        for name in ("results.json", "report.html", "junit.xml", "sarif.json", "summary.md"):
            if not (empty / "conformance-report" / name).is_file():
                sys.exit(f"FAIL conformance-report/{name} was not written")
        pytest = str(python.parent / "pytest")
        step("pytest --pyargs", pytest, "--pyargs", "conformance", "-k", "mcp-2025-11-25", cwd=empty)
        print("5 passed, 0 failed")


if __name__ == "__main__":
    main()
