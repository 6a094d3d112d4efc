"""The kill matrix as a page: which mutant breaks which requirements, and which variations break none."""

from collections import Counter
from collections.abc import Mapping
from pathlib import Path

from reference_impl.mutants.registry import Mutant

REPORT = Path("reports") / "kill-matrix.md"


def write_report(root: Path, mutants: Mapping[str, Mutant], variations: Mapping[str, Mutant]) -> None:
    """Write reports/kill-matrix.md below that folder."""
    kills = Counter(i for mutant in mutants.values() for i in mutant.kills | mutant.deep_kills)
    lines = [
        "# Kill matrix",
        "",
        (
            "Written by `tox -e mutants`. Each mutant is the bundled reference with one thing wrong; every check that "
            "it can reach, run against it, changes exactly the verdicts named here and no other. Those marked deep are "
            "changed by checks that run with --deep only; selftest/deep holds the mutants against these."
        ),
        "",
        f"{len(mutants)} mutants kill {len(kills)} requirements; {len(variations)} legal variations raise no alarm.",
        "",
        "| mutant | the bug | kills |",
        "|---|---|---|",
        *(f"| {m.name} | {m.story} | {_killed_by(m)} |" for m in mutants.values()),
        "",
        "## Legal variations",
        "",
        "| variation | what is different | alarms |",
        "|---|---|---|",
        *(f"| {v.name} | {v.story} | none |" for v in variations.values()),
        "",
    ]
    (root / REPORT).write_text("\n".join(lines), encoding="utf-8")
    print(f"{REPORT} written")


def _killed_by(mutant: Mutant) -> str:
    return ", ".join([*sorted(mutant.kills), *(f"{i} (deep)" for i in sorted(mutant.deep_kills))])
