"""The report as one HTML file that needs nothing else: no script, no font, no request. See templates/.

Jinja2 escapes every text; before that, control and invisible characters of texts become visible (`_shown`).
"""

from __future__ import annotations

import pathlib
import re
from collections.abc import Mapping
from typing import Any, Final

import jinja2
from markupsafe import Markup, escape

import k6ci
from k6ci.lines import one_line, visible
from k6ci.render import comparisons, figures, svg
from k6ci.render.charts import Chart, charts
from k6ci.results.comparison import Comparison, ComparisonOutcome
from k6ci.results.model import Report, RunReport, Threshold, Verdict

_TEMPLATES: Final = pathlib.Path(__file__).parent / "templates"
# A file with the charts of 200 scripts would have 20 MB.
_RUNS_WITH_CHARTS: Final = 30
_SHOWN_CHECKS: Final = 200
_LONGEST_TEXT: Final = 500
_LONGEST_MESSAGE: Final = 4000
_URL: Final = re.compile(r"https?://[!#-'*-;=?-Z^_a-{}~]+")
_TONES: Final = {
    Verdict.PASSED: "good",
    Verdict.FAILED: "bad",
    Verdict.ERROR: "bad",
    Verdict.ABORTED: "bad",
    Verdict.REGRESSED: "bad",
}
_MARKS: Final = {True: ("good", "✓", "met"), False: ("bad", "✗", "crossed"), None: ("unknown", "?", "not evaluated")}

_OUTCOME_TONES: Final = {
    ComparisonOutcome.OK: "good",
    ComparisonOutcome.IMPROVED: "good",
    ComparisonOutcome.REGRESSED: "bad",
}


def report_html(report: Report) -> str:
    """The text of report.html."""
    ordered = sorted(range(len(report.runs)), key=lambda place: report.runs[place].decision.verdict is Verdict.PASSED)
    charted = set(ordered[:_RUNS_WITH_CHARTS])
    return _PAGE.render(
        report=report,
        version=k6ci.__version__,
        style=_STYLE,
        tone=_tone,
        runs=[_run(run, place + 1, has_charts=place in charted) for place, run in enumerate(report.runs)],
        runs_with_charts=len(charted) if len(charted) < len(report.runs) else None,
        cost=figures.suite_cost(report.runs),
        figures=figures,
    )


def _shown(value: object) -> object:
    """A text without control or invisible characters, and not longer than a paragraph."""
    if not isinstance(value, str) or isinstance(value, Markup):
        return value
    text = one_line(value)
    return text if len(text) <= _LONGEST_TEXT else f"{text[: _LONGEST_TEXT - 1]}…"


def _in_lines(text: str) -> Markup:
    """A message with its line breaks, which the style of `.lines` shows: errors of a script have several lines."""
    shown = visible(text.rstrip())
    return escape(shown if len(shown) <= _LONGEST_MESSAGE else f"{shown[: _LONGEST_MESSAGE - 1]}…")


_ENVIRONMENT: Final = jinja2.Environment(
    loader=jinja2.FileSystemLoader(_TEMPLATES),
    autoescape=True,
    finalize=_shown,
    undefined=jinja2.StrictUndefined,
    trim_blocks=True,
    lstrip_blocks=True,
)
_ENVIRONMENT.filters["in_lines"] = _in_lines
# There is a template per section, because the compiler of Python takes a megabyte for each 15 KB of generated code.
# All are compiled here, in the main thread: memory that another thread has used is not used again.
_PAGE: Final = {name: _ENVIRONMENT.get_template(name) for name in _ENVIRONMENT.list_templates(["html"])}["report.html"]
_STYLE: Final = Markup((_TEMPLATES / "report.css").read_text(encoding="utf-8"))  # noqa: S704 -- a file of ours


def _tone(verdict: Verdict) -> str:
    return _TONES.get(verdict, "unknown")


