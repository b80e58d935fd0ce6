"""Charts as values, and as Mermaid: limits where they belong, valid numbers, and no text of others."""

from __future__ import annotations

import dataclasses
import re

import pytest

from k6ci.render.charts import charts
from k6ci.render.markdown import summary_markdown
from k6ci.render.mermaid import diagram
from k6ci.results.model import MAX_STEPS, Report, RunReport, StatusChange, Threshold, TimeSeries
from sample_reports import HOSTILE_TEXTS, PASSED, hostile_report, passed_report, time_series

FENCE = re.compile(r"^```mermaid\n(.*?)\n```$", re.DOTALL | re.MULTILINE)


def run_of(series: TimeSeries | None, *thresholds: Threshold, **changes) -> RunReport:
    return RunReport("a.js", PASSED, time_series=series, thresholds=thresholds, **changes)


def limit(metric: str, expression: str, value: float | None) -> Threshold:
    return Threshold(metric, expression, value, 1.0, 1.0, is_met=True)


def test_a_run_has_a_chart_for_each_figure_that_has_values():
    keys = [chart.key for chart in charts(passed_report().runs[0])]
    assert keys == ["duration", "rate", "failures", "vus"]
    assert charts(run_of(None)) == ()
    assert charts(run_of(TimeSeries(None, 1, vus=(None, None)))) == ()
    assert [chart.key for chart in charts(run_of(time_series(cpu=(3.0,))))][-1] == "cpu"


def test_limits_are_drawn_in_the_chart_of_their_metric_unless_they_would_flatten_it():
    """A limit on tagged samples is about other values; one that is no number cannot be drawn."""
    series = TimeSeries(None, 1, duration_p95_ms=(100.0, None), failure_rate=(0.02, 0.0))
    thresholds = [limit("http_req_duration", f"p(95)<{value}", value) for value in (90.0, 300.0, 301.0, None)]
    thresholds += [limit("http_req_duration{a:b}", "p(95)<50", 50.0), limit("http_req_failed", "rate<0.05", 0.05)]
    duration, failures = charts(run_of(series, *thresholds))
    assert [one.value for one in duration.limits] == [90.0, 300.0]
    assert [one.name for one in duration.far_limits] == ["p(95)<301.0"]
    assert duration.top == 300.0
    assert [(one.name, one.value) for one in failures.limits] == [("rate<0.05", 5.0)]


def test_an_abort_is_a_moment_of_each_chart():
    history = (StatusChange("aborted", "2026-11-20T10:00:50+00:00"),)
    assert {chart.aborted_after for chart in charts(run_of(time_series(), history=history))} == {45.0}
    assert {chart.aborted_after for chart in charts(run_of(time_series()))} == {None}


@pytest.mark.parametrize(("values", "top"), [((0.0,), 1), ((0.00003,), 0.00003), ((101.0,), 150), ((9.0, None), 10)])
def test_an_axis_ends_at_a_round_number(values, top):
    (chart,) = charts(run_of(TimeSeries(None, 1, vus=values)))
    assert chart.top == pytest.approx(top)


@pytest.mark.parametrize("value", [0.0, 1e-7, 0.1, 123456.789, 9e17])
@pytest.mark.parametrize("steps", [1, 2, 41, MAX_STEPS])
def test_a_diagram_has_two_to_forty_numbers_without_exponents(value, steps):
    (chart,) = charts(run_of(TimeSeries(None, 3, vus=(value, *[None] * (steps - 1)))))
    (line,) = re.findall(r"line \[(.*)\]", diagram(chart))
    assert 2 <= len(line.split(", ")) <= 40
    assert all(re.fullmatch(r"\d+(\.\d+)?", number) for number in line.split(", "))
    assert f"0 --> {steps * 3}" in diagram(chart)


def test_no_text_of_others_is_in_a_diagram():
    found = FENCE.findall(summary_markdown(hostile_report()))
    assert len(found) == 2
    for text in found:
        assert re.fullmatch(r"[\w\s\[\]{}:',.%#\"\->]+", text), text
        assert not any(hostile in text for hostile in HOSTILE_TEXTS)


def test_a_large_suite_has_diagrams_for_the_first_scripts_and_says_so():
    run = passed_report().runs[0]
    report = Report(PASSED, is_emulated=False, runs=tuple(dataclasses.replace(run, script=f"{i}.js") for i in range(7)))
    text = summary_markdown(report)
    assert len(FENCE.findall(text)) == 10
    assert "… charts of 5 of 7 scripts; report.html has all." in text
