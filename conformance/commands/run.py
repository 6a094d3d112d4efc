"""`conformance run`: judge a target and write the reports."""

import argparse
import gc
import os
import sys
from collections.abc import Sequence
from pathlib import Path

import pytest
from _pytest.mark.expression import Expression  # pytest shows it to nobody

from conformance.reporting.terminal import colour_wanted, render_terminal
from conformance.running.ahead import make_ahead
from conformance.running.nursery import nursery_if_possible
from conformance.running.options import OPTIONS, Options, deep_words, options_from
from conformance.running.output import make_room, summary_text
from conformance.running.session import HarnessSession
from conformance.targets import ConfigurationError

DEFAULT_OUT = "conformance-report"
_CHECKS = Path(__file__).parents[1] / "checks"
# Plugins that a run has no use for; each would cost time with every check or leave files behind.
_UNUSED = (
    "cacheprovider", "schemathesis", "hypothesispytest", "anyio", "allure_pytest", "junitxml", "doctest", "logging",
    "unraisableexception", "threadexception", "warnings", "unittest", "skipping", "debugging", "monkeypatch", "recwarn",
    "pastebin", "setuponly", "setupplan", "stepwise", "legacypath", "tmpdir", "subtests",
)  # fmt: skip
_PLUGINS = (*(f"-pno:{name}" for name in _UNUSED), "-pconformance.running.brief_reports")
_GARBAGE_THRESHOLD = 50_000
"""Evidence is kept until the end of a run; looking through it for garbage at every 700 objects only costs time."""
_PYTEST_SETTINGS = Path(__file__).parents[1] / "running" / "pytest.ini"


def add_parser(subparsers: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    """Add `run` to the command line."""
    parser = subparsers.add_parser("run", help="judge a target and write results.json and report.html")
    parser.add_argument("file", nargs="?", metavar="TARGET.yaml", help="a target file; short for --target url:FILE")
    add_target_options(parser)
    parser.add_argument("--out", dest="conformance_out", metavar="DIR", default=DEFAULT_OUT,
                        help="where reports go (default: %(default)s)")  # fmt: skip
    parser.add_argument(
        "--strict", dest="conformance_strict", action="store_true", help="a broken SHOULD fails the run"
    )
    parser.add_argument("-k", dest="keyword", metavar="EXPRESSION", default="", help="as pytest's -k")
    parser.add_argument("-n", dest="workers", metavar="N", default="0", help="that many workers (pytest-xdist)")
    parser.set_defaults(run=run)


def add_target_options(parser: argparse.ArgumentParser) -> None:
    """The options that name a target and its profiles."""
    for name, settings in OPTIONS:
        parser.add_argument(name, **settings)


def options_with_file(args: argparse.Namespace) -> Options:
    """The options with the positional target file folded in. Raises ConfigurationError."""
    if args.file:
        if args.conformance_target or args.conformance_as_url or args.conformance_mcp_url:
            raise ConfigurationError(f"{args.file}: give either a target file or --target/--as-url/--mcp-url, not both")
        args.conformance_target = f"url:{args.file}"
    return options_from(args)


def run(args: argparse.Namespace) -> int:
    """Judge the target. Returns the run's exit status. Raises ConfigurationError, ProfileError."""
    options = options_with_file(args)
    if not args.workers.isdecimal() and args.workers != "auto":
        raise ConfigurationError(f"-n {args.workers}: has to be a number of workers, or auto")
    try:
        Expression.compile(options.keyword)
    except SyntaxError as error:  # which every worker would find out by itself, and fail
        raise ConfigurationError(
            f"-k {options.keyword!r}: {error.msg}; write it as in 'mcp-2026-07-28 and pkce'"
        ) from None
    ahead = make_ahead()
    harness = HarnessSession(options)
    harness.locate()
    harness.choose()
    assert options.out is not None
    make_room(options.out)
    gc.set_threshold(_GARBAGE_THRESHOLD, _GARBAGE_THRESHOLD)  # what outlives one look is kept anyway
    is_parallel = args.workers != "0"
    nursery = nursery_if_possible(ahead) if is_parallel else None
    try:
        if is_parallel:
            harness.launch()  # and asked whether it answers while the workers get ready
        else:
            harness.start()
        os.environ.pop("PYTEST_ADDOPTS", None)
        status = int(
            pytest.main(_pytest_arguments(options, args.workers), plugins=[harness, *([nursery] if nursery else [])])
        )
    finally:
        harness.stop()
        if nursery:
            nursery.close()
    return _told(harness, status, options)


def _told(harness: HarnessSession, status: int, options: Options) -> int:
    """Say what came out; returns the exit status, in which pytest's own numbers have become the harness's."""
    for fault in harness.faults:
        print(f"conformance: the harness itself failed: {fault}", file=sys.stderr)
    if harness.refusal:
        raise ConfigurationError(harness.refusal)
    if harness.unwritten:
        sys.stdout.write("\n" + summary_text(harness))
        raise ConfigurationError(harness.unwritten)
    if harness.written is not None:
        sys.stdout.write("\n" + render_terminal(harness.written, colour=colour_wanted(sys.stdout)))
        assert options.out is not None
        if "html" in (options.formats or ("html",)):
            sys.stdout.write(f"\nReport   {options.out / 'report.html'}")
        sys.stdout.write(f"\nResults  {options.out / 'results.json'}\n")
        return status
    if harness.interrupted:  # before there was anything to write
        raise KeyboardInterrupt
    if harness.faults or status == pytest.ExitCode.INTERNAL_ERROR:
        return 4
    if status == pytest.ExitCode.NO_TESTS_COLLECTED:
        raise ConfigurationError("nothing was judged: no check fits this combination of -k, --only and --profile")
    return 2  # pytest has said what is wrong with -k or -n


def _pytest_arguments(options: Options, workers: str) -> list[str]:
    flags: list[tuple[str, str | None]] = [
        ("--target", options.target),
        ("--as-url", options.as_url),
        ("--mcp-url", options.mcp_url),
        ("--profiles", str(options.profiles_folder) if options.profiles_folder else None),
        ("--conformance-out", str(options.out)),
        *(("--format", name) for name in options.formats),
        *(("--profile", profile) for profile in options.profiles),
        *(("--only", requirement) for requirement in options.only),
    ]
    given = [f"{name}={value}" for name, value in flags if value]
    explored = deep_words(options.deep) if options.deep else ()
    switches = [name for name, on in (("--conformance-strict", options.strict), ("--safe", options.safe)) if on]
    silent: Sequence[str] = ("-qq", "--capture=sys", "--no-header", "--no-summary", "--tb=no", "--assert=plain")
    keyword = ["-k", options.keyword] if options.keyword else []
    parallel = ["-n", workers, "--dist=worksteal"] if workers != "0" else []
    return [
        "-c",
        str(_PYTEST_SETTINGS),
        f"--rootdir={_CHECKS.parents[1]}",
        *silent,
        *_PLUGINS,
        *keyword,
        *parallel,
        *switches,
        *explored,
        *given,
        str(_CHECKS),
    ]
