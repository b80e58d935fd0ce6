"""Slices shared among forked processes: every one is worked on once, and a process that is lost is no pass."""

from __future__ import annotations

import multiprocessing
import os
import signal
import sys
import time

import pytest

from k6ci.errors import ExitCode, K6ciError, NotScannedError, SettingsError
from k6ci.processes import shared


@pytest.mark.parametrize("count", [0, 1, 7, 400])
@pytest.mark.parametrize("jobs", [1, 2, 5])
def test_every_slice_is_worked_on_once_and_in_its_place(count, jobs):
    """Whoever takes it."""
    assert shared(range(count), lambda number: number * number, jobs) == [number * number for number in range(count)]


def test_the_work_is_done_by_several():
    """And an answer may be longer than a pipe holds. The first two pieces wait for each other."""
    meeting = multiprocessing.get_context("fork").Barrier(2)

    def work(number: int) -> tuple[int, str]:
        if number < 2:
            meeting.wait(60)
        return os.getpid(), "x" * 10_000

    parts = shared(range(40), work, 3)
    assert parts[0][0] != parts[1][0]
    assert os.getpid() not in {part[0] for part in parts}


@pytest.mark.parametrize(
    ("end", "code"),
    [
        (lambda: os.kill(os.getpid(), signal.SIGKILL), ExitCode.NOT_SCANNED),
        (lambda: os.kill(os.getpid(), signal.SIGTERM), ExitCode.NOT_SCANNED),
        (lambda: os._exit(1), ExitCode.BUG),
        (lambda: 1 / 0, ExitCode.BUG),
        (lambda: sys.exit("text"), ExitCode.BUG),
        (lambda: _raise(NotScannedError("a cause", "a remedy")), ExitCode.NOT_SCANNED),
        (lambda: _raise(SettingsError("a cause", "a remedy")), ExitCode.SETTINGS),
    ],
    ids=["killed", "terminated", "gone", "raised", "exited", "not-scanned", "settings"],
)
def test_a_process_that_ends_before_it_has_answered_is_no_pass(end, code, capfd):
    """Killed for its memory, or by a bug: half of the files were not looked at."""
    parent = os.getpid()

    def work(number: int) -> int:
        time.sleep(0.02)
        if os.getpid() != parent:
            end()
        return number

    with pytest.raises(K6ciError) as told:
        shared(range(20), work, 2)
    assert told.value.code is code
    assert capfd.readouterr().err == ""


def _raise(error: Exception) -> None:
    raise error


def test_without_another_process_this_one_does_it_all(monkeypatch):
    """A container may allow no more. Mock: a limit on processes does not bind root."""

    def refuse() -> int:
        raise BlockingIOError

    monkeypatch.setattr(os, "fork", refuse)
    assert shared(range(5), str, 4) == list("01234")


def test_processes_that_were_started_do_not_wait_for_ever(monkeypatch):
    """The limit may be reached at the second. Mock: as above."""
    fork, started = os.fork, []

    def refuse() -> int:
        if started:
            raise BlockingIOError
        started.append(fork())
        return started[0]

    monkeypatch.setattr(os, "fork", refuse)
    assert shared(range(5), str, 4) == list("01234")
    for child in multiprocessing.active_children():
        child.join(60)
    assert multiprocessing.active_children() == []
