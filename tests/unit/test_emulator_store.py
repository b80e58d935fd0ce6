"""The stored samples: buckets, cells, limits, and the reader of k6's JSON output."""

from __future__ import annotations

import math
import random
import statistics

import pytest

from k6ci.emulator.metrics.cells import GaugeCell, Kind, RateCell, TrendCell
from k6ci.emulator.metrics.histogram import bucket_of, upper_bound
from k6ci.emulator.metrics.samples import LINE_LIMIT_BYTES, SampleReader
from k6ci.emulator.metrics.store import MetricStore
from samples import T0, declared, point, store_of, value

pytestmark = pytest.mark.unmeasured


@pytest.mark.parametrize("number", [0.0, 0.001, 0.0015, 0.255, 0.256, 0.3, 1.0, 9.99, 1234.567, 1e9, -3.5])
def test_a_bucket_holds_its_value_within_one_128th(number: float) -> None:
    """The error of Grafana's histogram."""
    bound = upper_bound(bucket_of(number))
    assert abs(bound - number) <= max(0.001, abs(number) / 128)


def test_buckets_keep_the_order_of_values() -> None:
    """A quantile reads the buckets in the order of their index."""
    chance = random.Random(1)
    numbers = sorted(chance.uniform(-50, 5000) for _ in range(2000))
    indexes = [bucket_of(number) for number in numbers]
    assert indexes == sorted(indexes)


def test_quantiles_are_those_of_the_samples_within_the_error() -> None:
    """p50, p95, p99, minimum and maximum against an exact computation."""
    chance = random.Random(2)
    numbers = sorted(chance.lognormvariate(3, 1) for _ in range(5000))
    cell = TrendCell()
    for number in numbers:
        cell.add(number, T0)
    for share in (0.5, 0.95, 0.99):
        exact = numbers[math.ceil(share * len(numbers)) - 1]
        assert cell.quantile(share) == pytest.approx(exact, rel=1 / 128)
    assert cell.quantile(0) == pytest.approx(numbers[0], rel=1 / 64)
    assert cell.quantile(1) == numbers[-1]
    assert cell.deviation() == pytest.approx(statistics.pstdev(numbers), rel=1e-6)


def test_merging_cells_is_the_same_as_adding_all_samples() -> None:
    """Two spans of time merged are the span of both."""
    chance = random.Random(3)
    numbers = [chance.uniform(0, 100) for _ in range(400)]
    for make in (GaugeCell, RateCell, TrendCell):
        whole, first, second = make(), make(), make()
        for index, number in enumerate(numbers):
            whole.add(number, T0 + index)
            (first if index < 200 else second).add(number, T0 + index)
        first.merge(second)
        for name in type(whole).__slots__:
            merged, added = getattr(first, name), getattr(whole, name)
            assert merged == (added if isinstance(added, dict) else pytest.approx(added)), name


def test_the_store_bounds_its_cells_and_loses_no_sample() -> None:
    """Hours of a run: spans become longer, totals stay."""
    store = MetricStore(cell_limit=100)
    metric = store.declare("iterations", Kind.COUNTER)
    series = store.series(metric, {})
    for second in range(5000):
        store.add(metric, series, 1.0, T0 + second)
    assert len(series.cells) <= 100
    assert store.width_seconds >= 50
    assert series.total.total == 5000
    assert sum(cell.total for cell in series.cells.values()) == 5000


def test_the_store_bounds_its_series() -> None:
    """A script with an ID in each tag does not fill the memory: later time series lose their labels."""
    store = MetricStore(series_limit=10)
    metric = store.declare("http_reqs", Kind.COUNTER)
    for number in range(1000):
        store.add(metric, store.series(metric, {"name": f"/orders/{number}"}), 1.0, T0)
    assert len(metric.series) == 11
    assert value(store, "http_reqs", "increase") == 1000


def test_the_reader_copes_with_lines_split_anywhere() -> None:
    """Chunks of a pipe end anywhere."""
    data = declared("t", "trend") + b"".join(point("t", number, number % 7, scenario="a") for number in range(50))
    whole, pieces = MetricStore(), MetricStore()
    SampleReader(whole).feed(data)
    reader = SampleReader(pieces)
    for byte in data:
        reader.feed(bytes([byte]))
    for query in ("histogram_count_increase", "histogram_avg", "histogram_quantile(0.9)"):
        assert value(pieces, "t", query) == value(whole, "t", query)
    assert value(whole, "t", "histogram_count_increase") == 50


def test_the_fast_path_of_the_reader_equals_json() -> None:
    """The first sample of a time series is parsed as JSON, the others are not: same times, values and labels."""
    lines = [point("c", number + 0.5, number, url='http://a/"x"', group="::g") for number in range(30)]
    quick = store_of(declared("c", "counter"), *lines)
    slow = MetricStore()
    for line in (declared("c", "counter"), *lines):
        reader = SampleReader(slow)
        reader.feed(line)
    assert quick.metrics["c"].series.keys() == slow.metrics["c"].series.keys()
    (one,), (other,) = quick.metrics["c"].series.values(), slow.metrics["c"].series.values()
    assert {k: c.total for k, c in one.cells.items()} == {k: c.total for k, c in other.cells.items()}


@pytest.mark.parametrize(
    "noise",
    [
        b"not json\n",
        b'{"type":"Point"}\n',
        b'{"metric":"c","type":"Point","data":{"time":"never","value":1,"tags":{}}}\n',
        b'{"metric":"c","type":"Point","data":{"time":"2023-11-14T22:13:20Z","value":null,"tags":{}}}\n',
        b'{"metric":"unknown","type":"Point","data":{"time":"2023-11-14T22:13:20Z","value":1,"tags":{}}}\n',
        b'{"type":"Metric","data":{"name":"odd","type":"pie"},"metric":"odd"}\n',
        b"[1]\n",
        b"\n",
        b"x" * (LINE_LIMIT_BYTES + 10) + b"\n",
    ],
)
def test_lines_that_are_not_samples_are_ignored(noise: bytes) -> None:
    """A script can print anything to the same pipe."""
    store = store_of(declared("c", "counter"), point("c", 1), noise, point("c", 2))
    assert value(store, "c", "increase") == 3
