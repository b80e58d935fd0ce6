"""The v5 metrics: buckets, cells, the store's bounds, the reader of k6's JSON, the queries."""

from __future__ import annotations

import json
import math
import random
import statistics

import pytest

from k6ci.emulator.metrics.cells import GaugeCell, Kind, RateCell, TrendCell
from k6ci.emulator.metrics.evaluate import METHODS, Window, evaluate
from k6ci.emulator.metrics.expression import QueryError, parse_query, parse_selector
from k6ci.emulator.metrics.histogram import bucket_of, upper_bound
from k6ci.emulator.metrics.samples import LINE_LIMIT_BYTES, SampleReader
from k6ci.emulator.metrics.store import MetricStore

T0 = 1_700_000_000
WHOLE = Window(T0, T0 + 100, T0, 10.0)


def point(metric: str, value: float, second: int = 0, /, **tags: str) -> bytes:
    """A line as k6 writes it."""
    minute, rest = divmod(second, 60)
    time = f"2023-11-14T22:{13 + minute}:{20 + rest:02}.123456789Z"
    return (
        json.dumps(
            {"metric": metric, "type": "Point", "data": {"time": time, "value": value, "tags": tags}},
            separators=(",", ":"),
        ).encode()
        + b"\n"
    )


def declared(name: str, kind: str) -> bytes:
    data = {"name": name, "type": kind, "contains": "default", "thresholds": [], "submetrics": None}
    return json.dumps({"type": "Metric", "data": data, "metric": name}, separators=(",", ":")).encode() + b"\n"


def store_of(*lines: bytes) -> MetricStore:
    store = MetricStore()
    SampleReader(store).feed(b"".join(lines))
    return store


def value(store: MetricStore, metric: str, query: str, window: Window = WHOLE) -> float | None:
    rows = evaluate(store, parse_query(query), parse_selector(metric), window)
    return rows[0].value if rows else None


@pytest.mark.parametrize("number", [0.0, 0.001, 0.0015, 0.255, 0.256, 0.3, 1.0, 9.99, 1234.567, 1e9, -3.5])
def test_a_bucket_holds_its_value_within_one_128th(number: float) -> None:
    """The error that Grafana's histogram promises."""
    bound = upper_bound(bucket_of(number))
    assert abs(bound - number) <= max(0.001, abs(number) / 128)


def test_buckets_keep_the_order_of_values() -> None:
    """A quantile walks the buckets in order of their index."""
    chance = random.Random(1)
    numbers = sorted(chance.uniform(-50, 5000) for _ in range(2000))
    indexes = [bucket_of(number) for number in numbers]
    assert indexes == sorted(indexes)


def test_quantiles_are_those_of_the_samples_within_the_error() -> None:
    """p50, p95, p99 and the extremes against an exact computation."""
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
    """The sum of two spans of time is the span of both."""
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
    """Hours of a run: spans widen, totals stay."""
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
    """A script that puts an id into each tag does not eat the memory: later series lose their labels."""
    store = MetricStore(series_limit=10)
    metric = store.declare("http_reqs", Kind.COUNTER)
    for number in range(1000):
        store.add(metric, store.series(metric, {"name": f"/orders/{number}"}), 1.0, T0)
    assert len(metric.series) == 11
    assert value(store, "http_reqs", "increase") == 1000


def test_the_reader_copes_with_lines_split_anywhere() -> None:
    """Chunks of a pipe end where they like."""
    data = declared("t", "trend") + b"".join(point("t", number, number % 7, scenario="a") for number in range(50))
    whole, pieces = MetricStore(), MetricStore()
    SampleReader(whole).feed(data)
    reader = SampleReader(pieces)
    for byte in data:
        reader.feed(bytes([byte]))
    for query in ("histogram_count_increase", "histogram_avg", "histogram_quantile(0.9)"):
        assert value(pieces, "t", query) == value(whole, "t", query)
    assert value(whole, "t", "histogram_count_increase") == 50


def test_the_short_cut_of_the_reader_gives_what_json_gives() -> None:
    """The first sample of a series is parsed as JSON, the others are cut out: same times, same values, same labels."""
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
def test_lines_that_are_no_samples_are_passed_over(noise: bytes) -> None:
    """Whatever a script prints to stdout comes through the same pipe."""
    store = store_of(declared("c", "counter"), point("c", 1), noise, point("c", 2))
    assert value(store, "c", "increase") == 3


