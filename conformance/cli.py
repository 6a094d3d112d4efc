"""The command `conformance`."""

import argparse
import sys
from collections.abc import Sequence

from conformance import __version__
from conformance.catalogue import CatalogueError
from conformance.commands import COMMANDS
from conformance.profiles import ProfileError
from conformance.running.judging import told_fault
from conformance.targets import ConfigurationError


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command and return the exit status: 0 fine, 1 a MUST broken, 2 usage, 3 inconclusive, 4 our fault."""
    parser = argparse.ArgumentParser(
        prog="conformance", description="Judges authorization servers and MCP servers by what the specifications say."
    )
    parser.add_argument("--version", action="version", version=f"mcp-oauth-conformance {__version__}")
    subparsers = parser.add_subparsers(dest="command", metavar="COMMAND", required=True)
    for command in COMMANDS:
        command.add_parser(subparsers)
    parsed = parser.parse_args(arguments)
    try:
        return int(parsed.run(parsed))
    except (ConfigurationError, ProfileError) as error:
        print(f"conformance: {error}", file=sys.stderr)
        return 2
    except CatalogueError as error:
        print(f"conformance: the harness itself failed: its catalogue is broken: {error}", file=sys.stderr)
        return 4
    except BrokenPipeError:
        sys.stderr.close()
        return 0
    except KeyboardInterrupt:
        return 130
    except Exception as error:  # noqa: BLE001 - whatever it is, it is our fault and gets one line
        print(f"conformance: the harness itself failed: {told_fault(error)}; please report it", file=sys.stderr)
        return 4


if __name__ == "__main__":
    sys.exit(main())
