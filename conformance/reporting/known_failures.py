"""Known failures of a target: deviations that its owner lists with a reason, and entries gone stale."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import replace
from datetime import date
from difflib import get_close_matches
from typing import Protocol

from conformance.catalogue import catalogue
from conformance.reporting.results import Result
from conformance.vocabulary import Verdict

_DEVIATIONS = (Verdict.FAIL, Verdict.WARN, Verdict.NOTE)


class KnownFailure(Protocol):
    """One entry of the target file's `known_failures`."""

    @property
    def reason(self) -> str:
        """Why the deviation is accepted for now."""

    @property
    def expires(self) -> date | None:
        """The last day on which it is accepted; None for no end."""


def apply_known_failures(
    results: Sequence[Result],
    known: Mapping[str, KnownFailure],
    today: date,
    *,
    ids: Collection[str] | None = None,
) -> tuple[tuple[Result, ...], tuple[str, ...]]:
    """Mark the deviations that are known, and say which entries are stale.

    Stale is an entry that passes, has expired, or names no requirement of `ids` (default: the catalogue).
    An expired entry excuses nothing. Entries whose requirement wasn't judged in this run are left alone.
    """
    every_id = catalogue().rows if ids is None else ids
    stale = tuple(
        problem
        for requirement_id, entry in known.items()
        if (problem := _staleness(requirement_id, entry, results, today, every_id)) is not None
    )
    reasons = {i: entry.reason for i, entry in known.items() if entry.expires is None or today <= entry.expires}
    marked = tuple(
        replace(r, known_failure=reasons[r.requirement]) if r.verdict in _DEVIATIONS and r.requirement in reasons else r
        for r in results
    )
    return marked, stale


def _staleness(
    requirement_id: str, entry: KnownFailure, results: Sequence[Result], today: date, ids: Collection[str]
) -> str | None:
    if requirement_id not in ids:
        near = get_close_matches(requirement_id, ids, n=1, cutoff=0.5)
        return f"{requirement_id} is no requirement" + (f"; did you mean {near[0]}?" if near else "")
    if entry.expires is not None and today > entry.expires:
        return f"{requirement_id} expired on {entry.expires.isoformat()}"
    verdicts = {r.verdict for r in results if r.requirement == requirement_id}
    if Verdict.PASS in verdicts and verdicts <= {Verdict.PASS, Verdict.NOT_APPLICABLE}:
        return f"{requirement_id} passes now; remove the entry"
    return None
