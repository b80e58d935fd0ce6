"""What is kept of a series in one span of time: one small mergeable cell per metric type, never the samples."""

from __future__ import annotations

import enum
import math

from k6ci.emulator.metrics.histogram import bucket_of, upper_bound


@enum.unique
class Kind(enum.Enum):
    """The metric types of k6, in its own words."""

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
        """Count on."""
        self.total += value

    def merge(self, other: CounterCell) -> None:
        """Count on by the other's total."""
        self.total += other.total


class GaugeCell:
    """The last value of a gauge, and the spread of all."""

    __slots__ = ("count", "largest", "last", "last_second", "smallest", "total")

    def __init__(self) -> None:
        self.last = 0.0
        self.last_second = -1
        self.smallest = math.inf
        self.largest = -math.inf
        self.total = 0.0
        self.count = 0

    def add(self, value: float, second: int, /) -> None:
        """Take in one reading; a later or equal second replaces the last one."""
        if second >= self.last_second:
            self.last, self.last_second = value, second
        self.smallest = min(self.smallest, value)
        self.largest = max(self.largest, value)
        self.total += value
        self.count += 1

    def merge(self, other: GaugeCell) -> None:
        """Take in the other's readings."""
        if other.last_second >= self.last_second:
            self.last, self.last_second = other.last, other.last_second
        self.smallest = min(self.smallest, other.smallest)
        self.largest = max(self.largest, other.largest)
        self.total += other.total
        self.count += other.count


class RateCell:
    """How many samples, and how many of them were not zero."""

    __slots__ = ("nonzero", "total")

    def __init__(self) -> None:
        self.nonzero = 0
        self.total = 0

    def add(self, value: float, _second: int, /) -> None:
        """Count one sample."""
        self.total += 1
        if value:
            self.nonzero += 1

    def merge(self, other: RateCell) -> None:
        """Count the other's samples, too."""
        self.nonzero += other.nonzero
        self.total += other.total


class TrendCell:
    """A histogram with sum, extremes and spread."""

    __slots__ = ("buckets", "count", "largest", "smallest", "squares", "total")

    def __init__(self) -> None:
        self.buckets: dict[int, int] = {}
        self.count = 0
        self.total = 0.0
        self.squares = 0.0
        self.smallest = math.inf
        self.largest = -math.inf

    def add(self, value: float, _second: int, /) -> None:
        """Sort one sample into its bucket."""
        index = bucket_of(value)
        self.buckets[index] = self.buckets.get(index, 0) + 1
        self.count += 1
        self.total += value
        self.squares += value * value
        self.smallest = min(self.smallest, value)
        self.largest = max(self.largest, value)

    def merge(self, other: TrendCell) -> None:
        """Add the other's histogram to this one."""
        for index, count in other.buckets.items():
            self.buckets[index] = self.buckets.get(index, 0) + count
        self.count += other.count
        self.total += other.total
        self.squares += other.squares
        self.smallest = min(self.smallest, other.smallest)
        self.largest = max(self.largest, other.largest)

    def quantile(self, share: float) -> float:
        """The value below or at which that share (0..1) of the samples lies, within the histogram's error."""
        rank = max(1, math.ceil(share * self.count))
        seen = 0
        for index in sorted(self.buckets):
            seen += self.buckets[index]
            if seen >= rank:
                return min(max(upper_bound(index), self.smallest), self.largest)
        return self.largest

    def deviation(self) -> float:
        """The standard deviation of the population."""
        mean = self.total / self.count
        return math.sqrt(max(0.0, self.squares / self.count - mean * mean))


CELLS: dict[Kind, type[CounterCell | GaugeCell | RateCell | TrendCell]] = {
    Kind.COUNTER: CounterCell,
    Kind.GAUGE: GaugeCell,
    Kind.RATE: RateCell,
    Kind.TREND: TrendCell,
}
