"""S5, S8: after the start nothing ends with 70: bugs, full disks and absurd estimates stop the run and say so."""

from __future__ import annotations

import anyio
import pytest

from k6ci.cloud.models import TestRun
from k6ci.runs.deadline import Deadline
from k6ci.runs.pacing import Pacer
from k6ci.runs.plan import RunPlan
from k6ci.runs.watch import Watch
from story import LONG, PASSING


@pytest.mark.parametrize(
    "place",
    [
        "k6ci.runs.watch.Watch._poll",
        "k6ci.runs.attend._Attendance._write_note",
        "k6ci.runs.attend._Attendance.to_the_end",
    ],
)
@pytest.mark.parametrize("error", [ValueError("x"), OSError(28, "No space left on device"), RecursionError()])
def test_s5_whatever_we_stumble_over_stops_the_run(k6ci, emulator, monkeypatch, place, error):
    """Mock: a bug, or a disk that is full, at a place that no input reaches."""

    async def stumble(*_: object, **__: object) -> None:
        raise error

    monkeypatch.setattr(place, stumble)
    k6ci.write(a=LONG)
    told = k6ci("run", "a.js", "--timeout", "5s", on=emulator)
    assert told.code == 97, told.text
    assert "k6ci failed after the start" in told.run["reason"] or "A bug in k6ci" in told.run["reason"]
    (run,) = emulator.state()["runs"]
    assert run["status"] == "aborted"
    assert told.run_file["runs"][0]["has_ended"] is True


@pytest.mark.parametrize("place", ["k6ci.results.collect.measure", "k6ci.suite.run_report"])
def test_s5_a_bug_while_the_end_is_evaluated_is_97(k6ci, emulator, monkeypatch, place):
    """Mock: the run has passed by then, but nobody can say so."""

    def stumble(*_: object, **__: object) -> None:
        raise KeyError("x")

    monkeypatch.setattr(place, stumble)
    k6ci.write(a=PASSING)
    told = k6ci("run", "a.js", on=emulator)
    assert told.code == 97, told.text
    assert "A bug in k6ci" in told.run["reason"]
    assert told.run["run_id"]


class StillClock:
    """Time stands still."""

    def now(self):
        raise NotImplementedError  # a deadline is counted by the monotonic clock alone

    def monotonic(self) -> float:
        return 100.0

    async def sleep(self, seconds: float) -> None:
        await anyio.lowlevel.checkpoint()


@pytest.mark.parametrize(
    ("estimate", "longest", "planned", "expected"),
    [
        (1e18, 31.0, 1.0, 31 + 2 * 900),
        (1e18, None, None, 24 * 3600 + 900),
        (1e18, 1e12, None, 24 * 3600 + 900),
        (None, 31.0, 1.0, 31 + 900),
        (None, None, None, 600 + 900),
        (40.0, 31.0, 1.0, 40 + 900),
        (0.0, 31.0, 1.0, 31 + 900),
    ],
)
def test_s8_no_estimate_makes_the_deadline_endless(estimate, longest, planned, expected):
    """At most a little more than what k6 itself computes, and a day in any case."""
    run = TestRun.model_validate({"id": 5, "status": "running", "estimated_duration": estimate})
    clock = StillClock()
    watch = Watch(None, clock, None, run=run, url=None, plan=RunPlan(planned, longest), requested_at=100.0)
    assert watch.deadline.at - 100.0 == expected


@pytest.mark.parametrize("said", [float("inf"), -1, 1e308, "ten years", True, [1]])
def test_s8_an_estimate_that_is_none_is_not_used(said):
    """It counts as absent."""
    assert TestRun.model_validate({"id": 5, "status": "x", "estimated_duration": said}).estimated_duration is None


def test_s8_what_comes_after_the_deadline_has_an_end_too():
    """Seconds for each step, none without a limit."""
    over = Deadline.after(StillClock(), 90.0, 5.0)
    assert over.is_over
    assert over.left(30.0) == 0.0
    assert over.left(30.0, grace=8.0) == 3.0
    assert over.left(30.0, at_least=2.0) == 2.0
    assert Deadline.after(StillClock(), 90.0, None).left(30.0) == 30.0


def test_a_day_of_polls_does_not_overflow():
    """A power without an end did, after four hours of a result that did not come."""
    pacer = Pacer(1.0)
    assert all(pacer.delay(10.0 + 2 * n, 0.0, is_processing=True) >= 0 for n in range(50_000))
