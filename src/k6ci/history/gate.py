"""Decides whether a run is slower than its history. Pure statistics: values in, outcomes out.

The probability that a run like the others is called regressed is at most 1 %, for all gated metrics together: Holm's
correction, with weights, because a slowdown shows in the 95th percentile first. docs/results.md has the error rates.
"""

from __future__ import annotations

import dataclasses
import statistics
from collections.abc import Callable, Mapping, Sequence
from typing import Final

from k6ci.history.intervals import LogInterval, binomial_p_value
from k6ci.results.comparison import ComparisonOutcome, MetricComparison

MIN_RUNS: Final = 5
MAX_RUNS: Final = 20
_REGRESSED_ERRORS: Final = 0.01
_SUSPICIOUS_ERRORS: Final = 0.10
_MILLISECONDS: Final = 10.0
_POINTS: Final = 0.005
P95: Final = "p95"
FAILED: Final = "failed requests"
THROUGHPUT: Final = "throughput"
# The share of the error rate that each metric gets; those that a run does not have leave theirs to the others.
_WEIGHTS: Final = {P95: 0.94, FAILED: 0.03, THROUGHPUT: 0.03}
_SEVERITY: Final = (
    ComparisonOutcome.TOO_FEW_RUNS,
    ComparisonOutcome.OK,
    ComparisonOutcome.IMPROVED,
    ComparisonOutcome.SUSPICIOUS,
    ComparisonOutcome.REGRESSED,
    ComparisonOutcome.NOT_COMPARABLE,
)


@dataclasses.dataclass(frozen=True)
class Figures:
    """What is compared of a run: milliseconds, a count, a rate from 0 to 1, requests per second. None: no samples."""

    p95_ms: float | None = None
    requests: float | None = None
    failure_rate: float | None = None
    requests_per_second: float | None = None


@dataclasses.dataclass(frozen=True)
class _Test:
    """One metric: the probability of a value this bad, and whether the difference is large enough to matter."""

    shown: MetricComparison
    p_value: float
    p_improved: float = 1.0
    is_large: bool = False
    is_large_improvement: bool = False
    limit_at: Callable[[float], float] | None = None
    visible_at: Callable[[float], float] | None = None


def compare(
    new: Figures,
    history: Sequence[Figures],
    *,
    regression_limit: float,
    is_closed: bool,
    shows_power: bool = True,
) -> tuple[MetricComparison, ...]:
    """The gated metrics of a run beside its history.

    Args:
        new: the run, or the median of the run and its confirmation runs.
        history: the comparable runs, oldest first.
        regression_limit: the smallest relative change that counts, 0.1 for 10 %.
        is_closed: whether the number of VUs, not a rate of arrival, determines the load; only then throughput counts.
        shows_power: whether to compute the smallest visible change, which takes some milliseconds.
    """
    found = _tests(new, history, regression_limit, is_closed=is_closed)
    able = {test.shown.name: test for test in found if len(test.shown.history) >= MIN_RUNS}
    weights = {name: _WEIGHTS[name] / sum(map(_WEIGHTS.__getitem__, able)) for name in able}
    p_values = {name: test.p_value for name, test in able.items()}
    regressed = holm(p_values, weights, _REGRESSED_ERRORS)
    suspicious = holm(p_values, weights, _SUSPICIOUS_ERRORS)
    improved = holm({name: test.p_improved for name, test in able.items()}, weights, _REGRESSED_ERRORS)

    def outcome(name: str, test: _Test) -> ComparisonOutcome:
        if name in regressed and test.is_large:
            return ComparisonOutcome.REGRESSED
        if name in suspicious and test.is_large:
            return ComparisonOutcome.SUSPICIOUS
        return ComparisonOutcome.IMPROVED if name in improved and test.is_large_improvement else ComparisonOutcome.OK

    def shown(test: _Test) -> MetricComparison:
        name = test.shown.name
        if name not in able:
            return test.shown
        errors = _REGRESSED_ERRORS * weights[name]
        return dataclasses.replace(
            test.shown,
            outcome=outcome(name, test),
            limit=test.limit_at(errors) if test.limit_at else None,
            visible_change=test.visible_at(errors) if test.visible_at and shows_power else None,
        )

    return tuple(map(shown, found))


def overall(metrics: Sequence[MetricComparison]) -> ComparisonOutcome:
    """The outcome of a run: the most severe of its metrics; `too few runs` if there is none."""
    return max((one.outcome for one in metrics), key=_SEVERITY.index, default=ComparisonOutcome.TOO_FEW_RUNS)


