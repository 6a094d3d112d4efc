"""The kill matrix: every mutant has to fail exactly the requirements it names, every variation none.

`python -m selftest.matrix [NAME ...]` runs the whole suite against each, in processes forked from one that
has imported everything, and writes reports/kill-matrix.md when everything was run. `--only ID,ID` runs the checks of
these requirements alone, against all that can reach them: what a new check is tried with. `--killers` runs
each mutant by the checks that it names alone: quick enough for every change.
"""

import argparse
import gc
import multiprocessing
import os
import sys
import tempfile
import time
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import cache, partial
from pathlib import Path

from conformance.catalogue import is_waiting
from conformance.checks import Check, discovered_checks
from conformance.client.context import Context
from conformance.issuer.keys import prepare_key
from conformance.profiles import Profile, load_profiles
from conformance.running.prepare import make_context
from conformance.targets.bundled import BundledTarget
from reference_impl.mutants.registry import Mutant, load_mutants, load_variations
from selftest.everything import write_everything_profiles
from selftest.kill_report import write_report
from selftest.lean import LeanRun, Verdicts
from selftest.reach import Reach, merged, observe
from selftest.reach.presenting import takes_bearer_tokens

ROOT = Path(__file__).parents[1]
_SIMPLE = "RFC7636-4.6-b"
_OBSERVERS = 2


@dataclass(frozen=True)
class Outcome:
    """What a target earned: (requirement, check, profile) -> verdict."""

    name: str
    seconds: float
    verdicts: Verdicts
    problem: str = ""


def run_one(name: str, reach: Reach | None = None, only: frozenset[str] = frozenset()) -> Outcome:
    """Judge the reference (name "") or a departure from it by every check that it can reach."""
    begin, running, context = time.monotonic(), BundledTarget(name or None), None
    try:
        context = make_context(running.start())
        profiles = everything()
        otherwise = _is_presented_otherwise(name, reach, context)
        checks = within_reach(name, reach, len(profiles), only, is_presented_otherwise=otherwise)
        verdicts = LeanRun(context, profiles).verdicts(checks)
    except Exception as error:  # noqa: BLE001 - told with the name of the departure
        return Outcome(name, time.monotonic() - begin, {}, f"{type(error).__name__}: {error}")
    finally:
        if context is not None:
            context.close()
        running.stop()
    return Outcome(name, time.monotonic() - begin, verdicts)


def warm_up() -> None:
    """Judge a little, so that everything is imported and made once, before processes are forked."""
    os.environ["SSL_CERT_FILE"] = os.devnull  # no public authority is met here; to read them all takes 40 ms each time
    run_one("", only=frozenset({_SIMPLE}))
    prepare_key()
    gc.freeze()  # else every process looks through all of this for garbage, and copies it by looking


@cache
def everything() -> tuple[Profile, ...]:
    """The profiles that name every check, one per era of MCP."""
    with tempfile.TemporaryDirectory() as folder:
        ids = write_everything_profiles(Path(folder))
        known = load_profiles(Path(folder))
    return tuple(known[i] for i in ids)


def every_check(only: frozenset[str] = frozenset()) -> list[Check]:
    """All checks, by requirement; those of some requirements only, if any are named.

    Deep checks have a matrix of their own in selftest/deep.
    """
    wanted = (checks for i, checks in discovered_checks().items() if not only or i in only)
    found = [check for checks in wanted for check in checks if not check.deep]
    return sorted(found, key=lambda check: is_waiting(check.function))  # as in a run


def _is_presented_otherwise(name: str, reach: Reach | None, context: Context) -> bool:
    departure = _departure(name)
    if departure is None or reach is None or not reach.touches_presentation(departure):
        return False
    return not takes_bearer_tokens(context)


def _departure(name: str) -> Mutant | None:
    return (load_mutants() | load_variations())[name] if name else None


def within_reach(
    name: str,
    reach: Reach | None,
    profiles: int,
    only: frozenset[str] = frozenset(),
    *,
    is_presented_otherwise: bool = False,
) -> Iterator[tuple[Check, int]]:
    """The checks that a departure can reach, and under how many profiles.

    A rule of the authorization server makes no difference between the two eras of MCP: one era is enough there.
    """
    departure = _departure(name)
    for check in every_check(only):
        if (
            departure is None
            or reach is None
            or reach.includes(departure, check, is_presented_otherwise=is_presented_otherwise)
        ):
            once = departure is not None and departure.part == "authorization_server" and check.role == "RS"
            yield check, 1 if once else profiles


def observe_reach(only: frozenset[str] = frozenset(), share: slice = slice(None)) -> Reach:
    """Which departures can reach each check, or each of a share of them."""
    return observe(every_check(only)[share], everything())


def is_difference(usual: str, got: str) -> bool:
    """Whether a verdict differs from the reference's in a way that counts.

    PASS against NOT-APPLICABLE is no difference: a departure may add what it takes to be judged, or offer less.
    """
    return got != usual and {usual, got} != {"NOT-APPLICABLE", "PASS"}


def differing(outcome: Outcome, reference: Outcome) -> dict[str, set[str]]:
    """Requirements judged otherwise than on the reference, with the verdicts they got."""
    changed: dict[str, set[str]] = {}
    for key, got in outcome.verdicts.items():
        if is_difference(reference.verdicts[key], got):
            changed.setdefault(key[0], set()).add(got)
    return changed


