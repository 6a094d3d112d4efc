"""How much of each document is judged: `python -m selftest.coverage` writes reports/coverage.md."""

from collections.abc import Iterable
from pathlib import Path

from conformance.catalogue import catalogue
from conformance.checks import discovered_checks
from conformance.vocabulary import Requirement, Role
from reference_impl.mutants.registry import load_mutants

REPORT = Path(__file__).parents[1] / "reports" / "coverage.md"
_SIDES = {
    "Authorization servers": Role.AUTHORIZATION_SERVER,
    "MCP servers as resource servers": Role.RESOURCE_SERVER,
}


def table(rows: Iterable[Requirement]) -> list[str]:
    """A table line for each document, and their sum."""
    checked, killed = (
        discovered_checks(),
        {i for mutant in load_mutants().values() for i in mutant.kills | mutant.deep_kills},
    )
    counts: dict[str, list[int]] = {}
    for row in rows:
        strong = row.id in checked and row.level.strength == 3
        cells = (
            1,
            row.id in checked,
            bool(row.excluded),
            not (row.id in checked or row.excluded),
            strong,
            strong and row.id in killed,
        )
        for name in (row.document, "**all**"):
            counts[name] = [a + b for a, b in zip(counts.get(name, [0] * len(cells)), cells, strict=True)]
    counts["**all**"] = counts.pop("**all**", [])
    lines = [f"| {name} | {' | '.join(map(str, cells))} |" for name, cells in counts.items()]
    return [
        "| document | rows | checked | excluded | planned | checked MUST rows | with a mutant |",
        "|---|" + "---|" * 6,
        *lines,
    ]


def page() -> str:
    """The tables by side, and every exclusion with its reason."""
    rows = catalogue().rows.values()
    lines = ["# Coverage", "", "Written by `python -m selftest.coverage`. A row for two sides counts on both.", ""]
    for title, role in _SIDES.items():
        lines += [f"## {title}", "", *table(row for row in rows if role in row.roles or Role.ALL in row.roles), ""]
    clients = [row for row in rows if row.roles == (Role.CLIENT,)]
    judged = sum(row.id in discovered_checks() for row in clients)
    lines += [f"Of {len(clients)} rows that bind clients alone, {judged} are judged.", ""]
    lines += ["## Excluded, and why", "", "| row | level | reason |", "|---|---|---|"]
    lines += [f"| {row.id} | {row.level.value} | {row.excluded} |" for row in rows if row.excluded]
    return "\n".join([*lines, ""])


if __name__ == "__main__":
    REPORT.write_text(page(), encoding="utf-8")
    print(f"{REPORT.name} written")
