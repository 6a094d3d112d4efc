"""The kill matrix: every mutant has to fail exactly the requirements it names, every variation none.

`python -m selftest.matrix [NAME ...]` runs the whole suite against each, in processes forked from one that
has imported everything, and writes reports/kill-matrix.md when everything was run.
"""

import argparse
import contextlib
import io
import json
import multiprocessing
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path

from conformance.checks import discovered_checks
from conformance.cli import main
from reference_impl.mutants.registry import Mutant, load_mutants, load_variations
from selftest.everything import write_everything_profiles

ROOT = Path(__file__).parents[1]
REPORT = ROOT / "reports" / "kill-matrix.md"
Verdicts = Mapping[tuple[str, str, str], str]


@dataclass(frozen=True)
class Outcome:
    """What one mutant did: requirements whose verdict differs from the reference's, and how."""

    name: str
    seconds: float
    verdicts: Verdicts
    problem: str = ""


def run_one(target: str) -> Outcome:
    """Judge one bundled target by every check; (requirement, check, profile) -> verdict."""
    begin = time.monotonic()
    with tempfile.TemporaryDirectory() as folder:
        profiles = write_everything_profiles(Path(folder))
        chosen = [f"--profile={profile}" for profile in profiles]
        output = io.StringIO()
        with contextlib.redirect_stdout(output), contextlib.redirect_stderr(output):
            status = main(["run", f"--target={target}", f"--profiles={folder}", "--format=results", *chosen, f"--out={folder}/out"])
        results = Path(folder) / "out" / "results.json"
        if not results.is_file():
            return Outcome(target, time.monotonic() - begin, {}, f"exit {status}: {output.getvalue()[-800:]}")
        judged = json.loads(results.read_text(encoding="utf-8"))["results"]
    verdicts = {(r["requirement"], r["check"], r["profile"]): r["verdict"] for r in judged}
    return Outcome(target, time.monotonic() - begin, verdicts)


def differing(outcome: Outcome, reference: Outcome) -> dict[str, set[str]]:
    """Requirements judged otherwise than on the reference, with the verdicts they got.

    A PASS where the reference was NOT-APPLICABLE is no difference: a mutant may add what it needs to be judged at all.
    """
    changed: dict[str, set[str]] = {}
    for key in outcome.verdicts.keys() | reference.verdicts.keys():
        got, usual = outcome.verdicts.get(key, "NOT-RUN"), reference.verdicts.get(key, "NOT-RUN")
        if got != usual and (usual, got) != ("NOT-APPLICABLE", "PASS"):
            changed.setdefault(key[0], set()).add(got)
    return changed


def problems_of(mutant: Mutant, outcome: Outcome, reference: Outcome) -> list[str]:
    """Why this mutant's run isn't what the mutant says; empty when it is."""
    if outcome.problem:
        return [f"{mutant.name}: could not be judged: {outcome.problem}"]
    changed = differing(outcome, reference)
    survived = sorted(mutant.kills - changed.keys())
    collateral = {i: sorted(v) for i, v in sorted(changed.items()) if i not in mutant.kills}
    unclear = {i: sorted(v) for i, v in changed.items() if i in mutant.kills and not v & {"FAIL", "WARN", "NOTE"}}
    return [
        *(f"{mutant.name}: survived {i}" for i in survived),
        *(f"{mutant.name}: also changed {i} to {'/'.join(v)}" for i, v in collateral.items()),
        *(f"{mutant.name}: {i} is only {'/'.join(v)}, not violated" for i, v in unclear.items()),
    ]


def wrong_on_the_reference(reference: Outcome) -> list[str]:
    """Everything but PASS and NOT-APPLICABLE on the reference itself."""
    wrong = {(k[0], k[1], v) for k, v in reference.verdicts.items() if v not in ("PASS", "NOT-APPLICABLE")}
    return [f"reference: {check} ({requirement}) is {verdict}" for requirement, check, verdict in sorted(wrong)]


def without_killer(mutants: Iterable[Mutant]) -> list[str]:
    """Checked MUST rows that no mutant kills."""
    from conformance.catalogue import catalogue

    killed = {requirement for mutant in mutants for requirement in mutant.kills}
    rows = catalogue().rows
    strong = (i for i in discovered_checks() if rows[i].level.strength == 3)
    return [f"no mutant kills {requirement}" for requirement in sorted(strong) if requirement not in killed]


def write_report(mutants: Mapping[str, Mutant], variations: Mapping[str, Mutant], seconds: float) -> None:
    """The kill matrix as a page."""
    kills = Counter(i for mutant in mutants.values() for i in mutant.kills)
    lines = [
        "# Kill matrix",
        "",
        "Written by `tox -e mutants`. Each mutant is the bundled reference with one thing wrong; the whole suite, run "
        "against it, changes exactly the verdicts named here and no other.",
        "",
        f"{len(mutants)} mutants kill {len(kills)} requirements; {len(variations)} legal variations raise no alarm.",
        "",
        "| mutant | the bug | kills |",
        "|---|---|---|",
        *(f"| {m.name} | {m.story} | {', '.join(sorted(m.kills))} |" for m in mutants.values()),
        "",
        "## Legal variations",
        "",
        "| variation | what is different | alarms |",
        "|---|---|---|",
        *(f"| {v.name} | {v.story} | none |" for v in variations.values()),
        "",
    ]
    REPORT.write_text("\n".join(lines), encoding="utf-8")
    print(f"{REPORT.relative_to(ROOT)} written; the matrix took {seconds:.0f} s")


def matrix(names: list[str], workers: int) -> list[str]:
    """Run the named mutants and variations (none named: all). Returns the problems found."""
    mutants, variations = load_mutants(), load_variations()
    unknown = [name for name in names if name not in mutants and name not in variations]
    if unknown:
        return [f"{name}: no such mutant or variation" for name in unknown]
    chosen = [m for n, m in {**mutants, **variations}.items() if not names or n in names]
    discovered_checks()
    begin = time.monotonic()
    with multiprocessing.get_context("fork").Pool(workers, maxtasksperchild=1) as pool:
        reference = pool.apply(run_one, ("bundled",))
        problems = [f"reference: {reference.problem}"] if reference.problem else wrong_on_the_reference(reference)
        targets = [f"bundled:{mutant.name}" for mutant in chosen]
        for mutant, outcome in zip(chosen, pool.imap(run_one, targets), strict=True):
            found = problems_of(mutant, outcome, reference)
            print(f"{'ok  ' if not found else 'FAIL'} {mutant.name} ({outcome.seconds:.1f} s)", flush=True)
            for problem in found:
                print(f"       {problem}", flush=True)
            problems += found
    if not names:
        problems += without_killer(mutants.values())
        if not problems:
            write_report(mutants, variations, time.monotonic() - begin)
    return problems


if __name__ == "__main__":
    parser = argparse.ArgumentParser(prog="python -m selftest.matrix")
    parser.add_argument("names", nargs="*", metavar="NAME")
    parser.add_argument("-n", dest="workers", type=int, default=2)
    arguments = parser.parse_args()
    found_problems = matrix(arguments.names, arguments.workers)
    for line in found_problems:
        print(line, file=sys.stderr)
    ran = len(arguments.names) or len(load_mutants()) + len(load_variations())
    print(f"{ran - len({p.partition(':')[0] for p in found_problems})} passed, {len(found_problems)} failed")
    sys.exit(1 if found_problems else 0)