def expected_of(mutant: Mutant, only: frozenset[str]) -> frozenset[str]:
    """What a run of these requirements (none: of all) has to find of a mutant."""
    return mutant.kills & only if only else mutant.kills


def problems_of(mutant: Mutant, outcome: Outcome, reference: Outcome, only: frozenset[str] = frozenset()) -> list[str]:
    """Why this mutant's run isn't what the mutant says; empty when it is."""
    if outcome.problem:
        return [f"{mutant.name}: could not be judged: {outcome.problem}"]
    changed = differing(outcome, reference)
    if mutant.is_variation:  # a legal variation may leave out what is optional
        changed = {i: v - {"NOT-APPLICABLE"} for i, v in changed.items() if v != {"NOT-APPLICABLE"}}
    survived = sorted(expected_of(mutant, only) - changed.keys())
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
    """Checked MUST rows that no mutant kills; a deep check needs a mutant that ordinary checks don't find."""
    from conformance.catalogue import catalogue

    known = list(mutants)
    killed = {False: {i for m in known for i in m.kills}, True: {i for m in known for i in m.deep_kills}}
    rows = catalogue().rows
    strong = {
        (check.requirement, check.deep)
        for checks in discovered_checks().values()
        for check in checks
        if rows[check.requirement].level.strength == 3
    }
    return [
        f"no mutant kills {requirement}{' by its deep check' if deep else ''}"
        for requirement, deep in sorted(strong)
        if requirement not in killed[deep]
    ]


def killers(workers: int) -> list[str]:
    """Run each mutant by the checks that it says it fails, and by no other. Returns the problems found."""
    mutants = {name: mutant for name, mutant in load_mutants().items() if mutant.kills}
    warm_up()
    with multiprocessing.get_context("fork").Pool(workers, maxtasksperchild=1) as pool:
        reference = pool.apply(run_one, ("",))
        problems = [f"reference: {reference.problem}"] if reference.problem else wrong_on_the_reference(reference)
        outcomes = pool.imap(_judge_by_its_kills, mutants)
        for mutant, outcome in zip(mutants.values(), outcomes, strict=True):
            problems += problems_of(mutant, outcome, reference, mutant.kills)
    print(f"{len(mutants)} mutants judged by the checks that they name")
    return problems + without_killer(load_mutants().values())


def _judge_by_its_kills(name: str) -> Outcome:
    return run_one(name, only=load_mutants()[name].kills)


def matrix(names: list[str], workers: int, only: frozenset[str] = frozenset()) -> list[str]:
    """Run the named mutants and variations (none named: all). Returns the problems found."""
    mutants, variations = load_mutants(), load_variations()
    unknown = [f"{name}: no such mutant or variation" for name in names if name not in {**mutants, **variations}]
    unknown += [f"{requirement}: no check judges it" for requirement in sorted(only - discovered_checks().keys())]
    if unknown:
        return unknown
    chosen = [m for n, m in {**mutants, **variations}.items() if not names or n in names]
    begin = time.monotonic()
    warm_up()
    with multiprocessing.get_context("fork").Pool(workers, maxtasksperchild=1) as pool:
        shares = [slice(i, None, _OBSERVERS) for i in range(_OBSERVERS)]
        observed = [pool.apply_async(observe_reach, (only, share)) for share in shares]
        judged = pool.apply_async(run_one, ("", None, only))
        reference, reach = judged.get(), merged(part.get() for part in observed)
        problems = [f"reference: {reference.problem}"] if reference.problem else wrong_on_the_reference(reference)
        chosen = [
            mutant
            for mutant in chosen
            if expected_of(mutant, only)  # when nothing reaches it, it has survived
            or reach.touches_presentation(mutant)
            or any(within_reach(mutant.name, reach, 1, only))
        ]
        judge = partial(run_one, reach=reach, only=only)
        for mutant, outcome in zip(chosen, pool.imap(judge, [mutant.name for mutant in chosen]), strict=True):
            found = problems_of(mutant, outcome, reference, only)
            print(f"{'ok  ' if not found else 'FAIL'} {mutant.name} ({outcome.seconds:.1f} s)", flush=True)
            for problem in found:
                print(f"       {problem}", flush=True)
            problems += found
    if not names and not only:
        problems += without_killer(mutants.values())
        if not problems:
            write_report(ROOT, mutants, variations)
            print(f"the matrix took {time.monotonic() - begin:.0f} s")
    return problems


if __name__ == "__main__":
    parser = argparse.ArgumentParser(prog="python -m selftest.matrix")
    parser.add_argument("names", nargs="*", metavar="NAME")
    parser.add_argument("-n", dest="workers", type=int, default=4)  # some checks wait
    parser.add_argument("--only", default="", metavar="ID,ID", help="the checks of these requirements alone")
    parser.add_argument("--killers", action="store_true", help="each mutant by the checks that it names, and no more")
    arguments = parser.parse_args()
    requirements = frozenset(filter(None, arguments.only.split(",")))
    found_problems = (
        killers(arguments.workers) if arguments.killers else matrix(arguments.names, arguments.workers, requirements)
    )
    for line in found_problems:
        print(line, file=sys.stderr)
    print(f"{len(found_problems)} problems" if found_problems else "the matrix is as the mutants say")
    sys.exit(1 if found_problems else 0)
