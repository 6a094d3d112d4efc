"""Send every variant of a token to every resource server, and write what became of it into reports/token-variants.md.

    python -m interop.token_table [--check]

With --check nothing is written, and the run fails when the table would change.
"""

import argparse
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from conformance.catalogue import catalogue
from conformance.client.dpop import DpopKey
from conformance.client.facts import TargetFacts
from conformance.client.mcp import is_result
from conformance.client.refusal import Refusal
from conformance.client.resource_server import ResourceServer
from conformance.client.scope_denial import Shape, shape_of
from conformance.issuer.expired import mint_for
from conformance.running.prepare import make_context
from conformance.targets import Target, locate
from conformance.vocabulary import Level
from conformance.wire import Response
from interop.deployment import REPOSITORY, Deployment, LaunchError
from interop.launch import SERVERS, target_file
from interop.peers import PEERS
from interop.token_variants import ACCEPTED, EITHER, REFUSED, Bench, Variant, variants

TABLE = REPOSITORY / "reports" / "token-variants.md"
BUNDLED = "bundled"
COLUMNS = {
    BUNDLED: "2026-07-28",
    "fastmcp": "2026-07-28",
    "authplane-mcp": "2025-11-25",
    "authplane-fastmcp": "2025-11-25",
}
_HEAD = """# What became of each token, by server

Written by `python -m interop.token_table`. Every server trusts the harness's issuer and gets the same tokens, each in
the cheapest request that needs one. A cell says whether that was accepted, the status, scheme and error of the
challenge, and the verdict: PASS, FAIL (a row of the last column is a MUST) or WARN (none is). A dash instead: both are
allowed, or the server checks no proofs of possession and needn't. Rows of RFC 9068 count for servers that take its
tokens; the verifier of fastmcp promises JWTs only.

"""
_DPOP = """
Under which scheme a bound token is served with a good proof and not without one: {schemes}.
Faulty proofs are sent under that scheme, so that nothing else is wrong with them.
"""


def column(name: str) -> tuple[list[str], str]:
    """The cells of one server, and under which scheme it takes bound tokens. Raises LaunchError."""
    with _running(name) as facts:
        context = make_context(facts)
        try:
            server = ResourceServer(context, context.wire(), facts.mcp_url or "", COLUMNS[name])
            mint = mint_for(context)
            assert mint is not None
            bench = Bench(server, mint, DpopKey.fresh(("ES256",))).with_dpop_scheme()
            cells = [cell(each, bench, server.wire.send(each.make(bench))) for each in variants()]
            return cells, bench.dpop_scheme or "none"
        finally:
            context.close()


@contextmanager
def _running(name: str) -> Iterator[TargetFacts]:
    """The facts of that server, started, and of the issuer that it trusts."""
    if name == BUNDLED:
        with _started(locate(BUNDLED)) as facts:
            yield facts
        return
    with tempfile.TemporaryDirectory() as name_of_folder:
        folder = Path(name_of_folder)
        with SERVERS[name](folder) as deployment, _started(_target(deployment, folder)) as facts:
            yield facts


def _target(deployment: Deployment, folder: Path) -> Target:
    return locate(f"url:{target_file(deployment, folder / 'target.yaml')}")


@contextmanager
def _started(target: Target) -> Iterator[TargetFacts]:
    try:
        yield target.start()
    finally:
        target.stop()


def cell(variant: Variant, bench: Bench, answer: Response) -> str:
    """What came back, and the verdict."""
    shape = shape_of(answer)
    seen = ACCEPTED if is_result(answer) and shape is Shape.NONE else REFUSED
    challenges = Refusal(variant.name, answer).challenges
    said = "; ".join(" ".join(filter(None, (each.scheme, each.get("error")))) for each in challenges)
    said = said or (str(shape) if shape is Shape.RESULT else "")
    observed = f"{seen} {answer.status}" + (f", {said}" if said else "")
    return f"{observed}: {_verdict(variant, bench, seen, answer.status)}"


def _verdict(variant: Variant, bench: Bench, seen: str, status: int) -> str:
    if variant.wanted == EITHER or (variant.of_dpop and bench.dpop_scheme is None):
        return "-"
    if seen == variant.wanted and (seen == ACCEPTED or status in variant.statuses):
        return "PASS"
    levels = {catalogue().rows[row].level for row in variant.rows}
    return "**FAIL**" if levels & {Level.MUST, Level.MUST_NOT} else "**WARN**"


def table() -> str:
    """The whole page. Raises LaunchError."""
    columns = {name: column(name) for name in COLUMNS}
    lines = [f"| token | {' | '.join(COLUMNS)} | wanted | row |", f"|{'---|' * (len(COLUMNS) + 3)}"]
    for number, variant in enumerate(variants()):
        cells = " | ".join(cells[number] for cells, _ in columns.values())
        lines.append(f"| {variant.name} | {cells} | {variant.wanted} | {', '.join(variant.rows) or '-'} |")
    versions = ", ".join(f"{name} ({_version(name)})" for name in COLUMNS if name != BUNDLED)
    schemes = ", ".join(f"{name} {scheme}" for name, (_, scheme) in columns.items())
    return _HEAD + f"Versions: {versions}.\n\n" + "\n".join(lines) + "\n" + _DPOP.format(schemes=schemes)


def _version(name: str) -> str:
    pins = (REPOSITORY / "interop" / "resource_servers" / f"{PEERS[name].environment}.txt").read_text("utf-8")
    return next(line.partition("==")[2] for line in pins.splitlines() if line.partition("==")[0] == name)


def main() -> int:
    """Write or compare the table; 1 when it would change, 2 when a server doesn't start."""
    parser = argparse.ArgumentParser(prog="python -m interop.token_table", description=__doc__.partition("\n")[0])
    parser.add_argument("--check", action="store_true", help="write nothing; fail when the table would change")
    options = parser.parse_args()
    try:
        page = table()
    except LaunchError as problem:
        print(problem, file=sys.stderr)
        return 2
    if options.check and (not TABLE.is_file() or TABLE.read_text("utf-8") != page):
        print(
            f"{TABLE.name} is not what the servers do now; write it anew with python -m interop.token_table",
            file=sys.stderr,
        )
        return 1
    if not options.check:
        TABLE.write_text(page, "utf-8")
    print(f"{TABLE.relative_to(REPOSITORY)}: {len(variants())} variants, {len(COLUMNS)} servers")
    return 0


if __name__ == "__main__":
    sys.exit(main())
