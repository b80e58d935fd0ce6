"""Evaluates a query: selects time series, merges their cells in a window of time, applies the method."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from k6ci.emulator.metrics.cells import CELLS, CounterCell, GaugeCell, Kind, RateCell, TrendCell
from k6ci.emulator.metrics.expression import Query, QueryError, Selector

if TYPE_CHECKING:
    from k6ci.emulator.metrics.store import Metric, MetricStore, Series


@dataclass(frozen=True)
class Window:
    """A half-open span of time, in seconds since the epoch; cumulated values start at `origin`.

    `measured_seconds` is how long the run measured in it.
    """

    start: float
    end: float
    origin: float
    measured_seconds: float

    @property
    def seconds(self) -> float:
        """The measured time, at least one second."""
        return max(1.0, self.measured_seconds)

    @property
    def seconds_since_origin(self) -> float:
        """The time from the start of the run to the end of the window, at least one second."""
        return max(1.0, self.end - self.origin, self.measured_seconds)


@dataclass(frozen=True)
class Row:
    """One result: the labels of its group, and its value."""

    labels: Mapping[str, str]
    value: float


@dataclass(frozen=True)
class Sums:
    """The input of a method: the cells of a group merged in the window and up to its end, and its time series."""

    inside: Any
    so_far: Any
    series: tuple[Series, ...]
    window: Window
    width_seconds: int


Method = Callable[[Sums, float | None], float]


def _max_rate(sums: Sums, argument: float | None) -> float:
    """Return the maximum rate of increase over any span of `argument` seconds (1 to 60)."""
    span = max(1, round(argument or 1))
    width = sums.width_seconds
    steps = max(1, -(-span // width))
    totals: dict[int, float] = {}
    for series in sums.series:
        for index, cell in series.cells.items():
            if sums.window.start - width < index * width < sums.window.end:
                totals[index] = totals.get(index, 0.0) + cell.total
    best = max((sum(totals.get(index + step, 0.0) for step in range(steps)) for index in totals), default=0.0)
    return best / (steps * width)


_COUNTER: dict[str, Method] = {
    "increase": lambda sums, _: sums.inside.total,
    "rate": lambda sums, _: sums.inside.total / sums.window.seconds,
    "value": lambda sums, _: sums.so_far.total,
    "cumrate": lambda sums, _: sums.so_far.total / sums.window.seconds_since_origin,
    "max_rate": _max_rate,
}
_GAUGE: dict[str, Method] = {
    "last": lambda sums, _: sums.inside.last,
    "min": lambda sums, _: sums.inside.smallest,
    "max": lambda sums, _: sums.inside.largest,
    "avg": lambda sums, _: sums.inside.total / sums.inside.count,
    "last_time": lambda sums, _: float(sums.inside.last_second),
}
_RATE: dict[str, Method] = {
    "ratio": lambda sums, _: sums.inside.nonzero / sums.inside.total,
    "increase_nz": lambda sums, _: sums.inside.nonzero,
    "increase_z": lambda sums, _: sums.inside.total - sums.inside.nonzero,
    "increase_total": lambda sums, _: sums.inside.total,
    "rate_nz": lambda sums, _: sums.inside.nonzero / sums.window.seconds,
    "rate_z": lambda sums, _: (sums.inside.total - sums.inside.nonzero) / sums.window.seconds,
    "rate_total": lambda sums, _: sums.inside.total / sums.window.seconds,
    "value_nz": lambda sums, _: sums.so_far.nonzero,
    "value_z": lambda sums, _: sums.so_far.total - sums.so_far.nonzero,
    "value_total": lambda sums, _: sums.so_far.total,
}
_TREND: dict[str, Method] = {
    "histogram_quantile": lambda sums, share: sums.inside.quantile(0.5 if share is None else share),
    "histogram_avg": lambda sums, _: sums.inside.total / sums.inside.count,
    "histogram_min": lambda sums, _: sums.inside.smallest,
    "histogram_max": lambda sums, _: sums.inside.largest,
    "histogram_stddev": lambda sums, _: sums.inside.deviation(),
    "histogram_count_increase": lambda sums, _: sums.inside.count,
    "histogram_count_value": lambda sums, _: sums.so_far.count,
}
METHODS: dict[Kind, dict[str, Method]] = {
    Kind.COUNTER: _COUNTER,
    Kind.GAUGE: _GAUGE,
    Kind.RATE: _RATE,
    Kind.TREND: _TREND,
}
_MAX_RATE_SECONDS_LIMIT = 60
_NEEDS_ARGUMENT = frozenset({"histogram_quantile", "max_rate"})
_OUTER: dict[str, Callable[[list[float]], float]] = {
    "sum": sum,
    "min": min,
    "max": max,
    "avg": lambda values: sum(values) / len(values),
}


def evaluate(store: MetricStore, query: Query, selector: Selector, window: Window) -> list[Row]:
    """Return the rows of a query; none when the metric is unknown or has no samples in the window.

    Raises:
        QueryError: the metric's type does not have the method.
    """
    metric = store.metrics.get(selector.metric)
    if metric is None:
        return []
    method = _method(metric, query)
    if metric.kind is not Kind.COUNTER and _is_outside(store, window):  # counters are 0 where nothing was counted
        return []
    selected = [series for series in metric.series.values() if selector.selects(series.labels)]
    rows = []
    for labels, group in _grouped(selected, query.by):
        sums = _sums(store, metric, group, window)
        if _is_empty(sums.inside):
            continue
        rows.append(Row(labels, float(method(sums, query.argument))))
    return rows if query.outer is None else _aggregated(rows, query)


def _is_outside(store: MetricStore, window: Window) -> bool:
    """Return quickly whether the window has no samples at all: range queries evaluate up to 2,000 windows."""
    if store.first_second is None or store.last_second is None:
        return True
    return (
        window.end <= store.first_second - store.width_seconds or window.start > store.last_second + store.width_seconds
    )


def _method(metric: Metric, query: Query) -> Method:
    method = METHODS[metric.kind].get(query.method)
    if method is None:
        raise QueryError(f"a {metric.kind.value} has no method {query.method}")
    if (query.argument is None) is (query.method in _NEEDS_ARGUMENT):
        raise QueryError(f"{query.method} takes {'a' if query.argument is None else 'no'} number")
    if query.method == "histogram_quantile" and not 0 <= (query.argument or 0) <= 1:
        raise QueryError("a quantile lies between 0 and 1")
    if query.method == "max_rate" and not 1 <= (query.argument or 0) <= _MAX_RATE_SECONDS_LIMIT:
        raise QueryError("max_rate takes 1 to 60 seconds")
    return method


def _grouped(selected: Iterable[Series], by: tuple[str, ...]) -> list[tuple[dict[str, str], tuple[Series, ...]]]:
    groups: dict[tuple[tuple[str, str], ...], list[Series]] = {}
    for series in selected:
        key = tuple((label, series.labels[label]) for label in by if label in series.labels)
        groups.setdefault(key, []).append(series)
    return [(dict(key), tuple(group)) for key, group in groups.items()]


def _sums(store: MetricStore, metric: Metric, group: tuple[Series, ...], window: Window) -> Sums:
    make, width = CELLS[metric.kind], store.width_seconds
    first = store.first_second or 0
    last = store.last_second or 0
    whole = window.start <= first and last < window.end
    inside, so_far = make(), make()
    for series in group:
        if whole:
            inside.merge(series.total)
            continue
        for index, cell in series.cells.items():
            if index * width < window.end:
                so_far.merge(cell)
                if index * width > window.start - width:
                    inside.merge(cell)
    return Sums(inside, inside if whole else so_far, group, window, width)


def _is_empty(cell: CounterCell | GaugeCell | RateCell | TrendCell) -> bool:
    if isinstance(cell, RateCell):
        return cell.total == 0
    if isinstance(cell, CounterCell):
        return False
    return cell.count == 0


def _aggregated(rows: list[Row], query: Query) -> list[Row]:
    groups: dict[tuple[tuple[str, str], ...], list[float]] = {}
    for row in rows:
        key = tuple((label, row.labels[label]) for label in query.outer_by if label in row.labels)
        groups.setdefault(key, []).append(row.value)
    combine = _OUTER[query.outer or "sum"]
    return [Row(dict(key), float(combine(values))) for key, values in groups.items()]
