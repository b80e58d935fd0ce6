"""Threshold expressions: k6's grammar, the queries that answer them, the distance to the limit."""

from __future__ import annotations

import subprocess

import pytest

from binaries import wheel
from k6ci.k6.script_options import thresholds_of
from k6ci.results.thresholds import expressions, parsed


@pytest.mark.parametrize(
    ("metric", "text", "kind", "selector", "query"),
    [
        ("http_req_duration", "p(95)<500", "trend", "http_req_duration", "histogram_quantile(0.95)"),
        ("http_req_duration", "p(99.9) < 500", "trend", "http_req_duration", "histogram_quantile(0.999)"),
        ("http_req_duration", "avg<=200", "trend", "http_req_duration", "histogram_avg"),
        ("http_req_duration", "min>0", "trend", "http_req_duration", "histogram_min"),
        ("http_req_duration", "max<9", "trend", "http_req_duration", "histogram_max"),
        ("http_req_duration", "med<9", "trend", "http_req_duration", "histogram_quantile(0.5)"),
        ("checks", "rate>0.9", "rate", "checks", "ratio"),
        ("http_reqs", "count>100", "counter", "http_reqs", "increase"),
        ("http_reqs", "rate>10", "counter", "http_reqs", "rate"),
        ("vus", "value>1", "gauge", "vus", "last"),
        ("checks{a:b}", "rate>0.9", "rate", 'checks{a="b"}', "ratio"),
        ("x{a:b, c:d e}", "avg>1", "trend", 'x{a="b",c="d e"}', "histogram_avg"),
        ("x{url:http://h/p}", "avg>1", "trend", 'x{url="http://h/p"}', "histogram_avg"),
        ("x{a:'q\"'}", "avg>1", "trend", 'x{a="q\\""}', "histogram_avg"),
        ("x{}", "avg>1", "trend", "x{}", "histogram_avg"),
        ("checks", "avg>1", "rate", "checks", None),
        ("checks", "p(95)>1", "rate", "checks", None),
        ("vus", "rate>1", "gauge", "vus", None),
    ],
)
def test_an_expression_becomes_a_selector_and_a_query(metric, text, kind, selector, query):
    """By the metric's type, as k6 decides it."""
    expression = parsed(metric, text)
    assert expression.selector == selector
    assert expression.base_metric == metric.split("{")[0]
    assert expression.query(kind) == query


@pytest.mark.parametrize(
    ("text", "value", "is_met", "distance"),
    [
        ("p(95)<500", 480.0, True, 20.0),
        ("p(95)<500", 500.0, False, 0.0),
        ("avg<=500", 500.0, True, 0.0),
        ("rate>0.9", 0.8, False, pytest.approx(-0.1)),
        ("rate>=0.9", 0.9, True, 0.0),
        ("count==3", 3.0, True, None),
        ("count===3", 4.0, False, None),
        ("count!=3", 4.0, True, None),
        ("value<-1.5", -2.0, True, 0.5),
    ],
)
def test_a_value_is_judged_with_its_distance(text, value, is_met, distance):
    """A negative distance is how far the limit was crossed."""
    threshold = parsed("m", text).evaluated(value)
    assert (threshold.is_met, threshold.distance, threshold.value) == (is_met, distance, value)


def test_no_samples_is_not_met_and_not_crossed():
    """k6 calls such a threshold passed; we say that there is no data."""
    threshold = parsed("m", "avg<1").evaluated(None)
    assert (threshold.is_met, threshold.note, threshold.limit) == (None, "no data", 1.0)


@pytest.mark.parametrize("text", ["", "p95<5", "avg", "avg<", "avg<x", "mean<5", "avg<5 and max<6"])
def test_what_the_grammar_does_not_know_is_not_computed(text):
    """Shown as it is, never guessed."""
    expression = parsed("m", text)
    assert expression.query("trend") is None
    assert expression.evaluated(3.0).is_met is None


def test_thresholds_are_strings_objects_or_lists_of_both():
    """The shapes that k6 takes."""
    options = {"a": "avg<1", "b": ["max<2", {"threshold": "min>0", "abortOnFail": True}], "c": [{}]}
    found = list(expressions(thresholds_of({"thresholds": options})))
    assert [(one.metric, one.text) for one in found] == [("a", "avg<1"), ("b", "max<2"), ("b", "min>0"), ("c", "")]


ACCEPTED = {
    "p(95)<.5": (95.0, 0.5),
    "p(95)<1e3": (95.0, 1000.0),
    "p(1e1)<1e-2": (10.0, 0.01),
    "p(.5)<1_000": (0.5, 1000.0),
    "p(95)<5.": (95.0, 5.0),
    "p(95)<+5": (95.0, 5.0),
    "p(95)<1E3": (95.0, 1000.0),
    "p(95) < 0x1p4 ": (95.0, 16.0),
    "p(95)<Inf": (95.0, float("inf")),
    "p(101)<5": (101.0, 5.0),
}
REFUSED = ["p( 95 )<5", "p(95)<0x10", "p(95)=5", "p(95)<5ms", "p(95)<1e", "p(95)<.", "p(95)<0b1", "p(95)<1__0", "p()<5"]


@pytest.mark.parametrize("text", ACCEPTED)
def test_w15_numbers_are_what_gos_parsefloat_takes(text):
    expression = parsed("http_req_duration", text)
    assert (expression.percentile, expression.limit) == ACCEPTED[text]


@pytest.mark.parametrize("text", REFUSED)
def test_w15_what_k6_refuses_is_not_understood(text):
    assert parsed("http_req_duration", text).aggregation is None


def test_w15_the_grammar_is_that_of_real_k6(tmp_path):
    """k6 refuses a script with a threshold that it does not understand (exit code 104)."""
    for text in [*ACCEPTED, *REFUSED]:
        script = tmp_path / "a.js"
        options = f"export const options = {{ thresholds: {{ http_req_duration: ['{text}'] }} }};"
        script.write_text(f"{options}\nexport default () => {{}};\n")
        argv = [wheel(), "run", "--quiet", "--no-summary", "--no-usage-report", "--address=", script]
        code = subprocess.run(argv, capture_output=True, check=False).returncode
        assert (code == 104) == (text in REFUSED), (text, code)


def test_w15_a_percentile_beyond_the_samples_is_not_asked_for_and_infinity_is_no_figure():
    assert parsed("m", "p(101)<5").query("trend") is None
    threshold = parsed("m", "p(95)<Inf").evaluated(3.0)
    assert (threshold.is_met, threshold.limit, threshold.distance) == (True, None, None)
