"""`python -m selftest.deep.seeds`: by how many of the seeds 0 to 9 is each deep mutant found, within the usual budget?

What a mutant fails with one seed it may get away with by another. Each is judged by the deep checks that it has to
fail, in a process of its own for each seed. Writes the table to reports/deep-seeds.md; returns 1 where fewer than nine
of ten seeds find a mutant.
"""

import argparse
import multiprocessing
import sys
import time

from conformance.running.options import DEEP_EXAMPLES
from reference_impl.mutants.registry import load_mutants
from selftest.deep.judged import DEEP_CHECKS, judged
from selftest.matrix import ROOT, warm_up

REPORT = ROOT / "reports" / "deep-seeds.md"
SEEDS = range(10)
_FOUND = {"FAIL", "WARN", "NOTE"}
_LEAST = 0.9


def found_by(job: tuple[str, int]) -> tuple[dict[str, bool], float]:
    """Whether each requirement that the mutant breaks was found broken with that seed, and the seconds it took."""
    name, seed = job
    kills = load_mutants()[name].deep_kills
    begin = time.monotonic()
    endings = judged(name, [c for c in DEEP_CHECKS if c.requirement in kills], DEEP_EXAMPLES, seed)
    found = {requirement: ending.verdict in _FOUND for requirement, ending in endings.items()}
    return found, time.monotonic() - begin


def main(names: list[str], workers: int) -> int:
    """Print a line for each mutant and requirement; all mutants when none is named, and then the report too."""
    known = [name for name, mutant in load_mutants().items() if mutant.deep_kills]
    chosen = [name for name in known if not names or name in names]
    warm_up()
    jobs = [(name, seed) for name in chosen for seed in SEEDS]
    with multiprocessing.get_context("fork").Pool(workers, maxtasksperchild=1) as pool:
        answers = dict(zip(jobs, pool.imap(found_by, jobs), strict=True))
    rows, rare = [], 0
    for name in chosen:
        runs = [answers[name, seed] for seed in SEEDS]
        seconds = sum(took for _, took in runs) / len(runs)
        for requirement in sorted(runs[0][0]):
            hits = sum(found[requirement] for found, _ in runs)
            rare += hits < _LEAST * len(runs)
            rows.append(f"| {name} | {requirement} | {hits} of {len(runs)} | {seconds:.1f} |")
            print(rows[-1], flush=True)
    if not names:
        REPORT.write_text(_page(rows, rare), encoding="utf-8")
    return 1 if rare else 0


def _page(rows: list[str], rare: int) -> str:
    return "\n".join(
        [
            "# Deep checks by seed",
            "",
            "Written by `python -m selftest.deep.seeds`: the share of the seeds 0 to 9 by which each deep mutant is",
            f"found with the usual {DEEP_EXAMPLES} examples, and the seconds that its checks took on average.",
            "",
            f"{len(rows)} pairs of mutant and requirement, {rare} of them found by fewer than nine of ten seeds.",
            "",
            "| mutant | requirement | found by | seconds |",
            "|---|---|---|---|",
            *rows,
            "",
        ]
    )


if __name__ == "__main__":
    parser = argparse.ArgumentParser(prog="python -m selftest.deep.seeds")
    parser.add_argument("names", nargs="*", metavar="MUTANT", help="none: all of them, and the report")
    parser.add_argument("-n", dest="workers", type=int, default=2)
    arguments = parser.parse_args()
    sys.exit(main(arguments.names, arguments.workers))
