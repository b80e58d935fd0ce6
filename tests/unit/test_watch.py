"""Following a run with a clock of the test's own: how outages, silence, refusals and late results are waited for."""

from __future__ import annotations

import datetime as dt
import itertools
from collections.abc import Callable

import anyio.lowlevel
import pytest

from k6ci.cloud.failures import ApiError, CallError, NoAnswerError
from k6ci.cloud.models import TestRun
from k6ci.errors import ExitCode
from k6ci.runs.plan import RunPlan
from k6ci.runs.timeouts import Timeouts
from k6ci.runs.watch import ContactLostError, DeadlineError, Watch

START = dt.datetime(2026, 1, 1, tzinfo=dt.UTC)
RUNNING = {"type": "running", "entered": START + dt.timedelta(seconds=2)}


class FakeClock:
    """Time that passes when somebody sleeps."""

    def __init__(self) -> None:
        self.seconds = 0.0

    def now(self) -> dt.datetime:
        return START + dt.timedelta(seconds=self.seconds)

    def monotonic(self) -> float:
        return self.seconds

    async def sleep(self, seconds: float) -> None:
        self.seconds += seconds
        await anyio.lowlevel.checkpoint()


class FakeCloud:
    """Answers polls by a function of the time; `asked` are the times of the polls."""

    def __init__(self, clock: FakeClock, answer: Callable[[float], TestRun | CallError]) -> None:
        self._clock, self._answer = clock, answer
        self.asked: list[float] = []

    async def test_run(self, run_id: int, *, of: TestRun | None = None, once: bool = False) -> TestRun:
        assert once
        self.asked.append(self._clock.seconds)
        answer = self._answer(self._clock.seconds)
        if isinstance(answer, CallError):
            raise answer
        return answer


class Silent:
    """Hears nothing."""

    wants_live_metrics = False

    def progressed(self, progress: object) -> None:
        del progress


def run_with(status: str, result: str | None = None) -> TestRun:
    history = (RUNNING,) if status != "queued" else ()
    return TestRun(id=5, status=status, result=result, created=START, status_history=history, estimated_duration=31)


def watched(answer: Callable[[float], TestRun | CallError], **timeouts: float) -> tuple[Watch, FakeCloud, FakeClock]:
    clock = FakeClock()
    cloud = FakeCloud(clock, answer)
    watch = Watch(
        cloud,
        clock,
        Silent(),
        run=run_with("queued"),
        url="https://x.example/5",
        plan=RunPlan(planned_seconds=600.0, timeouts=Timeouts(**timeouts)),
        requested_at=0.0,
    )
    return watch, cloud, clock


@pytest.mark.parametrize("error", [ApiError("asking", 503, "down"), NoAnswerError("asking", "refused")])
def test_silence_ends_after_a_minute_with_few_and_ever_rarer_questions(error):
    """Row 12: bounded, with pauses that grow; outcome unknown, with the page and the command that stops it."""
    watch, cloud, clock = watched(lambda now: run_with("running") if now < 100 else error, total=3600.0)
    with pytest.raises(ContactLostError) as caught:
        anyio.run(watch.to_the_end)
    problem = caught.value.problem
    assert problem.code is ExitCode.UNKNOWN
    assert "https://x.example/5" in problem.remedy
    assert "k6ci abort 5" in problem.remedy
    failed = [at for at in cloud.asked if at >= 100]
    last_answer = max(at for at in cloud.asked if at < 100)
    assert 60 <= clock.seconds - last_answer < 62
    assert 4 <= len(failed) <= 14
    gaps = [later - earlier for earlier, later in itertools.pairwise(failed)]
    assert all(gap <= 17 for gap in gaps)


def test_what_the_cloud_asks_for_is_honoured():
    """Retry-After is a floor, up to fifteen seconds."""
    busy = ApiError("asking", 429, "slow down", retry_after=13.0)
    watch, cloud, _ = watched(lambda now: busy if now < 30 else run_with("completed", "passed"))
    anyio.run(watch.to_the_end)
    gaps = [later - earlier for earlier, later in itertools.pairwise(cloud.asked)]
    assert all(gap >= 13 for gap in gaps[:2])


def test_a_short_outage_is_forgotten():
    """An answer in between begins the patience anew: an hour of flickering is no lost contact."""
    down = ApiError("asking", 500, "down")
    watch, cloud, _ = watched(
        lambda now: run_with("completed", "passed") if now > 3600 else run_with("running") if now % 50 < 20 else down,
        total=7200.0,
    )
    assert anyio.run(watch.to_the_end).result == "passed"
    assert len(cloud.asked) < 1800


@pytest.mark.parametrize(
    ("status", "code"), [(401, ExitCode.CREDENTIALS), (403, ExitCode.UNKNOWN), (404, ExitCode.UNKNOWN)]
)
def test_a_refusal_is_final_after_three(status, code):
    """Row 5: a token that was revoked during the run; one odd answer is not enough."""
    refused = ApiError("asking", status, "no")
    watch, cloud, _ = watched(lambda now: run_with("running") if now < 30 else refused, total=3600.0)
    with pytest.raises(ContactLostError) as caught:
        anyio.run(watch.to_the_end)
    assert caught.value.problem.code is code
    assert "It may still be running" in caught.value.problem.remedy
    assert sum(at >= 30 for at in cloud.asked) == 3


def test_an_ended_run_that_owes_its_result_is_waited_for_in_bounds():
    """Row 27: completed and null; it comes, or it does not."""
    watch, _, clock = watched(lambda now: run_with("completed", "passed" if now > 20 else None))
    assert anyio.run(watch.to_the_end).result == "passed"
    watch, cloud, clock = watched(lambda _: run_with("completed"))
    assert anyio.run(watch.to_the_end).result is None
    assert 30 < clock.seconds < 35
    assert len(cloud.asked) <= 20


@pytest.mark.parametrize("status", ["created", "queued", "initializing"])
def test_a_load_that_does_not_begin_has_a_limit_of_its_own(status):
    """Row 41; an unknown word is left to the deadline of the whole."""
    stuck = run_with("queued").model_copy(update={"status": status})
    watch, _, clock = watched(lambda _: stuck, queue=120.0)
    with pytest.raises(DeadlineError, match=f"did not begin within 120 s: the run stayed '{status}'"):
        anyio.run(watch.to_the_end)
    assert 120 <= clock.seconds < 123
    odd = stuck.model_copy(update={"status": "hibernating"})
    watch, _, clock = watched(lambda _: odd, queue=120.0, total=400.0)
    with pytest.raises(DeadlineError, match="did not end in time"):
        anyio.run(watch.to_the_end)
    assert 400 <= clock.seconds < 403


def test_without_a_timeout_the_estimate_and_a_margin_are_the_limit():
    """31 s estimated by the cloud, a quarter of an hour on top."""
    watch, _, clock = watched(lambda _: run_with("running"))
    with pytest.raises(DeadlineError):
        anyio.run(watch.to_the_end)
    assert 931 <= clock.seconds < 942
