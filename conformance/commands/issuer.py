"""`conformance issuer`: the harness's own issuer by hand, and tokens of it, until Ctrl-C."""

import argparse
import threading
from pathlib import Path

from conformance.issuer.mint import Mint
from conformance.issuer.server import INTROSPECTION_CLIENT, IssuerError, IssuerOptions, RunningIssuer
from conformance.targets import ConfigurationError


def add_parser(subparsers: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    """Add `issuer` to the command line."""
    parser = subparsers.add_parser("issuer", help="run the issuer that an MCP server under test may trust")
    parser.add_argument("--host", default="127.0.0.1", help="address to listen on (default: %(default)s)")
    parser.add_argument("--port", type=int, default=0, metavar="PORT", help="port to listen on (0: any)")
    parser.add_argument("--url", metavar="URL", help="the issuer's name, where it differs from its address")
    parser.add_argument("--tls", action="store_true", help="speak https with a certificate of a throw-away authority")
    parser.add_argument("--write-ca", metavar="FILE", help="with --tls: write that authority's certificate there")
    parser.add_argument("--audience", metavar="URI", help="mint a good access token for this resource and print it")
    parser.add_argument("--scope", help="with --audience: the scope of that token")
    parser.set_defaults(run=run)


def run(args: argparse.Namespace) -> int:
    """Serve until Ctrl-C. Returns 0. Raises ConfigurationError when the port is taken or a file can't be written."""
    if args.write_ca and not args.tls:
        raise ConfigurationError("--write-ca needs --tls: without TLS there is no authority")
    if not 0 <= args.port <= 65535:
        raise ConfigurationError(f"--port {args.port}: a port is a number from 0 to 65535")
    try:
        issuer = RunningIssuer(IssuerOptions(args.host, args.port, args.url, tls=args.tls))
    except IssuerError as error:
        raise ConfigurationError(str(error)) from None
    try:
        if args.write_ca:
            _write(Path(args.write_ca), issuer.facts.ca_pem or "")
        _describe(issuer, args)
        threading.Event().wait()
    except KeyboardInterrupt:
        print()
    finally:
        issuer.stop()
    return 0


def _describe(issuer: RunningIssuer, args: argparse.Namespace) -> None:
    facts = issuer.facts
    print(f"issuer          {facts.issuer}")
    print(f"key set         {facts.issuer}/jwks.json")
    print(f"introspection   {facts.issuer}/introspect as {INTROSPECTION_CLIENT} / {facts.introspection_secret}")
    if args.audience:
        print(f"access token    {Mint(facts, args.audience, args.scope).good()}")
    print("Ctrl-C stops it.", flush=True)


def _write(file: Path, pem: str) -> None:
    try:
        file.write_text(pem, encoding="ascii")
    except OSError as error:
        raise ConfigurationError(
            f"--write-ca {file}: can't be written: {error.strerror}; choose another file"
        ) from None
