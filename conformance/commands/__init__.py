"""The subcommands of `conformance`; each module has add_parser(subparsers) and run(args)."""
