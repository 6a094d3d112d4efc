"""The judge waits here and, for a server that is asked too often, in the wire; nowhere else."""

import time
from collections.abc import Callable
from contextlib import suppress

from conformance.client.facts import TargetFacts
from conformance.client.identity import ClientIdentity
from conformance.vocabulary import Outcome
from conformance.wire.breaking_off import waiting

LONGEST_LIFETIME_SECONDS = 60.0
"""What lives longer is not waited for."""


def begin_early(make: Callable[[], object]) -> None:
    """Make what has to age while other checks run; a failure is the affair of the check that needs it later."""
    with suppress(Outcome):
        make()


def wait_until(moment: float) -> None:
    """Rest until that moment (seconds of the monotonic clock), if it lies ahead."""
    with waiting():
        time.sleep(max(0.0, moment - time.monotonic()))


def comes_true(condition: Callable[[], bool], seconds: float, pause_seconds: float) -> bool:
    """Ask again and again, with a pause between, until it is so; False when it isn't after the seconds are over."""
    end = time.monotonic() + seconds
    while True:
        asked = time.monotonic()
        if condition():
            return True
        if asked >= end:
            return False
        with waiting():
            time.sleep(pause_seconds)


def short_lived_client(facts: TargetFacts) -> ClientIdentity | None:
    """The client of the target file whose tokens expire soon, if it names one."""
    return next((client for client in facts.clients if client.client_id == facts.short_lived_client), None)
