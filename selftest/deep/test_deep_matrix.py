"""Each deep mutant fails exactly the deep checks that it says; ordinary checks don't notice it (selftest.matrix)."""

import pytest

from conformance.checks import discovered_checks
from conformance.running.options import DEEP_EXAMPLES
from reference_impl.mutants.registry import load_mutants
from selftest.deep.judged import DEEP_CHECKS, judged

FEW = 8
"""Examples for checks that a mutant has to leave alone."""
MUTANTS = {name: mutant for name, mutant in load_mutants().items() if mutant.deep_kills}


def test_the_reference_passes_every_deep_check() -> None:
    endings = judged("", DEEP_CHECKS, DEEP_EXAMPLES)
    assert {i: ending for i, ending in endings.items() if ending.verdict != "PASS"} == {}
    assert endings.keys() == {check.requirement for check in DEEP_CHECKS}


@pytest.mark.parametrize("name", sorted(MUTANTS))
def test_a_deep_mutant_fails_what_it_says_and_nothing_else(name: str) -> None:
    kills = MUTANTS[name].deep_kills
    killed = [check for check in DEEP_CHECKS if check.requirement in kills]
    spared = [check for check in DEEP_CHECKS if check.requirement not in kills]
    assert not kills - {check.requirement for check in killed}, "a requirement without a deep check"
    found = judged(name, killed, DEEP_EXAMPLES)
    missed = {i: ending for i, ending in found.items() if ending.verdict not in ("FAIL", "WARN", "NOTE")}
    assert not missed, f"survived the generated examples: {missed}"
    hurt = {i: ending for i, ending in judged(name, spared, FEW).items() if ending.verdict != "PASS"}
    assert not hurt, f"also changed: {hurt}"


def test_every_deep_check_has_a_mutant_that_it_alone_finds() -> None:
    killed = {requirement for mutant in MUTANTS.values() for requirement in mutant.deep_kills}
    assert sorted({check.requirement for check in DEEP_CHECKS} - killed) == []


def test_a_row_has_one_deep_check_at_most() -> None:
    for requirement, checks in discovered_checks().items():
        assert sum(check.deep for check in checks) <= 1, requirement
