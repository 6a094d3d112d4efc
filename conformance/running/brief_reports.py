"""A pytest plugin for `conformance run`: of what pytest says about a check only what tells something.

Set-up and clearing up that went well are two reports of three; each would be looked at by every plugin, and travel
from the worker to the controller before. Other people's plugins wait for them, so plain pytest has them all.
"""

import pytest
from _pytest.runner import runtestprotocol  # as other plugins do; pytest has no other door to it

from conformance.running.items import is_check


def pytest_runtest_protocol(item: pytest.Item, nextitem: pytest.Item | None) -> bool | None:
    """Run a check, and log its call and what went wrong."""
    if not is_check(item):
        return None
    for report in runtestprotocol(item, log=False, nextitem=nextitem):
        if report.when == "call" or not report.passed:
            item.ihook.pytest_runtest_logreport(report=report)
    return True
