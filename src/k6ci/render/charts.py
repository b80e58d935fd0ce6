"""The charts of a run as values: lines, limits and moments. svg.py and mermaid.py draw them; titles are ours."""

from __future__ import annotations

import dataclasses
import math
from typing import Final

from k6ci.results.model import RunReport, TimeSeries
from k6ci.results.series import aborted_after

# A limit far above the line would flatten it: it is then named below the chart.
_FAR_ABOVE: Final = 3.0
_MAX_LIMITS: Final = 4
_PERCENT: Final = 100.0


@dataclasses.dataclass(frozen=True)
class Line:
    """A named line; one value per step, None where there is none."""

    name: str
    values: tuple[float | None, ...]


@dataclasses.dataclass(frozen=True)
class Limit:
    """The limit of a threshold in the unit of its chart; `name` is text of the script."""

    name: str
    value: float


@dataclasses.dataclass(frozen=True)
class Chart:
    """One chart: values of one unit over the time of the run.

    Attributes:
        key: identifies the chart within its run.
        title: what it shows, with the unit if that is not part of the name.
        lines: at least one, and each of them has at least one value.
        limits: of thresholds, in the range of the chart.
        far_limits: of thresholds, too far above the lines to be drawn.
        step_seconds: the time between two values.
        steps: of the run; a line may have fewer values.
        aborted_after: seconds from the first value to the abort of the run, at most one step after the last value's;
            None if there was none.
    """

    key: str
    title: str
    unit: str
    lines: tuple[Line, ...]
    limits: tuple[Limit, ...]
    far_limits: tuple[Limit, ...]
    step_seconds: int
    steps: int
    aborted_after: float | None

    @property
    def top(self) -> float:
        """The end of the vertical axis: a round number at or above every line and drawn limit."""
        known = [value for line in self.lines for value in line.values if value is not None]
        return _round_up(max([*known, *(limit.value for limit in self.limits)]))


def charts(run: RunReport) -> tuple[Chart, ...]:
    """The charts of a run; those without any value are omitted."""
    series = run.time_series
    if series is None:
        return ()
    share = _percent(series.failure_rate)
    durations = (Line("p95", series.duration_p95_ms), Line("p50", series.duration_p50_ms))
    made = (
        _chart(run, series, "duration", "Response time", "ms", durations, _limits(run, "http_req_duration")),
        _chart(
            run, series, "rate", "Requests per second", "", (Line("requests per second", series.requests_per_second),)
        ),
        _chart(
            run,
            series,
            "failures",
            "Failed requests",
            "%",
            (Line("failed requests", share),),
            tuple(Limit(limit.name, limit.value * _PERCENT) for limit in _limits(run, "http_req_failed")),
        ),
        _chart(run, series, "vus", "VUs", "", (Line("VUs", series.vus),)),
        _chart(run, series, "cpu", "CPU of load generators", "%", (Line("CPU", series.generator_cpu_percent),)),
    )
    return tuple(chart for chart in made if chart is not None)


def _chart(
    run: RunReport,
    series: TimeSeries,
    key: str,
    title: str,
    unit: str,
    lines: tuple[Line, ...],
    limits: tuple[Limit, ...] = (),
) -> Chart | None:
    shown = tuple(line for line in lines if any(value is not None for value in line.values))
    if not shown:
        return None
    highest = max(value for line in shown for value in line.values if value is not None)
    near = tuple(limit for limit in limits if limit.value <= _FAR_ABOVE * highest)[:_MAX_LIMITS]
    far = tuple(limit for limit in limits if limit.value > _FAR_ABOVE * highest)[:_MAX_LIMITS]
    steps = max(map(len, series.lines().values()))
    return Chart(
        key, title, unit, shown, near, far, series.step_seconds, steps, _abort(run, series.step_seconds, steps)
    )


def _abort(run: RunReport, step_seconds: int, steps: int) -> float | None:
    """The moment of an abort in the chart, or in the incomplete step after it, which a time series omits."""
    moment = aborted_after(run)
    return moment if moment is not None and moment <= (steps + 1) * step_seconds else None


def _limits(run: RunReport, metric: str) -> tuple[Limit, ...]:
    """The limits of thresholds on all samples of a metric; those on tagged samples are about other values."""
    return tuple(
        Limit(one.expression, one.limit)
        for one in run.thresholds
        if one.metric == metric and one.limit is not None and 0 <= one.limit < math.inf
    )


def _percent(values: tuple[float | None, ...]) -> tuple[float | None, ...]:
    return tuple(None if value is None else value * _PERCENT for value in values)


def _round_up(value: float) -> float:
    """The next number of the form 1, 1.5, 2, 2.5, 3, 4, 5, 6, 8 times a power of ten; 1 for zero."""
    if value <= 0:
        return 1.0
    power = 10.0 ** math.floor(math.log10(value))
    return next(factor * power for factor in (1, 1.5, 2, 2.5, 3, 4, 5, 6, 8, 10, 20) if factor * power >= value)
