"""Fixtures of the reporting tests."""

import sys
from pathlib import Path
from typing import Any

import pytest

sys.path.insert(0, str(Path(__file__).parent))

import sample

from conformance.reporting.results import Result, Run, RunInfo, TargetInfo
from conformance.vocabulary import Verdict


@pytest.fixture(scope="session")
def sample_run() -> Run:
    """The invented run with every verdict, as a model."""
    return sample.sample_run()


@pytest.fixture(scope="session")
def run_json(sample_run: Run) -> dict[str, Any]:
    """The same as in results.json."""
    return sample_run.as_json()


@pytest.fixture(scope="session")
def red(sample_run: Run) -> Result:
    """A failure that nobody has excused."""
    return next(r for r in sample_run.results if r.verdict is Verdict.FAIL and r.known_failure is None)


@pytest.fixture(scope="session")
def hostile() -> str:
    """What the invented server sends."""
    return sample.HOSTILE


@pytest.fixture
def run_of(sample_run: Run):
    """Makes a run of (requirement id, verdict) pairs, over the rows of the sample."""

    def make(*pairs: tuple[str, Verdict], stale: tuple[str, ...] = (), **settings: bool) -> Run:
        by_id = {result.requirement: result for result in sample_run.results}
        template = next(iter(by_id.values()))
        results = [
            Result(
                requirement=requirement,
                check=f"authorization_server.test_x::test_{place}",
                profile=sample.PROFILE,
                role="AS",
                level=by_id.get(requirement, template).level,
                verdict=verdict,
                message=f"message {place}",
            )
            for place, (requirement, verdict) in enumerate(pairs)
        ]
        info = RunInfo(
            target=TargetInfo("as.example", "url"),
            plan=sample_run.info.plan,
            strict=settings.get("strict", False),
        )
        return Run(
            info=info,
            results=results,
            duration_seconds=0.5,
            stale=stale,
            interrupted=settings.get("interrupted", False),
        )

    return make
