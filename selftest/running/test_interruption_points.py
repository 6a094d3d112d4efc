"""A signal breaks a check off where the judge waits, and otherwise when the check is over: nowhere in between."""

import os
import signal
import threading
import time
from collections.abc import Callable, Iterator
from functools import partial

import pytest

from conformance.client.waiting import wait_until
from conformance.running.interruption import Interruption
from conformance.wire.breaking_off import forget_signal, waiting


@pytest.fixture
def interruption() -> Iterator[Interruption]:
    before = signal.signal(signal.SIGINT, signal.default_int_handler)  # in the background of a shell it is ignored
    made = Interruption()
    made.arm()
    yield made
    made.disarm()
    forget_signal()
    signal.signal(signal.SIGINT, before)


def receive(number: signal.Signals) -> None:
    os.kill(os.getpid(), number)
    for _ in range(1000):  # handlers run between two bytecodes
        pass


def steps_done(interruption: Interruption, *steps: Callable[[], object]) -> int:
    """How many of the steps of a check were taken before it was interrupted, which it has to be."""
    done = 0

    def check() -> None:
        nonlocal done
        with interruption.held():
            for step in steps:
                step()
                done += 1

    with pytest.raises(KeyboardInterrupt):
        check()
    return done


def wait() -> None:
    with waiting():
        pass


def in_a_thread(step: Callable[[], object]) -> None:
    thread = threading.Thread(target=step)
    thread.start()
    thread.join()


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_signal_waits_until_the_check_is_over(interruption: Interruption, number: signal.Signals) -> None:
    assert steps_done(interruption, partial(receive, number), list, list) == 3


def test_a_signal_breaks_off_a_wait(interruption: Interruption) -> None:
    def rest() -> None:
        with waiting():
            receive(signal.SIGTERM)

    assert steps_done(interruption, rest, list) == 0


def test_a_signal_wakes_who_sleeps(interruption: Interruption) -> None:
    threading.Timer(0.2, os.kill, (os.getpid(), signal.SIGTERM)).start()
    assert steps_done(interruption, partial(wait_until, time.monotonic() + 60)) == 0


def test_after_a_signal_nothing_is_waited_for(interruption: Interruption) -> None:
    assert steps_done(interruption, partial(receive, signal.SIGINT), wait) == 1


def test_other_threads_are_not_broken_off(interruption: Interruption) -> None:
    waited: list[str] = []

    def work() -> None:
        wait()
        waited.append("to the end")

    steps_done(interruption, partial(receive, signal.SIGINT), partial(in_a_thread, work))
    assert waited


def test_a_second_ctrl_c_does_not_wait(interruption: Interruption) -> None:
    ctrl_c = partial(receive, signal.SIGINT)
    assert steps_done(interruption, ctrl_c, list, ctrl_c, list) == 2


def test_a_signal_that_meets_a_destructor_is_not_lost(interruption: Interruption) -> None:
    class Signalling:
        def __del__(self) -> None:
            receive(signal.SIGTERM)

    assert steps_done(interruption, Signalling, list) == 2


def test_between_checks_a_signal_interrupts_at_once(interruption: Interruption) -> None:
    with interruption.held():
        pass
    with pytest.raises(KeyboardInterrupt):
        receive(signal.SIGINT)


def test_what_the_signals_did_before_comes_back() -> None:
    before = [signal.getsignal(number) for number in (signal.SIGINT, signal.SIGTERM)]
    made = Interruption()
    made.arm()
    made.disarm()
    assert [signal.getsignal(number) for number in (signal.SIGINT, signal.SIGTERM)] == before
