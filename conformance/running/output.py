"""What a run leaves behind: files, and text on the terminal."""

import sys
import tempfile
from pathlib import Path

from conformance.reporting.results import Run
from conformance.reporting.terminal import colour_wanted, render_terminal
from conformance.reporting.writers import FORMATS, write_all
from conformance.running.session import HarnessSession
from conformance.targets import ConfigurationError


def make_room(folder: Path) -> None:
    """Make the folder for the results and take those of an earlier run away.

    Raises ConfigurationError before the run when results could not be written after it.
    """
    try:
        folder.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryFile(dir=folder) as probe:
            probe.write(b"room")
        (folder / "results.json").unlink(missing_ok=True)
    except OSError as error:
        where = error.filename if isinstance(error.filename, str) else folder
        raise ConfigurationError(
            f"--out {folder}: results can't be written there: {error.strerror} ({where}); choose another folder"
        ) from None


def write_reports(run: Run, harness: HarnessSession) -> None:
    """Write every format into the results folder. Raises ConfigurationError when that fails."""
    assert harness.options.out is not None
    try:
        wanted = harness.options.formats or tuple(FORMATS)
        content = run.as_json()
        write_all(content, harness.options.out, [name for name in FORMATS if name in wanted])
        harness.written = content
    except OSError as error:
        where = error.filename or harness.options.out
        raise ConfigurationError(
            f"results could not be written: {where}: {error.strerror}; make room, or choose another folder with --out"
        ) from None


def summary_text(harness: HarnessSession) -> str:
    """The terminal summary of everything judged."""
    return render_terminal(harness.run().as_json(), colour=colour_wanted(sys.stdout))