def median_of(runs: Sequence[Figures]) -> Figures:
    """Each figure's median: of a run and two confirmation runs, the value that two of them reach."""

    def median(values: list[float | None]) -> float | None:
        known = [value for value in values if value is not None]
        return statistics.median(known) if len(known) == len(values) else None

    names = [field.name for field in dataclasses.fields(Figures)]
    return Figures(**{name: median([getattr(run, name) for run in runs]) for name in names})


def holm(p_values: Mapping[str, float], weights: Mapping[str, float], error_rate: float) -> frozenset[str]:
    """The hypotheses that Holm's weighted procedure rejects, with at most `error_rate` for one error among all."""
    rejected: set[str] = set()
    for name in sorted(p_values, key=lambda one: p_values[one] / weights[one]):
        share = weights[name] / sum(weights[one] for one in p_values if one not in rejected)
        if p_values[name] > error_rate * share:
            break
        rejected.add(name)
    return frozenset(rejected)


def duration(name: str, value: float, history: Sequence[float]) -> MetricComparison:
    """A time beside its history, both above zero, without an outcome."""
    median = statistics.median(history) if history else None
    spread = LogInterval.of(history).spread if len(history) >= MIN_RUNS else None
    return MetricComparison(name, value, tuple(history), median, spread, value / median - 1 if median else None)


def _tests(new: Figures, history: Sequence[Figures], floor: float, *, is_closed: bool) -> list[_Test]:
    tests = [_duration(new, history, floor), _failed(new, history, floor)]
    if is_closed:
        tests.append(_throughput(new, history, floor))
    return [test for test in tests if test is not None]


def _duration(new: Figures, history: Sequence[Figures], floor: float) -> _Test | None:
    if not new.p95_ms:
        return None
    values = [run.p95_ms for run in history if run.p95_ms]
    shown = duration(P95, new.p95_ms, values)
    if len(values) < MIN_RUNS:
        return _Test(shown, 1.0)
    interval, median = LogInterval.of(values), statistics.median(values)
    smallest = max(floor, _MILLISECONDS / median)
    p_value = interval.p_value(new.p95_ms)
    return _Test(
        shown,
        p_value,
        1 - p_value,
        is_large=new.p95_ms > median * (1 + smallest),
        is_large_improvement=new.p95_ms < median * (1 - floor) and new.p95_ms < median - _MILLISECONDS,
        limit_at=lambda errors: max(interval.bound(errors), median * (1 + smallest)),
        visible_at=lambda errors: interval.visible_change(errors, smallest),
    )


def _throughput(new: Figures, history: Sequence[Figures], floor: float) -> _Test | None:
    """Fewer requests per second: the test of a time, of their inverse."""
    if not new.requests_per_second:
        return None
    values = [run.requests_per_second for run in history if run.requests_per_second]
    shown = duration(THROUGHPUT, new.requests_per_second, values)
    if len(values) < MIN_RUNS:
        return _Test(shown, 1.0)
    interval, median = LogInterval.of([1 / value for value in values]), statistics.median(values)
    p_value = interval.p_value(1 / new.requests_per_second)
    return _Test(
        shown,
        p_value,
        1 - p_value,
        is_large=new.requests_per_second < median * (1 - floor),
        is_large_improvement=new.requests_per_second > median * (1 + floor),
        limit_at=lambda errors: min(1 / interval.bound(errors), median * (1 - floor)),
    )


def _failed(new: Figures, history: Sequence[Figures], floor: float) -> _Test | None:
    """More failed requests than in any earlier run, by more than chance makes of the highest rate."""
    if new.failure_rate is None or not new.requests:
        return None
    known = [run for run in history if run.failure_rate is not None and run.requests]
    rates = [run.failure_rate or 0.0 for run in known]
    median = statistics.median(rates) if rates else None
    change = new.failure_rate - median if median is not None else None
    shown = MetricComparison(FAILED, new.failure_rate, tuple(rates), median, change=change)
    if len(known) < MIN_RUNS or median is None:
        return _Test(shown, 1.0)
    # No failure in a thousand requests does not mean that the rate is zero.
    expected = min(0.5, max(*rates, 1 / sum(run.requests or 0.0 for run in known)))
    requests = round(new.requests)
    p_value = binomial_p_value(round(new.failure_rate * requests), requests, expected)
    highest = max(rates)
    smallest = max(_POINTS, floor * median)
    return _Test(
        shown,
        p_value,
        is_large=new.failure_rate > highest and new.failure_rate - median > smallest,
        limit_at=lambda _: max(highest, median + smallest),
    )
