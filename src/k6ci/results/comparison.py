"""How a run compares with earlier runs of its load test, as the report shows it; history/ computes it."""

from __future__ import annotations

import dataclasses
import enum
from typing import Final

MIN_RUNS_TO_FAIL: Final = 10
"""The number of comparable runs from which on a regression can fail a job."""


@enum.unique
class ComparisonOutcome(enum.StrEnum):
    """The result of a comparison, of one metric or of a whole run."""

    OK = "ok"
    IMPROVED = "improved"
    SUSPICIOUS = "suspicious"
    REGRESSED = "regressed"
    TOO_FEW_RUNS = "too few runs"
    NOT_COMPARABLE = "not comparable"


@dataclasses.dataclass(frozen=True)
class MetricComparison:
    """One metric of a run beside its history. Times in milliseconds, rates 0 to 1, throughput in requests per second.

    Attributes:
        name: `p95`, `failed requests` or `throughput`; of an endpoint, its name or URL.
        value: of the new run, or the median of the run and its confirmation runs.
        history: the values of the earlier runs, oldest first. (Redaction may make any number None.)
        median: of the history.
        spread: the standard deviation of the history's logarithms, 0.1 for 10 %; None for rates and short histories.
        change: relative to the median, 0.1 for 10 % more; the difference in the metric's unit for rates.
        limit: the value from which on the metric counts as regressed; None if there are too few runs.
        visible_change: the smallest true change that is detected in 95 of 100 cases; None if it was not computed.
    """

    name: str
    value: float | None
    history: tuple[float | None, ...]
    median: float | None = None
    spread: float | None = None
    change: float | None = None
    outcome: ComparisonOutcome = ComparisonOutcome.TOO_FEW_RUNS
    limit: float | None = None
    visible_change: float | None = None


@dataclasses.dataclass(frozen=True)
class Baseline:
    """A run that somebody starred, for comparison without statistics."""

    run_id: int
    created: str | None
    duration_p95_ms: float | None = None
    failure_rate: float | None = None
    requests_per_second: float | None = None


@dataclasses.dataclass(frozen=True)
class Comparison:
    """A run beside its history.

    Attributes:
        outcome: of the whole: the most severe of its metrics.
        branch: the branch of the history; None if no run of it was found.
        runs: the IDs of the comparable runs, oldest first.
        metrics: the metrics that decide.
        endpoints: the slowest endpoints; they decide nothing.
        baseline: the newest starred run.
        confirmations: the IDs of the runs that were started to confirm the outcome.
        notes: sentences for the reader: why there is no comparison, what was ignored, what it can detect.
    """

    outcome: ComparisonOutcome
    branch: str | None = None
    runs: tuple[int, ...] = ()
    metrics: tuple[MetricComparison, ...] = ()
    endpoints: tuple[MetricComparison, ...] = ()
    baseline: Baseline | None = None
    confirmations: tuple[int, ...] = ()
    notes: tuple[str, ...] = ()

    def of_outcome(self, outcome: ComparisonOutcome, *, min_runs: int = 0) -> tuple[MetricComparison, ...]:
        """The deciding metrics of an outcome that have a history of at least `min_runs` runs."""
        return tuple(one for one in self.metrics if one.outcome is outcome and len(one.history) >= min_runs)
