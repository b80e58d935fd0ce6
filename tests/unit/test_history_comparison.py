"""What a comparison says to its reader."""

from __future__ import annotations

import dataclasses

import pytest

from k6ci.cloud.models import TestRun
from k6ci.history.comparison import NewRun, comparison_of
from k6ci.history.earlier_runs import EarlierRun, History
from k6ci.history.gate import Figures
from k6ci.results.comparison import ComparisonOutcome
from k6ci.results.model import Measurements, Metrics
from k6ci.runs.run_note import Revision

REVISION = Revision("main", is_default_branch=True, options="0a1b2c3d4e5f")
NEW = NewRun(
    TestRun(id=99, status="completed", result="passed"),
    REVISION,
    is_closed_model=True,
    measurements=Measurements(Metrics(requests=100.0, duration_p95_ms=8.0)),
)


@pytest.mark.parametrize(
    ("durations", "said"),
    [
        ((8.0, 8.1, 7.9, 8.0, 8.0, 8.1), "this comparison sees a slowdown of "),
        ((2.0, 30.0, 5.0, 60.0, 1.0, 9.0), "this comparison often misses even a slowdown of 1000 %. Longer runs or "),
    ],
)
def test_the_power_is_told_unless_it_is_a_number_without_a_meaning(durations, said):
    earlier = [
        EarlierRun(TestRun(id=number, status="completed"), REVISION, Figures(p95, 100.0))
        for number, p95 in enumerate(durations, 1)
    ]
    notes = comparison_of(NEW, History(tuple(earlier)), regression_limit=0.1).notes
    assert any(note.startswith("6 comparable runs, spread ") and said in note for note in notes), notes


@pytest.mark.parametrize(
    ("ignored", "notes"),
    [
        ((), ("No earlier run on the default branch: runs of GitHub and GitLab jobs on it become the history.",)),
        (
            (("without metrics", 8),),
            ("0 comparable runs: a comparison needs 5.", "Not compared: 8 runs without metrics."),
        ),
    ],
)
def test_without_a_history_the_reason_is_told(ignored, notes):
    comparison = comparison_of(NEW, History(ignored=ignored), regression_limit=0.1)
    assert (comparison.outcome, comparison.notes) == (ComparisonOutcome.TOO_FEW_RUNS, notes)


@pytest.mark.parametrize("problems", [(), ("the API answered 500",)])
def test_a_run_without_http_requests_is_not_comparable(problems):
    """Unless their metrics could not be read."""
    new = dataclasses.replace(NEW, measurements=Measurements(problems=problems))
    comparison = comparison_of(new, History(), regression_limit=0.1)
    assert (comparison.outcome is ComparisonOutcome.NOT_COMPARABLE) is (not problems)
    assert ("Not comparable: the run made no HTTP requests" in str(comparison.notes)) is (not problems)
