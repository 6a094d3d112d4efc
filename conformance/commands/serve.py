"""`conformance serve`: the bundled reference for local development, until Ctrl-C."""

import argparse
import re
import threading

from conformance.targets.bundled import BundledTarget, ServeOptions


def add_parser(subparsers: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    """Add `serve` to the command line."""
    parser = subparsers.add_parser("serve", help="run the bundled authorization server and MCP server")
    parser.add_argument("--host", default="127.0.0.1", help="address to listen on (default: %(default)s)")
    parser.add_argument(
        "--as-port", type=_port, default=0, metavar="PORT", help="port of the authorization server (0: any)"
    )
    parser.add_argument("--mcp-port", type=_port, default=0, metavar="PORT", help="port of the MCP server (0: any)")
    parser.add_argument("--plain-http", action="store_true", help="without TLS, for clients that can't trust a new CA")
    parser.add_argument("--trust-issuer", metavar="URL", help="accept tokens of this issuer too (conformance issuer)")
    parser.add_argument(
        "--third-party",
        type=_loopback_origin,
        metavar="URL",
        help="be a proxy whose users log in there too: http://127.0.0.1:PORT, where a run of the target file listens",
    )
    parser.add_argument("--mutant", metavar="NAME", help="serve a deliberately broken variant")
    parser.add_argument("--write-target", metavar="FILE", help="write a target file for what is served, and its CA")
    parser.set_defaults(run=run)


def run(args: argparse.Namespace) -> int:
    """Serve until Ctrl-C. Returns 0. Raises ConfigurationError when a port is taken."""
    options = ServeOptions(
        args.host,
        args.as_port,
        args.mcp_port,
        tls=not args.plain_http,
        trusted_issuer=args.trust_issuer,
        third_party=args.third_party,
    )
    target = BundledTarget(args.mutant, options)
    try:
        facts = target.start()
        if args.write_target:
            target.write_target_file(args.write_target)
        print(f"authorization server  {facts.issuer}")
        print(f"MCP server            {facts.mcp_url}")
        for user in facts.users:
            print(f"user                  {user.fields['username']} / {user.fields['password']}")
        print("Ctrl-C stops it.", flush=True)
        threading.Event().wait()
    except KeyboardInterrupt:
        print()
    finally:
        target.stop()
    return 0


def _loopback_origin(text: str) -> str:
    """Without TLS, for nobody but this machine has to trust it; the harness listens there."""
    if not re.fullmatch(r"http://127\.0\.0\.1:[0-9]{1,5}", text) or not 0 < int(text.rpartition(":")[2]) <= 65535:
        raise argparse.ArgumentTypeError(f"{text!r} is no place for the harness to listen; give http://127.0.0.1:8798")
    return text


def _port(text: str) -> int:
    if not text.isdecimal() or int(text) > 65535:
        raise argparse.ArgumentTypeError(f"{text!r} is no port; give 0 to 65535")
    return int(text)
