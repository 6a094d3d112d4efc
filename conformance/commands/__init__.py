"""The subcommands of `conformance`; each module has add_parser(subparsers) and run(args)."""

from conformance.commands import doctor, explain, issuer, list_rows, report, run, serve

COMMANDS = (run, doctor, serve, issuer, list_rows, explain, report)
"""In the order in which --help shows them."""
