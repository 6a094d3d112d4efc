"""Virtual environments for servers whose libraries can't live beside ours; made once, made again when a pin changes."""

import subprocess
import sys
import venv
from pathlib import Path

from interop.deployment import LaunchError

FOLDER = Path(__file__).resolve().parent / "resource_servers"
ENVIRONMENTS = FOLDER / ".environments"
INSTALL_SECONDS = 300


def python_of(name: str) -> Path:
    """The interpreter of an environment that has exactly the packages of `resource_servers/NAME.txt`.

    Raises LaunchError when they can't be installed.
    """
    pins = FOLDER / f"{name}.txt"
    environment = ENVIRONMENTS / name
    installed, python = environment / "installed.txt", environment / "bin" / "python"
    if not installed.is_file() or installed.read_text("utf-8") != pins.read_text("utf-8"):
        print(f"installing {name} once ...", file=sys.stderr)
        venv.EnvBuilder(with_pip=True, clear=True).create(environment)
        _install(python, pins)
        installed.write_text(pins.read_text("utf-8"), "utf-8")
    return python


def _install(python: Path, pins: Path) -> None:
    # -E: a PYTHONPATH that was meant for us would let pip find our packages installed.
    command = [str(python), "-E", "-m", "pip", "install", "--quiet", "--no-deps", "--disable-pip-version-check"]
    try:
        done = subprocess.run(
            [*command, "-r", str(pins)], capture_output=True, text=True, timeout=INSTALL_SECONDS, check=False
        )
    except subprocess.TimeoutExpired:
        raise LaunchError(f"installing {pins.name} took more than {INSTALL_SECONDS} seconds") from None
    if done.returncode != 0:
        raise LaunchError(f"`pip install -r {pins.name}` failed:\n{done.stderr[-2000:]}")
