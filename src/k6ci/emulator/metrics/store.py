"""All series of one run, in bounded memory however long it runs and however many tags its script invents.

A series keeps one running cell and a cell per span of time. When all spans together grow too many, they are merged in
pairs and each becomes twice as wide; when a metric has too many series, further ones lose their labels.
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
    """One combination of labels of one metric."""

    labels: Mapping[str, str]
    total: Any
    cells: dict[int, Any] = field(default_factory=dict)


@dataclass
class Metric:
    """One metric with its series, keyed by their sorted labels."""

    name: str
    kind: Kind
    series: dict[tuple[tuple[str, str], ...], Series] = field(default_factory=dict)

    @property
    def origin(self) -> str:
        """The word `builtin` for k6's own metrics, `script` for those that the script made."""
        return "builtin" if self.name in _BUILTIN or self.name.startswith(_BUILTIN_PREFIXES) else "script"

    def identity(self, run_id: int) -> str:
        """The stable UUID under which the list of metrics shows it."""
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
        """The metric of that name; the first declaration decides on its kind. Beyond the limit none is kept."""
        metric = self.metrics.get(name)
        if metric is None:
            metric = Metric(name, kind)
            if len(self.metrics) < METRICS_LIMIT:
                self.metrics[name] = metric
        return metric

    def series(self, metric: Metric, labels: Mapping[str, str]) -> Series:
        """The series with those labels, or the unlabelled one when the metric has too many."""
        key = tuple(sorted(labels.items()))
        if key not in metric.series and len(metric.series) >= self._series_limit:
            key, labels = (), {}
        series = metric.series.get(key)
        if series is None:
            series = metric.series[key] = Series(dict(labels), CELLS[metric.kind]())
        return series

    def add(self, metric: Metric, series: Series, value: float, second: int) -> None:
        """Take in one sample."""
        series.total.add(value, second)
        self._cell(metric, series, second).add(value, second)

    def merge(self, metric: Metric, series: Series, cell: Any, second: int) -> None:
        """Take in samples that somebody else has summed up."""
        series.total.merge(cell)
        self._cell(metric, series, second).merge(cell)

    def _cell(self, metric: Metric, series: Series, second: int) -> Any:
        """The cell for that second; when there are too many, all become wider first."""
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
        """All series, metric by metric."""
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
