"""The queries of the v5 metrics: methods, labels, windows, errors."""

from __future__ import annotations

import pytest

from k6ci.emulator.metrics.cells import Kind
from k6ci.emulator.metrics.evaluate import METHODS, Window, evaluate
from k6ci.emulator.metrics.expression import QueryError, parse_query, parse_selector
from samples import T0, WHOLE, declared, point, store_of, value

pytestmark = pytest.mark.unmeasured


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
    """`by` makes a row for each value, a selector omits time series, an outer aggregation joins rows."""
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
    """Without samples the result is empty, not zero."""
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
def test_an_invalid_query_is_rejected(metric: str, query: str) -> None:
    """A method of another type, a missing number, broken syntax."""
    store = store_of(declared("c", "counter"), point("c", 1, a="b"), declared("t", "trend"), point("t", 1))
    with pytest.raises(QueryError):
        value(store, metric, query)


def test_every_documented_method_has_a_result() -> None:
    """The table of methods, each with a number from samples."""
    lines = [declared(kind.value, kind.value) + point(kind.value, 2.0) for kind in Kind]
    store = store_of(*lines)
    arguments = {"histogram_quantile": "(0.95)", "max_rate": "(5)"}
    for kind, methods in METHODS.items():
        for method in methods:
            assert value(store, kind.value, method + arguments.get(method, "")) is not None, method


@pytest.mark.parametrize("pattern", ["(a|aa)*b", "(a*)*b", "(.*a){20}b", "(.*)(.*)(.*)(.*)(.*)(.*)(.*)b"])
def test_a_pattern_of_a_selector_costs_linear_time(pattern: str) -> None:
    """Patterns that take Python's own engine years must not block the event loop."""
    store = store_of(declared("r", "counter"), point("r", 1, name="a" * 30_000))
    assert evaluate(store, parse_query("increase"), parse_selector(f'r{{name=~"{pattern}"}}'), WHOLE) == []


@pytest.mark.parametrize("pattern", ["(a", "(a{1000}){1000}", r"\\1", "(?=a)", "[z-a]", "*"])
def test_an_invalid_pattern_is_rejected_before_there_are_samples(pattern: str) -> None:
    """The syntax is that of Go's regexp, as in the real service."""
    with pytest.raises(QueryError):
        parse_selector(f'r{{name=~"{pattern}"}}')


def test_aggregations_are_nested_once_however_deep_the_text() -> None:
    """A thousand characters of `sum(` are rejected without recursion."""
    with pytest.raises(QueryError, match="nested"):
        parse_query("sum(" * 200 + "rate" + ")" * 190)
