"""`conformance report RESULTS.json`: render the reports of an earlier run again."""

import argparse
import sys
from pathlib import Path

from conformance.reporting.reader import ResultsFileError, read_results
from conformance.reporting.writers import FORMATS, write_formats


def add_parser(subparsers: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    """Add `report` to the command line."""
    parser = subparsers.add_parser("report", help="render the reports of an earlier run again")
    parser.add_argument("results", metavar="RESULTS.json", type=Path, help="the results.json of a run")
    parser.add_argument("--out", metavar="DIR", type=Path, required=True, help="where to write (is created)")
    parser.add_argument(
        "--format",
        metavar="NAMES",
        type=_formats,
        default=tuple(FORMATS),
        help=f"comma-separated: {', '.join(FORMATS)} (default: all)",
    )
    parser.set_defaults(run=run)


def run(args: argparse.Namespace) -> int:
    """Write the reports and name them; 0, or 2 for a file that can't be read or a folder that can't be written."""
    try:
        written = write_formats(read_results(args.results), args.out, args.format)
    except ResultsFileError as error:
        sys.stderr.write(f"conformance: {error}\n")
        return 2
    except OSError as error:
        sys.stderr.write(f"conformance: can't write to {args.out}: {error.strerror or error}\n")
        return 2
    sys.stdout.write("".join(f"{path}\n" for path in written))
    return 0


def _formats(names: str) -> tuple[str, ...]:
    chosen = tuple(name.strip() for name in names.split(","))
    for name in chosen:
        if name not in FORMATS:
            raise argparse.ArgumentTypeError(f"no format {name!r} (there are {', '.join(FORMATS)})")
    return chosen
