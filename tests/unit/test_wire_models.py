"""The wire is read leniently where servers vary, and never makes a number up."""

from __future__ import annotations

import datetime as dt

import pydantic
import pytest

from k6ci.cloud.models import QueryAnswer, Sample, StartedRun, TestRun


@pytest.mark.parametrize(
    ("values", "value"),
    [
        ([], None),
        ([[1, 2.5]], 2.5),
        ([["1", "2.5"]], 2.5),
        ([[1, None]], None),
        ([[1, "NaN"]], None),
        ([[1, "+Inf"]], None),
    ],
)
def test_a_sample_is_a_number_a_text_or_nothing(values, value):
    """v5 answers with pairs; numbers may be texts, and a ratio of nothing is no number."""
    assert Sample.model_validate({"metric": {"status": 200}, "values": values}).value == value


def test_an_answer_may_hold_more_than_is_known():
    """New keys are not an error."""
    answer = QueryAnswer.model_validate({"status": "success", "new": 1, "data": {"resultType": "vector", "result": []}})
    assert answer.data.result == []


def test_a_run_needs_an_id_and_a_status_and_nothing_else():
    """Unknown words are kept; `baseline_test_run_id` and the like may be gone tomorrow."""
    run = TestRun.model_validate({"id": "7", "status": "vanished", "cost": {"total_vuh": "1.5"}})
    assert (run.id, run.status, run.result, run.is_terminal) == (7, "vanished", None, False)
    assert run.cost is not None
    assert run.cost.total_vuh == 1.5
    with pytest.raises(pydantic.ValidationError):
        TestRun.model_validate({"id": 7})


def test_a_time_without_a_zone_is_utc():
    """Published samples lack it, against their own schema."""
    run = TestRun.model_validate(
        {"id": 7, "status": "running", "status_history": [{"type": "running", "entered": "2026-01-01T00:00:00"}]}
    )
    assert run.entered("running") == dt.datetime(2026, 1, 1, tzinfo=dt.UTC)
    assert run.entered("completed") is None


@pytest.mark.parametrize("number", [0, -1, None])
def test_a_run_without_a_real_id_is_no_run(number):
    """Row 17: k6 goes on with a run 0 when an answer lacks what it needs; we do not."""
    with pytest.raises(pydantic.ValidationError):
        TestRun.model_validate({"id": number, "status": "created"})


ODD_VALUES = [-5, 5, 1e308, 10**25, True, "zzz", [1], {"a": {"b": 1}}, float("nan")]
SIDE_FIELDS = [
    *(
        "started_by",
        "note",
        "cost",
        "status_details",
        "status_history",
        "result_details",
        "max_vus",
        "created",
        "ended",
    ),
    *("estimated_duration", "execution_duration", "test_run_details_page_url", "retention_expiry", "options"),
]


@pytest.mark.parametrize("field", SIDE_FIELDS)
def test_s5_an_odd_value_in_a_field_that_decides_nothing_counts_as_absent(field):
    """A run whose answer is refused for its estimate or its note would be a run that nobody stops."""
    for value in ODD_VALUES:
        run = TestRun.model_validate({"id": 7, "status": "running", field: value})
        assert (run.id, run.status, run.result) == (7, "running", None)
        assert run.estimated_duration is None or 0 <= run.estimated_duration <= 1e18
        assert 0 <= run.execution_duration <= 1e18


@pytest.mark.parametrize("field", ["id", "status", "result", "test_id", "project_id"])
@pytest.mark.parametrize("value", [[1], {"a": 1}, True, -5.5])
def test_s5_an_odd_value_in_a_field_that_decides_is_refused(field, value):
    """Which run it is, and how it ended, is never guessed."""
    with pytest.raises(pydantic.ValidationError):
        TestRun.model_validate({"id": 7, "status": "running"} | {field: value})


@pytest.mark.parametrize("value", [None, 5, [1], {"a": 1}, True])
def test_s5_what_identifies_a_started_run_is_enough_to_stop_it(value):
    """The answer to a start may be odd in all but its ids; polling asks for status and result again."""
    run = StartedRun.model_validate({"id": 7, "test_id": 8, "status": value, "result": value})
    assert (run.id, run.test_id, run.status, run.result, run.is_terminal) == (7, 8, "unknown", None, False)
