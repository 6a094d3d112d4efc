"""A pytest plugin for `conformance run`: of what pytest says about a check only what tells something.

Set-up and clearing up that went well are two reports of three; each would be looked at by every plugin, and travel
from the worker to the controller before. Other people's plugins wait for them, so plain pytest has them all.
"""

from typing import Literal

import pytest

from conformance.running.items import is_check

_PASSES_BY = (KeyboardInterrupt, pytest.exit.Exception)


def pytest_runtest_protocol(item: pytest.Item, nextitem: pytest.Item | None) -> bool | None:
    """Run a check, and report its call and what went wrong."""
    if not is_check(item):
        return None
    hook, session = item.ihook, item.session

    def step(when: Literal["setup", "call", "teardown"]) -> pytest.CallInfo[None]:
        run = getattr(hook, f"pytest_runtest_{when}")
        is_last = session.shouldfail or session.shouldstop
        more = {"nextitem": None if is_last else nextitem} if when == "teardown" else {}
        done: pytest.CallInfo[None] = pytest.CallInfo.from_call(lambda: run(item=item, **more), when, _PASSES_BY)
        if when == "call" or done.excinfo is not None:
            hook.pytest_runtest_logreport(report=hook.pytest_runtest_makereport(item=item, call=done))
        return done

    if step("setup").excinfo is None:
        step("call")
    step("teardown")
    item.funcargs = {}  # what a check was given goes when it is over
    return True
