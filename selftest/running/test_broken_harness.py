"""What a harness with a broken check module has judged is no verdict: pytest-xdist goes on with the other modules."""

from pathlib import Path
from types import SimpleNamespace
from typing import Any
from unittest.mock import Mock

import pytest

from conformance.running.collector import Collector


@pytest.mark.parametrize(("faults", "status", "files"), [([], 0, ["results.json"]), (["test_x.py is broken"], 4, [])])
def test_nothing_is_reported_that_others_could_take_for_a_verdict(
    tmp_path: Path, faults: list[str], status: int, files: list[str]
) -> None:
    run = Mock(exit_status=0, as_json=lambda: {"results": []})
    options = SimpleNamespace(out=tmp_path, formats=("none",), is_explicit=True)
    harness: Any = Mock(results=["one"], faults=faults, refusal=None, run=lambda: run, options=options, unwritten=None)
    config: Any = SimpleNamespace(option=SimpleNamespace(no_summary=False))
    session, terminal = Mock(shouldfail=False, shouldstop=False, exitstatus=0), Mock()
    Collector(config, harness).pytest_sessionfinish(session)
    assert session.exitstatus == status
    assert [path.name for path in tmp_path.iterdir()] == files
    if faults:
        Collector(config, harness).pytest_terminal_summary(terminal)
        terminal.write.assert_not_called()