def _run(run: RunReport, number: int, *, has_charts: bool) -> Mapping[str, Any]:
    """What the template shows of a run."""
    identity = f"run-{number}"
    checks = sorted(run.checks, key=lambda check: (check.fails == 0, check.name))
    return {
        "id": identity,
        "report": run,
        "name": figures.run_name(run),
        "url": run.run_url if run.run_url and _URL.fullmatch(run.run_url) else None,
        "tiles": _tiles(run),
        "thresholds": [_threshold(one) for one in sorted(run.thresholds, key=lambda one: one.is_met is not False)],
        "comparison": None if run.comparison is None else _comparison(run.comparison),
        "charts": [_chart(chart, f"{identity}-{chart.key}") for chart in charts(run)] if has_charts else [],
        "metrics": figures.figure_rows(run.metrics),
        "checks": checks[:_SHOWN_CHECKS],
        "further_checks": max(0, len(checks) - _SHOWN_CHECKS),
        "met": sum(one.is_met is True for one in run.thresholds),
    }


def _tiles(run: RunReport) -> list[tuple[str, str]]:
    """The figures at a glance: label and value."""
    metrics = run.metrics
    passes, fails = sum(check.passes for check in run.checks), sum(check.fails for check in run.checks)
    rate = None if metrics.requests_per_second is None else f"{metrics.requests_per_second:.4g}/s"
    tiles = [
        (
            "p95 response time",
            None if metrics.duration_p95_ms is None else figures.milliseconds(metrics.duration_p95_ms),
        ),
        ("requests", rate),
        ("failed requests", None if metrics.failure_rate is None else figures.percent(metrics.failure_rate)),
        ("checks passed", figures.percent(passes / (passes + fails)) if passes + fails else None),
        ("VUs (max)", None if metrics.vus_max is None else figures.count(metrics.vus_max)),
        ("duration", figures.duration(run.execution_seconds) if run.execution_seconds else None),
    ]
    return [(label, value) for label, value in tiles if value is not None]


def _threshold(threshold: Threshold) -> Mapping[str, Any]:
    tone, mark, word = _MARKS[threshold.is_met]
    metric, value = threshold.metric, threshold.value
    return {
        "tone": tone,
        "mark": mark,
        "word": word,
        "metric": metric,
        "expression": threshold.expression,
        "value": threshold.note or "no data" if value is None else figures.quantity(metric, value),
        "limit": figures.quantity(metric, threshold.limit),
        "distance": figures.quantity(metric, threshold.distance),
    }


def _comparison(compared: Comparison) -> Mapping[str, Any]:
    """The deciding metrics, then the slowest endpoints."""
    rows = [(_OUTCOME_TONES.get(one.outcome, "unknown"), comparisons.row(one)) for one in compared.metrics]
    rows += [("", (*comparisons.row(one)[:-1], "for information")) for one in compared.endpoints]
    return {
        "title": comparisons.title(compared),
        "heads": comparisons.HEADS,
        "rows": rows if compared.runs else [],
        "sentences": comparisons.sentences(compared),
    }


def _chart(chart: Chart, identity: str) -> Mapping[str, Any]:
    limits = [(limit.name, svg.shown_value(limit.value, chart.unit)) for limit in chart.limits]
    rows = [
        (
            figures.duration(step * chart.step_seconds),
            *(
                svg.shown_value(line.values[step] if step < len(line.values) else None, chart.unit)
                for line in chart.lines
            ),
        )
        for step in range(chart.steps)
    ]
    return {
        "title": chart.title,
        "lines": [line.name for line in chart.lines],
        "limits": limits,
        "far_limits": [(limit.name, svg.shown_value(limit.value, chart.unit)) for limit in chart.far_limits],
        "aborted": None if chart.aborted_after is None else figures.duration(chart.aborted_after),
        "svg": Markup(svg.svg(chart, identity)),  # noqa: S704 -- ElementTree has escaped its texts
        "rows": rows,
    }
