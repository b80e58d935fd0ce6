"""Time series: bounded steps, values at their moments, gaps; what they say about load generators and an abort."""

from __future__ import annotations

import dataclasses
import datetime as dt

import anyio
import pytest

from k6ci.cloud.failures import NoAnswerError
from k6ci.cloud.models import Sample, TestRun
from k6ci.results import details
from k6ci.results.details import collect_details
from k6ci.results.model import MAX_STEPS, RunReport, StatusChange, TimeSeries
from k6ci.results.series import SOURCES, aborted_after, generator_overload, range_of, time_series
from sample_reports import PASSED

START = dt.datetime(2026, 1, 1, 10, tzinfo=dt.UTC)
VUS, P95 = SOURCES["vus"], SOURCES["duration_p95_ms"]


def run_of(seconds: float, *, ended: bool = True) -> TestRun:
    end = START + dt.timedelta(seconds=seconds)
    history = [{"type": "queued", "entered": START.isoformat()}, {"type": "running", "entered": START.isoformat()}]
    if ended:
        history.append({"type": "processing_metrics", "entered": end.isoformat()})
        history.append({"type": "completed", "entered": (end + dt.timedelta(seconds=50)).isoformat()})
    return TestRun.model_validate({"id": 7, "status": "completed", "status_history": history})


@pytest.mark.parametrize(
    ("seconds", "step", "steps"),
    [(0.2, 1, 1), (15, 1, 15), (118.8, 1, 118), (118.9, 1, 119), (121, 2, 60), (28_800, 240, 120)],
)
def test_a_range_is_the_time_of_execution_in_a_limited_number_of_steps(seconds, step, steps):
    found = range_of(run_of(seconds))
    assert (found.start, found.step_seconds, found.steps) == (START, step, steps)
    assert steps <= MAX_STEPS
    assert found.end == START + dt.timedelta(seconds=step * steps)


def test_a_run_whose_times_are_not_known_has_no_range():
    assert range_of(run_of(5, ended=False)) is None
    assert range_of(TestRun(id=7, status="aborted")) is None


def test_values_are_at_the_nearest_step_and_the_rest_are_gaps():
    """Servers may answer with the end of a step, or with moments around it; what is outside or odd is dropped."""
    origin = START.timestamp()
    values = [(origin - 60, 1), (origin - 0.3, 5), (origin + 1.4, 6.123456789), (origin + 2, None), (origin + 3, -1)]
    values += [(origin + 4, "NaN"), (origin + 5, 1e30), (origin + 9, 7)]
    found = time_series(range_of(run_of(6)), {VUS: [Sample.model_validate({"values": values})], P95: []})
    assert found == TimeSeries("2026-01-01T10:00:00+00:00", 1, vus=(5.0, 6.12346, None, None, None, None))


def test_without_any_value_there_is_no_time_series():
    assert time_series(range_of(run_of(6)), {VUS: [Sample(values=[])]}) is None


@pytest.mark.parametrize(
    ("cpu", "said"),
    [
        ((), None),
        ((99.0, *[10.0] * 20), None),
        ((None, 80.0, 80.0), None),
        ((None, 95.4, 10.0, 20.0, 85.0), "above 80 % for 50 % of the run (maximum 95 %)"),
    ],
)
def test_busy_load_generators_are_said_unless_it_was_a_moment(cpu, said):
    warning = generator_overload(TimeSeries(None, 1, generator_cpu_percent=cpu))
    assert (said is None and warning is None) or said in warning


@pytest.mark.parametrize(
    ("entered", "seconds"),
    [("2026-01-01T10:00:42+00:00", 42.0), ("2026-01-01T09:00:00Z", 0.0), ("2026-01-01T10:00:42", None), (None, None)],
)
def test_the_moment_of_an_abort_is_in_the_history(entered, seconds):
    """Without a zone, or with a time that shows a secret, there is no mark."""
    series = TimeSeries(START.isoformat(), 1, vus=(1.0,))
    run = RunReport("a.js", PASSED, time_series=series, history=(StatusChange("aborted", entered),))
    assert aborted_after(run) == seconds
    assert aborted_after(dataclasses.replace(run, history=())) is None


class Cloud:
    """Answers range queries as told: with a value, with an error, or never."""

    def __init__(self, *, slow: bool = False, broken: bool = False) -> None:
        self.asked: list[str] = []
        self._slow, self._broken = slow, broken

    async def in_steps(self, _, metric, query, steps):
        self.asked.append(f"{metric} {query}")
        if metric == "vus":
            return [Sample(values=[(steps.start.timestamp(), 3.0)])]
        if self._broken:
            raise RuntimeError("a bug")
        if self._slow:
            await anyio.sleep_forever()
        raise NoAnswerError("reading the metric", "no answer")

    async def aggregate(self, _, metric, query):
        self.asked.append(f"{metric} {query}")
        return []


def test_only_metrics_that_have_samples_are_queried():
    cloud = Cloud()
    found = anyio.run(collect_details, cloud, run_of(5), ("vus", "my_metric"))
    assert cloud.asked == ["vus sum(max by (instance_id))"]
    assert found.time_series.vus[0] == 3.0
    assert found.problems == ()


def test_details_that_are_late_or_fail_leave_gaps_and_notes(monkeypatch):
    monkeypatch.setattr(details, "_SECONDS", 0.2)
    for cloud, said in ((Cloud(), "no answer"), (Cloud(slow=True), "there was no answer within")):
        found = anyio.run(collect_details, cloud, run_of(5), ("vus", "http_req_duration"))
        assert found.time_series.vus[0] == 3.0
        assert found.time_series.duration_p95_ms == ()
        assert said in found.problems[0]


@pytest.mark.parametrize(("metrics", "problems"), [((), 0), (("vus",), 1)])
def test_a_run_whose_times_are_not_known_has_a_note_instead_of_charts(metrics, problems):
    """A cloud may leave the status history out. A run that ended in the queue has nothing to draw."""
    run = run_of(5).model_copy(update={"status_history": ()})
    found = anyio.run(collect_details, Cloud(), run, metrics)
    assert found.time_series is None
    assert len(found.problems) == problems


def test_a_bug_in_the_details_is_a_note():
    found = anyio.run(collect_details, Cloud(broken=True), run_of(5), ("http_reqs",))
    assert found.problems == ("a bug in k6ci (RuntimeError)",)


def test_vus_hold_over_one_step_without_a_sample():
    """k6 samples them once per second; more than one step without a sample is a gap."""
    origin = START.timestamp()
    values = [(origin + second, float(second)) for second in (1, 3, 6)]
    found = time_series(range_of(run_of(8)), {VUS: [Sample(values=values)], P95: [Sample(values=values)]})
    assert found.vus == (None, 1.0, 1.0, 3.0, None, None, 6.0, None)
    assert found.duration_p95_ms == (None, 1.0, None, 3.0, None, None, 6.0, None)
