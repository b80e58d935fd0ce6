"""The time series of one run, in bounded memory whatever its duration and number of tags.

A time series has one total cell and one cell for each span of time. When there are too many cells, neighbouring spans
are merged and become twice as long. When a metric has too many time series, further ones lose their labels.
"""

from __future__ import annotations

import uuid
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from k6ci.emulator.metrics.cells import CELLS, Kind

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

SERIES_LIMIT = 1_000
METRICS_LIMIT = 1_000
CELL_LIMIT = 50_000
_NAMESPACE = uuid.UUID("6ba7b812-9dad-11d1-80b4-00c04fd430c8")
_BUILTIN = frozenset(
    {
        "checks",
        "data_received",
        "data_sent",
        "dropped_iterations",
        "group_duration",
        "iteration_duration",
        "iterations",
        "vus",
        "vus_max",
    }
)
_BUILTIN_PREFIXES = ("http_req", "ws_", "grpc_", "browser_")


@dataclass
class Series:
    """The samples of one metric with one combination of labels; `cells` by the index of their span of time."""

    labels: Mapping[str, str]
    total: Any
    cells: dict[int, Any] = field(default_factory=dict)


@dataclass
class Metric:
    """One metric with its time series, by their sorted labels."""

    name: str
    kind: Kind
    series: dict[tuple[tuple[str, str], ...], Series] = field(default_factory=dict)

    @property
    def origin(self) -> str:
        """`builtin` for the metrics of k6, `script` for custom ones."""
        return "builtin" if self.name in _BUILTIN or self.name.startswith(_BUILTIN_PREFIXES) else "script"

    def identity(self, run_id: int) -> str:
        """Return its stable UUID in the list of metrics."""
        return str(uuid.uuid5(_NAMESPACE, f"{run_id}/{self.name}"))


class MetricStore:
    """The metrics of one run. Times are whole seconds since the epoch."""

    def __init__(self, *, cell_limit: int = CELL_LIMIT, series_limit: int = SERIES_LIMIT) -> None:
        self.metrics: dict[str, Metric] = {}
        self.width_seconds = 1
        self.first_second: int | None = None
        self.last_second: int | None = None
        self._cell_limit = cell_limit
        self._series_limit = series_limit
        self._cell_count = 0

    def declare(self, name: str, kind: Kind) -> Metric:
        """Return the metric of this name; the first declaration sets its type. Beyond the limit it is not stored."""
        metric = self.metrics.get(name)
        if metric is None:
            metric = Metric(name, kind)
            if len(self.metrics) < METRICS_LIMIT:
                self.metrics[name] = metric
        return metric

    def series(self, metric: Metric, labels: Mapping[str, str]) -> Series:
        """Return the time series with these labels, or the one without labels when the metric has too many."""
        key = tuple(sorted(labels.items()))
        if key not in metric.series and len(metric.series) >= self._series_limit:
            key, labels = (), {}
        series = metric.series.get(key)
        if series is None:
            series = metric.series[key] = Series(dict(labels), CELLS[metric.kind]())
        return series

    def add(self, metric: Metric, series: Series, value: float, second: int) -> None:
        """Add one sample."""
        series.total.add(value, second)
        self._cell(metric, series, second).add(value, second)

    def merge(self, metric: Metric, series: Series, cell: Any, second: int) -> None:
        """Add samples that are aggregated already."""
        series.total.merge(cell)
        self._cell(metric, series, second).merge(cell)

    def _cell(self, metric: Metric, series: Series, second: int) -> Any:
        """Return the cell of a second; when there are too many cells, their spans are doubled first."""
        self.first_second = second if self.first_second is None else min(self.first_second, second)
        self.last_second = second if self.last_second is None else max(self.last_second, second)
        if self._cell_count >= self._cell_limit:
            self._widen()
        index = second // self.width_seconds
        cell = series.cells.get(index)
        if cell is None:
            cell = series.cells[index] = CELLS[metric.kind]()
            self._cell_count += 1
        return cell

    def every_series(self) -> Iterator[tuple[Metric, Series]]:
        """Yield all time series, metric by metric."""
        for metric in self.metrics.values():
            for series in metric.series.values():
                yield metric, series

    def _widen(self) -> None:
        self.width_seconds *= 2
        self._cell_count = 0
        for metric, series in self.every_series():
            wider: dict[int, Any] = {}
            for index, cell in series.cells.items():
                wider.setdefault(index // 2, CELLS[metric.kind]()).merge(cell)
            series.cells = wider
            self._cell_count += len(wider)
        self._cell_limit = max(self._cell_limit, self._cell_count * 2)
