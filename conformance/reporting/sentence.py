"""The one sentence on top of every report: what came out, and what to do first."""

from collections import Counter
from collections.abc import Iterable, Sequence

from conformance.reporting.outcome import Judged, RunOutcome
from conformance.vocabulary import Verdict


def verdict_sentence(
    results: Sequence[Judged],
    outcome: RunOutcome,
    target: str,
    *,
    stale: Sequence[str] = (),
    interrupted: bool = False,
) -> str:
    """What somebody can act on without reading further. `target` is the target's name."""
    return _SENTENCES[outcome](results, target, stale, interrupted)


def _not_conformant(results: Sequence[Judged], target: str, _stale: Sequence[str], interrupted: bool) -> str:
    broken = _surprising(results, Verdict.FAIL)
    cut = " so far (the run was cut short)" if interrupted else ""
    if not broken:
        warned = _surprising(results, Verdict.WARN)
        departs = f"{target} departs from {_count(_ids(warned), 'recommendation')}, which --strict counts"
        return f"{departs}{cut}; start with {_first(warned)}."
    breaks = f"{target} breaks {_count(_ids(broken), 'mandatory requirement')}"
    return f"{breaks}{cut}; start with {_first(broken, results)}."


def _internal_error(results: Sequence[Judged], target: str, _stale: Sequence[str], _interrupted: bool) -> str:
    faults = [r for r in results if r.verdict is Verdict.ERROR]
    broken = _surprising(results, Verdict.FAIL)
    also = f"; what it did judge includes {_count(_ids(broken), 'broken mandatory requirement')}" if broken else ""
    failed = f"The harness itself failed on {_count(_ids(faults), 'requirement')} of {target}"
    return f"{failed}: please report it{also}."


def _stale_entries(_results: Sequence[Judged], target: str, stale: Sequence[str], _interrupted: bool) -> str:
    more = f" (and {len(stale) - 1} more)" if len(stale) > 1 else ""
    return f"The list of known failures of {target} is out of date: {stale[0]}{more}."


def _inconclusive(results: Sequence[Judged], target: str, _stale: Sequence[str], interrupted: bool) -> str:
    unjudged = [r for r in results if r.verdict is Verdict.INCONCLUSIVE]
    if interrupted:
        return f"No verdict on {target}: the run was cut short, with nothing mandatory found broken until then."
    if not unjudged:
        return f"No verdict on {target}: no check came to a conclusion."
    unsettled = f"{target} is not judged on {_count(_ids(unjudged), 'requirement')}, for want of what those need"
    return f"{unsettled}; start with {_first(unjudged, results)}."


def _conformant(results: Sequence[Judged], target: str, _stale: Sequence[str], _interrupted: bool) -> str:
    unsatisfied = {r.requirement for r in results if r.verdict not in (Verdict.PASS, Verdict.NOT_APPLICABLE)}
    satisfied = {r.requirement for r in results if r.verdict is Verdict.PASS} - unsatisfied
    warned = _ids(_surprising(results, Verdict.WARN))
    known = {r.requirement for r in results if r.known_failure is not None}
    beyond = f" beyond {_count(known, 'known failure')}" if known else ""
    kept = f"{target} breaks no mandatory requirement{beyond}"
    verb = "is" if len(satisfied) == 1 else "are"
    clauses = [kept, f"{_count(satisfied, 'checked requirement')} {verb} satisfied"]
    if warned:
        clauses.append(f"it departs from {_count(warned, 'recommendation')}")
    return "; ".join(clauses) + "."


_SENTENCES = {
    RunOutcome.CONFORMANT: _conformant,
    RunOutcome.KNOWN_FAILURES_ONLY: _conformant,
    RunOutcome.NOT_CONFORMANT: _not_conformant,
    RunOutcome.STALE_KNOWN_FAILURES: _stale_entries,
    RunOutcome.INCONCLUSIVE: _inconclusive,
    RunOutcome.INTERNAL_ERROR: _internal_error,
}


def _surprising(results: Sequence[Judged], verdict: Verdict) -> list[Judged]:
    return [r for r in results if r.verdict is verdict and r.known_failure is None]


def _ids(results: Iterable[Judged]) -> set[str]:
    return {r.requirement for r in results}


def _first(candidates: Sequence[Judged], results: Sequence[Judged] = ()) -> str:
    """The one to mend first: what most other results hang on, then by id; with its fix where there is one."""
    dependants = Counter(r.root_cause for r in results if r.root_cause)
    first = min(candidates, key=lambda r: (r.root_cause is not None, -dependants[r.check], r.requirement))
    return f"{first.requirement} ({first.fix.rstrip('.')})" if first.fix else first.requirement


def _count(ids: Iterable[str], noun: str) -> str:
    number = len(set(ids))
    return f"{number} {noun}{'' if number == 1 else 's'}"
