"""Signals as cancellation: the first leaves time for cleaning up, the second a moment, the third none."""

from __future__ import annotations

import os
import signal

import anyio
import pytest

from k6ci.errors import ExitCode
from k6ci.runs.interruption import FIRST_SECONDS, SECOND_SECONDS, Interruption

NUMBERS = [signal.SIGINT, signal.SIGTERM, signal.SIGHUP]


@pytest.mark.parametrize("number", NUMBERS)
def test_a_real_signal_ends_the_work_and_the_former_handler_comes_back(number):
    """Handlers of the interpreter, so also while no loop runs and where the loop knows none (Windows)."""

    async def story(interruption: Interruption) -> bool:
        with interruption.attached(), interruption.scope() as work:
            os.kill(os.getpid(), number)
            await anyio.sleep(5)
        return work.cancelled_caught

    before = signal.getsignal(number)
    interruption = Interruption()
    with interruption.listening():
        assert anyio.run(story, interruption) is True
        os.kill(os.getpid(), number)  # while a report is written: noted, and nothing else
    assert interruption.exit_code is ExitCode(128 + number)
    assert signal.getsignal(number) is before


@pytest.mark.parametrize("number", NUMBERS)
def test_a_signal_before_the_loop_began_counts(number):
    """The story then does not even begin."""

    async def story(interruption: Interruption) -> bool:
        with interruption.attached(), interruption.scope() as work:
            await anyio.sleep(5)
        return work.cancelled_caught

    interruption = Interruption()
    with interruption.listening():
        os.kill(os.getpid(), number)
        assert anyio.run(story, interruption) is True


@pytest.mark.parametrize(("signals", "left"), [(0, 60.0), (1, FIRST_SECONDS), (2, SECOND_SECONDS), (3, 0.0), (4, 0.0)])
@pytest.mark.parametrize("is_late", [False, True])
def test_each_signal_shortens_what_cleaning_up_may_take(signals, left, is_late):
    """Whether the clean-up was going on when they came, or begins afterwards; the first decides about the code."""

    async def story() -> None:
        interruption, begun = Interruption(), anyio.current_time()
        sent = [signal.SIGTERM, signal.SIGINT, signal.SIGINT, signal.SIGINT][:signals]
        for number in sent if is_late else ():
            interruption.interrupt(number)
        with interruption.patient(60.0) as scope:
            for number in () if is_late else sent:
                interruption.interrupt(number)
            assert begun + left <= scope.deadline <= anyio.current_time() + left
            await anyio.sleep(0.01)
        assert scope.cancelled_caught is (left == 0.0)
        assert interruption.exit_code is (ExitCode.SIGTERM if signals else None)

    anyio.run(story)


def test_who_waits_leaves_a_reserve_to_who_comes_after():
    """A start that is not answered must not eat up the time for stopping the run."""

    async def story() -> None:
        interruption, begun = Interruption(), anyio.current_time()
        with interruption.patient(reserve=3.0) as scope:
            interruption.interrupt(signal.SIGINT)
            assert begun <= scope.deadline - (FIRST_SECONDS - 3.0) <= anyio.current_time()
            interruption.interrupt(signal.SIGINT)
            await anyio.sleep(60)
        assert scope.cancelled_caught

    anyio.run(story)


def test_a_suite_that_halts_has_no_signal_and_keeps_its_time():
    """Fail-fast ends the work; stopping the other runs is not in a hurry."""

    async def story() -> None:
        interruption = Interruption()
        with interruption.scope() as work:
            interruption.halt("a.js did not pass")
            await anyio.sleep(1)
        assert work.cancelled_caught
        assert (interruption.exit_code, interruption.is_over, interruption.why) == (None, True, "a.js did not pass")
        begun = anyio.current_time()
        with interruption.patient(60.0) as scope:
            assert begun <= scope.deadline - 60.0 <= anyio.current_time()
        interruption.interrupt(signal.SIGHUP)
        assert interruption.exit_code is ExitCode.SIGHUP
        with interruption.scope() as late:
            await anyio.sleep(1)
        assert late.cancelled_caught

    anyio.run(story)
