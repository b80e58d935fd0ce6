"""The time series of a run: the range of time, the values on its steps, and what they show at once."""

from __future__ import annotations

import datetime as dt
import math
from collections.abc import Mapping, Sequence
from typing import Final

from k6ci.cloud.client import Range
from k6ci.cloud.fields import LARGEST_FIGURE
from k6ci.cloud.models import Sample, TestRun
from k6ci.results.model import MAX_STEPS, RunReport, TimeSeries
from k6ci.results.queries import Source

# Field of TimeSeries -> metric, query.
SOURCES: Final[Mapping[str, Source]] = {
    "vus": ("vus", "sum(max by (instance_id))"),
    "requests_per_second": ("http_reqs", "rate"),
    "duration_p50_ms": ("http_req_duration", "histogram_quantile(0.5)"),
    "duration_p95_ms": ("http_req_duration", "histogram_quantile(0.95)"),
    "failure_rate": ("http_req_failed", "ratio"),
    "generator_cpu_percent": ("load_generator_cpu_percent", "max"),
}
# Above it a load generator measures itself, by Grafana's advice; a moment of it, as at the start, is normal.
_BUSY_PERCENT: Final = 80.0
_BUSY_SHARE: Final = 0.1
_DIGITS: Final = 6
_NEARLY: Final = 0.1


def range_of(run: TestRun) -> Range | None:
    """The time in which a run executed, in at most MAX_STEPS steps of whole seconds; None if it is not known.

    A last step that is not nearly complete is omitted: rates would seem to drop in it.
    """
    start = run.entered("running")
    if start is None:
        return None
    later = [entry.entered for entry in run.status_history if entry.entered is not None and entry.entered > start]
    end = min(later, default=run.ended)
    if end is None or end <= start:
        return None
    start = start.replace(microsecond=0)
    seconds = (end - start).total_seconds()
    step = max(1, math.ceil(seconds / MAX_STEPS))
    return Range(start, step, max(1, math.floor(seconds / step + _NEARLY)))


def time_series(of: Range, answers: Mapping[Source, Sequence[Sample]]) -> TimeSeries | None:
    """The series of the answers that there are; None if no answer has a value."""
    lines = {field: _values(of, answers.get(source, ())) for field, source in SOURCES.items()}
    if not any(lines.values()):
        return None
    lines["vus"] = _held(lines["vus"])
    return TimeSeries(of.start.isoformat(), of.step_seconds, **lines)


def _values(of: Range, samples: Sequence[Sample]) -> tuple[float | None, ...]:
    """One value per step; empty if there is none at all. A server may move its times by less than half a step."""
    values: list[float | None] = [None] * of.steps
    origin = of.start.timestamp()
    for moment, value in samples[0].values if samples else ():
        place = (moment - origin) / of.step_seconds + 0.5  # to the nearest step
        if 0 <= place < of.steps and value is not None and 0 <= value <= LARGEST_FIGURE:
            values[math.floor(place)] = float(f"{value:.{_DIGITS}g}")
    return tuple(values) if any(value is not None for value in values) else ()


def _held(values: tuple[float | None, ...]) -> tuple[float | None, ...]:
    """k6 samples the VUs about once per second, so a short step may miss its sample: it has the value before it."""
    held = list(values)
    for place in range(1, len(values) - 1):
        if values[place] is None and values[place + 1] is not None:
            held[place] = values[place - 1]
    return tuple(held)


def generator_overload(series: TimeSeries | None) -> str | None:
    """A sentence if the load generators were the limit: latencies are then also theirs."""
    known = [value for value in series.generator_cpu_percent if value is not None] if series else []
    busy = sum(value > _BUSY_PERCENT for value in known)
    if not known or busy < _BUSY_SHARE * len(known):
        return None
    return (
        f"The load generators were the limit: their CPU was above {_BUSY_PERCENT:.0f} % for "
        f"{100 * busy / len(known):.0f} % of the run (maximum {max(known):.0f} %), so the measured durations include "
        "their own delay. Use more load zones or fewer VUs."
    )


def aborted_after(run: RunReport) -> float | None:
    """Seconds from the start of the time series until the run was aborted; None if it was not, or it is not known."""
    moment = next((change.entered for change in run.history if change.status == "aborted"), None)
    if run.time_series is None or run.time_series.start is None or moment is None:
        return None
    try:
        passed = dt.datetime.fromisoformat(moment) - dt.datetime.fromisoformat(run.time_series.start)
    except (ValueError, TypeError):
        return None
    return max(0.0, passed.total_seconds())