def test_counters_give_totals_rates_and_peaks() -> None:
    """Ten seconds measured, 5 requests in one second, 1 in each of five others."""
    store = store_of(
        declared("http_reqs", "counter"),
        *[point("http_reqs", 1, 0) for _ in range(5)],
        *[point("http_reqs", 1, second) for second in range(1, 6)],
    )
    assert value(store, "http_reqs", "increase") == 10
    assert value(store, "http_reqs", "rate") == 1.0
    assert value(store, "http_reqs", "value") == 10
    assert value(store, "http_reqs", "max_rate(1)") == 5.0
    assert value(store, "http_reqs", "max_rate(5)") == pytest.approx(9 / 5)


def test_gauges_give_last_and_extremes() -> None:
    """The VUs of a ramp."""
    store = store_of(declared("vus", "gauge"), *[point("vus", n, s) for s, n in enumerate([1, 5, 3])])
    assert [value(store, "vus", query) for query in ("last", "min", "max", "avg")] == [3, 1, 5, 3]
    assert value(store, "vus", "last_time") == T0 + 2
    assert value(store, "vus", "sum(max by (instance_id))") == 5


def test_rates_give_ratio_and_counts() -> None:
    """Three of four checks passed."""
    store = store_of(declared("checks", "rate"), *[point("checks", n, check="ok") for n in (1, 1, 1, 0)])
    queries = ("ratio", "increase_nz", "increase_z", "increase_total", "value_total", "rate_total")
    assert [value(store, "checks", query) for query in queries] == [0.75, 3, 1, 4, 4, 0.4]


def test_results_are_grouped_and_selected_by_labels() -> None:
    """`by` makes a row for each value, a selector leaves series out, an outer aggregation joins rows again."""
    store = store_of(
        declared("r", "counter"),
        point("r", 1, name="a", status="200"),
        point("r", 2, name="a", status="500"),
        point("r", 4, name="b", status="200"),
    )
    rows = evaluate(store, parse_query("increase by (name)"), parse_selector("r"), WHOLE)
    assert {row.labels["name"]: row.value for row in rows} == {"a": 3, "b": 4}
    assert value(store, 'r{status="200"}', "increase") == 5
    assert value(store, 'r{status!="200",name=~"a|b"}', "increase") == 2
    assert value(store, 'r{status!~"5.."}', "increase") == 5
    assert value(store, "r", "max(increase by (name))") == 4
    assert value(store, "r", "avg(increase by (name, status))") == pytest.approx(7 / 3)


def test_a_window_takes_only_its_own_samples() -> None:
    """`start` and `end` of a query, in whole seconds."""
    store = store_of(declared("r", "counter"), *[point("r", 1, second) for second in range(10)])
    part = Window(T0 + 2, T0 + 5, T0, 3)
    assert value(store, "r", "increase", part) == 3
    assert value(store, "r", "value", part) == 5
    assert value(store, "r", "rate", part) == 1


def test_unknown_metrics_and_metrics_without_samples_are_empty() -> None:
    """No samples are no zero: the result is empty."""
    store = store_of(declared("declared", "trend"))
    assert value(store, "unknown", "rate") is None
    assert value(store, "declared", "histogram_avg") is None
    assert value(store, 'declared{a="b"}', "sum(histogram_avg)") is None


@pytest.mark.parametrize(
    ("metric", "query"),
    [
        ("c", "ratio"),
        ("c", "max_rate"),
        ("c", "max_rate(0)"),
        ("c", "max_rate(61)"),
        ("c", "rate(5)"),
        ("t", "histogram_quantile(1.5)"),
        ("t", "histogram_quantile"),
        ("c", "sum(sum(rate))"),
        ("c", "rate by ()"),
        ("c", "drop table"),
        ("c", ""),
        ("c{", "rate"),
        ("c{a=b}", "rate"),
        ('c{a=~"("}', "rate"),
        ("c", "x" * 2000),
        ("t", "histogram_quantile(0.9.5)"),
    ],
)
def test_what_is_no_query_is_refused(metric: str, query: str) -> None:
    """A method of another type, a missing number, broken syntax."""
    store = store_of(declared("c", "counter"), point("c", 1, a="b"), declared("t", "trend"), point("t", 1))
    with pytest.raises(QueryError):
        value(store, metric, query)


def test_every_documented_method_answers() -> None:
    """The table of methods, each with a number from samples."""
    lines = [declared(kind.value, kind.value) + point(kind.value, 2.0) for kind in Kind]
    store = store_of(*lines)
    arguments = {"histogram_quantile": "(0.95)", "max_rate": "(5)"}
    for kind, methods in METHODS.items():
        for method in methods:
            assert value(store, kind.value, method + arguments.get(method, "")) is not None, method
