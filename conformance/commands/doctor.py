"""`conformance doctor`: is the target file right? Judges nothing."""

import argparse

from conformance.commands.run import add_target_options, options_with_file
from conformance.running.doctor import examine
from conformance.running.prepare import make_context
from conformance.running.session import HarnessSession


def add_parser(subparsers: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    """Add `doctor` to the command line."""
    parser = subparsers.add_parser("doctor", help="see whether a target file is right, before judging anything")
    parser.add_argument("file", nargs="?", metavar="TARGET.yaml", help="a target file; short for --target url:FILE")
    add_target_options(parser)
    parser.set_defaults(run=run)


def run(args: argparse.Namespace) -> int:
    """Print one line a finding. Returns 0 when everything works, 2 when something does not."""
    harness = HarnessSession(options_with_file(args))
    harness.choose()
    try:
        context = make_context(harness.locate().start())
        findings = list(examine(context))
        for finding in findings:
            print(context.secrets.text(finding.line))
    finally:
        harness.stop()
    return 0 if all(finding.ok for finding in findings) else 2
