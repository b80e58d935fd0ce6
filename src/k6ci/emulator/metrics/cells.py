"""Aggregates of the samples of a time series in one span of time, one class for each metric type."""

from __future__ import annotations

import enum
import math

from k6ci.emulator.metrics.histogram import bucket_of, upper_bound


@enum.unique
class Kind(enum.Enum):
    """The metric types of k6."""

    COUNTER = "counter"
    GAUGE = "gauge"
    RATE = "rate"
    TREND = "trend"


class CounterCell:
    """The sum of a counter's samples."""

    __slots__ = ("total",)

    def __init__(self) -> None:
        self.total = 0.0

    def add(self, value: float, _second: int, /) -> None:
        """Add one sample."""
        self.total += value

    def merge(self, other: CounterCell) -> None:
        """Add the samples of another cell."""
        self.total += other.total


class GaugeCell:
    """Last value, minimum, maximum, sum and count of the samples of a gauge."""

    __slots__ = ("count", "largest", "last", "last_second", "smallest", "total")

    def __init__(self) -> None:
        self.last = 0.0
        self.last_second = -1
        self.smallest = math.inf
        self.largest = -math.inf
        self.total = 0.0
        self.count = 0

    def add(self, value: float, second: int, /) -> None:
        """Add one sample; `last` is that of the latest second, and of several the one added last."""
        if second >= self.last_second:
            self.last, self.last_second = value, second
        self.smallest = min(self.smallest, value)
        self.largest = max(self.largest, value)
        self.total += value
        self.count += 1

    def merge(self, other: GaugeCell) -> None:
        """Add the samples of another cell."""
        if other.last_second >= self.last_second:
            self.last, self.last_second = other.last, other.last_second
        self.smallest = min(self.smallest, other.smallest)
        self.largest = max(self.largest, other.largest)
        self.total += other.total
        self.count += other.count


class RateCell:
    """The number of samples, and of those that are not zero."""

    __slots__ = ("nonzero", "total")

    def __init__(self) -> None:
        self.nonzero = 0
        self.total = 0

    def add(self, value: float, _second: int, /) -> None:
        """Add one sample."""
        self.total += 1
        if value:
            self.nonzero += 1

    def merge(self, other: RateCell) -> None:
        """Add the samples of another cell."""
        self.nonzero += other.nonzero
        self.total += other.total


class TrendCell:
    """A histogram with count, sum, sum of squares, minimum and maximum."""

    __slots__ = ("buckets", "count", "largest", "smallest", "squares", "total")

    def __init__(self) -> None:
        self.buckets: dict[int, int] = {}
        self.count = 0
        self.total = 0.0
        self.squares = 0.0
        self.smallest = math.inf
        self.largest = -math.inf

    def add(self, value: float, _second: int, /) -> None:
        """Add one sample."""
        index = bucket_of(value)
        self.buckets[index] = self.buckets.get(index, 0) + 1
        self.count += 1
        self.total += value
        self.squares += value * value
        self.smallest = min(self.smallest, value)
        self.largest = max(self.largest, value)

    def merge(self, other: TrendCell) -> None:
        """Add the samples of another cell."""
        for index, count in other.buckets.items():
            self.buckets[index] = self.buckets.get(index, 0) + count
        self.count += other.count
        self.total += other.total
        self.squares += other.squares
        self.smallest = min(self.smallest, other.smallest)
        self.largest = max(self.largest, other.largest)

    def quantile(self, share: float) -> float:
        """Return the quantile `share` (0 to 1) of the samples, within the error of the histogram."""
        rank = max(1, math.ceil(share * self.count))
        seen = 0
        for index in sorted(self.buckets):
            seen += self.buckets[index]
            if seen >= rank:
                return min(max(upper_bound(index), self.smallest), self.largest)
        return self.largest

    def deviation(self) -> float:
        """Return the population standard deviation."""
        mean = self.total / self.count
        return math.sqrt(max(0.0, self.squares / self.count - mean * mean))


CELLS: dict[Kind, type[CounterCell | GaugeCell | RateCell | TrendCell]] = {
    Kind.COUNTER: CounterCell,
    Kind.GAUGE: GaugeCell,
    Kind.RATE: RateCell,
    Kind.TREND: TrendCell,
}
