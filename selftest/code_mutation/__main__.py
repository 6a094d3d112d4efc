"""`python -m selftest.code_mutation [MODULE ...]`: which changes of the rules' source does no check notice?

Each change is made in a process of its own, forked from one that has imported everything; the checks that look up the
changed name run until one verdict differs from the reference's as in the matrix. A survivor has to be explained in
`equivalent.yaml` or closed by a check. Writes reports/code-mutation.md when every module was mutated.
"""

import argparse
import multiprocessing
import signal
import sys
import time
from collections import Counter
from dataclasses import dataclass
from fnmatch import fnmatchcase
from functools import cache, partial
from pathlib import Path
from typing import Any

import yaml

from conformance.checks import Check
from conformance.running.prepare import make_context
from conformance.targets.bundled import BundledTarget
from reference_impl.authorization_server.rules import Rules
from selftest.code_mutation.mutations import Mutation, apply, every_mutation
from selftest.lean import LeanRun, Verdicts
from selftest.matrix import ROOT, every_check, everything, is_difference, observe_reach, run_one, warm_up
from selftest.reach import Reach

REPORT = ROOT / "reports" / "code-mutation.md"
_EXPLAINED = Path(__file__).parent / "equivalent.yaml"
_MOST_SECONDS = 120
_PART = "authorization_server"


@dataclass(frozen=True)
class Fate:
    """What became of a mutation: the requirement that noticed it, or "" for a survivor."""

    mutation: Mutation
    noticed_by: str


class _TooLongError(Exception):
    pass


def _give_up(*_: object) -> None:
    raise _TooLongError


def checks_in_reach(mutation: Mutation, reach: Reach) -> list[Check]:
    """The checks that look the changed name up, first; where that isn't known, all."""
    checks = every_check()
    if mutation.owner not in {rules.__name__ for rules in Rules.__mro__} or mutation.name.startswith("__"):
        return checks  # looked up elsewhere than on the rules, where nobody notes it
    near = [c for c in checks if mutation.name in reach.by_check[c.name].names[_PART]]
    return checks if mutation.name in reach.names[_PART] and not near else near


def fate_of(mutation: Mutation, reach: Reach, usual: Verdicts) -> Fate:
    """Make the change in this process and judge until something differs."""
    signal.signal(signal.SIGALRM, _give_up)
    signal.alarm(_MOST_SECONDS)
    running, context = BundledTarget(), None
    try:
        apply(mutation)
        context = make_context(running.start())
        profiles = everything()
        lean = LeanRun(context, profiles)
        for check in checks_in_reach(mutation, reach):
            for key, verdict in lean.verdicts([(check, len(profiles))]).items():
                if is_difference(usual[key], verdict):
                    return Fate(mutation, key[0])
    except Exception as error:  # noqa: BLE001 - a server that doesn't start, or hangs, is noticed
        return Fate(mutation, f"the server itself ({type(error).__name__})")
    finally:
        signal.alarm(0)
        if context is not None:
            context.close()
        running.stop()
    return Fate(mutation, "")


def explanation(mutation: Mutation) -> str | None:
    """Why no check can notice that, by equivalent.yaml; None if nobody has said."""
    for entry in _explanations():
        if (
            any(fnmatchcase(mutation.place, place) for place in entry["places"])
            and fnmatchcase(mutation.was, entry.get("lines", "*"))
            and fnmatchcase(mutation.becomes, entry.get("becomes", "*"))
        ):
            return str(entry["why"])
    return None


@cache
def _explanations() -> list[dict[str, Any]]:
    entries: list[dict[str, Any]] = yaml.safe_load(_EXPLAINED.read_text(encoding="utf-8"))
    return entries


def judge(mutations: list[Mutation], workers: int) -> list[Fate]:
    """What became of each mutation; survivors are printed as they come."""
    warm_up()
    fates = []
    with multiprocessing.get_context("fork").Pool(workers, maxtasksperchild=1) as pool:
        observed, judged = pool.apply_async(observe_reach), pool.apply_async(run_one, ("",))
        reach, reference = observed.get(), judged.get()
        for fate in pool.imap(partial(fate_of, reach=reach, usual=reference.verdicts), mutations):
            fates.append(fate)
            if not fate.noticed_by and explanation(fate.mutation) is None:
                m = fate.mutation
                print(f"survived  {m.place}\n  was     {m.was}\n  becomes {m.becomes}", flush=True)
    return fates


def report(fates: list[Fate], seconds: float) -> str:
    """The table and the list of survivors as a page."""
    survivors = [fate.mutation for fate in fates if not fate.noticed_by]
    made = Counter(fate.mutation.module.rpartition(".")[2] for fate in fates)
    alive = Counter(mutation.module.rpartition(".")[2] for mutation in survivors)
    rows = [f"| {module} | {n} | {n - alive[module]} | {alive[module]} |" for module, n in sorted(made.items())]
    listed = [f"| {m.place} | `{m.was}` | `{m.becomes}` | {explanation(m) or '**open**'} |" for m in survivors]
    counts = f"{len(fates)} mutations, {len(fates) - len(survivors)} noticed, {len(survivors)} survivors"
    unexplained = sum(explanation(mutation) is None for mutation in survivors)
    return "\n".join(
        [
            "# Code mutation",
            "",
            "Written by `tox -e code-mutation`: the source of the authorization server's rules, changed in one place",
            "at a time by the operators of cosmic-ray, with the conformance suite as its tests.",
            "",
            f"{counts}, {unexplained} of them open; {seconds / 60:.0f} minutes.",
            "",
            "| module of rules | mutations | noticed | survived |",
            "|---|---|---|---|",
            *rows,
            "",
            "## Survivors",
            "",
            "| where | line | becomes | why no check notices |",
            "|---|---|---|---|",
            *(line.replace("||", "\\|\\|") for line in listed),
            "",
        ]
    )


def main(arguments: Any) -> int:
    """Returns 1 when a survivor is neither closed nor explained."""
    mutations = [
        m for m in every_mutation() if not arguments.modules or m.module.rpartition(".")[2] in arguments.modules
    ]
    print(f"{len(mutations)} mutations", flush=True)
    begin = time.monotonic()
    fates = judge(mutations, arguments.workers)
    open_ones = [f for f in fates if not f.noticed_by and explanation(f.mutation) is None]
    if not arguments.modules:
        REPORT.write_text(report(fates, time.monotonic() - begin), encoding="utf-8")
        print(f"{REPORT.relative_to(ROOT)} written")
    print(f"{len(fates)} mutations, {sum(bool(f.noticed_by) for f in fates)} noticed, {len(open_ones)} survivors open")
    return 1 if open_ones else 0


if __name__ == "__main__":
    parser = argparse.ArgumentParser(prog="python -m selftest.code_mutation")
    parser.add_argument("modules", nargs="*", metavar="MODULE", help="of the rules, such as pkce; none: all")
    parser.add_argument("-n", dest="workers", type=int, default=2)
    sys.exit(main(parser.parse_args()))
