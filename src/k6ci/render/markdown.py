"""The report as Markdown: summary.md, and the job summary on GitHub. All foreign text is escaped.

The verdict comes first, then its reason, link and cost, and the thresholds. Metrics, checks and the scripts of a suite
that passed are collapsed. GitHub silently drops a job summary over 1 MiB, so a longer text is truncated, with a note.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from typing import Final

from k6ci.render import figures
from k6ci.render.github_markdown import BEGIN_DETAILS, END_DETAILS, collapsed, escaped, short_name, table
from k6ci.render.markdown_details import compared_endpoints, comparison, diagrams, endpoints, groups
from k6ci.results.model import Report, RunReport, Threshold, Verdict

BUDGET_BYTES: Final = 900 * 1024
RUNS_WITH_CHARTS: Final = 5
_SHOWN_CHECKS: Final = 50
_THRESHOLD_MARKS: Final = {True: "✅", False: "❌", None: "❔"}


def report_markdown(report: Report, *, max_bytes: int = BUDGET_BYTES) -> str:
    """The report in short, of at most `max_bytes` bytes in UTF-8."""
    return _fitted("\n".join(_lines(report, with_charts_of=())) + "\n", max_bytes)


def summary_markdown(report: Report) -> str:
    """The text of summary.md and of the job summary: the report with charts, slowest URLs and groups.

    The charts are those of the first scripts only, those that did not pass first: a page with dozens is slow to open.
    """
    ordered = sorted(report.runs, key=lambda run: run.decision.verdict is Verdict.PASSED)
    return _fitted("\n".join(_lines(report, with_charts_of=ordered[:RUNS_WITH_CHARTS])) + "\n", BUDGET_BYTES)


def _lines(report: Report, *, with_charts_of: Sequence[RunReport]) -> Iterator[str]:
    decision, is_suite = report.decision, len(report.runs) > 1
    label = " · EMULATED" if report.is_emulated else ""
    yield f"## {figures.SYMBOLS[decision.verdict]} k6 load test: {decision.verdict.value}{label}"
    yield ""
    yield f"{escaped(decision.reason)} (exit code {int(decision.exit_code)})"
    if report.is_emulated:
        yield ""
        yield "> **EMULATED**: this ran on a loopback emulator, not in Grafana Cloud k6."
    if len(report.problems) > 1:
        yield ""
        for cause, remedy in report.problems:
            yield f"- **{escaped(cause)}** {escaped(remedy)}"
    elif decision.remedy:
        yield ""
        yield f"**What to do:** {escaped(decision.remedy)}"
    yield from _warnings(report.warnings)
    if is_suite:
        yield from _overview(report.runs)
    for run in report.runs:
        if not is_suite or run.decision.verdict is not Verdict.PASSED:
            yield from _run(run, is_alone=not is_suite, has_charts=run in with_charts_of)
    passed = [run for run in report.runs if run.decision.verdict is Verdict.PASSED]
    if is_suite and passed:
        inner = [line for run in passed for line in _run(run, is_alone=False, has_charts=run in with_charts_of)]
        yield from collapsed(f"Scripts that passed: {len(passed)}", inner)
    if with_charts_of and len(report.runs) > len(with_charts_of):
        yield ""
        yield f"… charts of {len(with_charts_of)} of {len(report.runs)} scripts; report.html has all."


def _overview(runs: tuple[RunReport, ...]) -> Iterator[str]:
    """A suite at a glance: how many scripts passed, the cost, and a row per script."""
    verdicts = Counter(run.decision.verdict.value for run in runs)
    cost = figures.suite_cost(runs)
    parts = [f"{figures.counted_runs(runs)}: {', '.join(f'{count} {verdict}' for verdict, count in verdicts.items())}"]
    yield ""
    yield " · ".join([*parts, *([f"cost of all {len(runs)} runs: {cost}"] if cost else [])])
    yield from table(
        ("", "script", "result", "thresholds", "-p95", "-failed requests", "-VUh", "test run"),
        (
            (
                figures.SYMBOLS[run.decision.verdict],
                short_name(figures.run_name(run)),
                run.decision.verdict.value,
                _met(run),
                figures.milliseconds(run.metrics.duration_p95_ms),
                figures.percent(run.metrics.failure_rate),
                "-" if run.vuh is None else f"{run.vuh:.4g}",
                _link(run, "") or "-",
            )
            for run in runs
        ),
    )


def _run(run: RunReport, *, is_alone: bool, has_charts: bool) -> Iterator[str]:
    decision = run.decision
    yield ""
    if is_alone:
        yield " · ".join([f"**{short_name(figures.run_name(run))}**", *_facts(run)])
    else:
        yield f"### {figures.SYMBOLS[decision.verdict]} {short_name(figures.run_name(run))}"
        yield ""
        yield f"{escaped(decision.reason)} (exit code {int(decision.exit_code)})"
        yield ""
        yield " · ".join(_facts(run))
    if run.thresholds:
        yield from table(
            ("", "threshold", "-value", "-limit", "-distance"),
            (
                (
                    _THRESHOLD_MARKS[one.is_met],
                    f"{short_name(one.metric)} {short_name(one.expression)}",
                    _value(one),
                    figures.quantity(one.metric, one.limit),
                    figures.quantity(one.metric, one.distance),
                )
                for one in run.thresholds
            ),
        )
    yield from _warnings(run.warnings)
    if run.comparison is not None:
        yield from comparison(run.comparison)
    if has_charts and (drawn := diagrams(run)):
        yield from drawn if is_alone else collapsed("Charts", drawn)
    if inner := [*_figures(run), *_checks(run)]:
        yield from collapsed(_details_title(run), inner)
    if has_charts and (tables := [*endpoints(run), *compared_endpoints(run), *groups(run)]):
        yield from collapsed("Slowest URLs and groups", tables)


def _facts(run: RunReport) -> Iterator[str]:
    if link := _link(run, "test run "):
        yield link
    if run.status and run.decision.verdict not in (Verdict.PASSED, Verdict.FAILED, Verdict.REGRESSED):
        yield f"status {escaped(run.status)}, result {escaped(run.result or '-')}"
    if run.execution_seconds:
        yield f"{figures.duration(run.execution_seconds)} executed"
    if run.vuh is not None:
        estimated = "" if run.vuh_estimate is None else f" (estimated {run.vuh_estimate:.4g})"
        yield f"{run.vuh:.4g} VUh{estimated}"
    elif run.vuh_estimate is not None:
        yield f"about {run.vuh_estimate:.4g} VUh"
    if run.load_test_name and not f"/{run.load_test_name}".endswith(f"/{run.script}"):  # else it says no more
        yield f"load test {short_name(run.load_test_name)}"


def _value(threshold: Threshold) -> str:
    if threshold.value is None:
        return escaped(threshold.note or "no data")
    shown = figures.quantity(threshold.metric, threshold.value)
    return f"**{shown}**" if threshold.is_met is False else shown


def _link(run: RunReport, label: str) -> str:
    if figures.is_url(run.run_url):
        return f"[{label}{run.run_id}]({run.run_url})"
    return "" if run.run_id is None else f"{label}{run.run_id}"


def _met(run: RunReport) -> str:
    if not run.thresholds:
        return "-"
    return f"{sum(one.is_met is True for one in run.thresholds)} of {len(run.thresholds)} met"


def _details_title(run: RunReport) -> str:
    if not run.checks:
        return "Metrics"
    failed = sum(check.fails for check in run.checks)
    total = figures.count(failed + sum(check.passes for check in run.checks))
    outcome = f"{figures.count(failed)} of {total} checks failed" if failed else f"{total} checks passed"
    return f"Metrics and checks ({outcome})"


def _figures(run: RunReport) -> Iterator[str]:
    """The metrics, two beside each other."""
    rows = figures.figure_rows(run.metrics)
    half = (len(rows) + 1) // 2
    left, right = rows[:half], [*rows[half:], ("", "")]
    if rows:
        yield from table(("metric", "-value", "metric", "-value"), (a + b for a, b in zip(left, right, strict=False)))


def _checks(run: RunReport) -> Iterator[str]:
    """The checks, failing ones first."""
    if not run.checks:
        return
    ordered = sorted(run.checks, key=lambda check: (check.fails == 0, check.name))
    yield from table(
        ("", "check", "-passes", "-fails"),
        (
            (
                "✅" if check.fails == 0 else "❌",
                short_name(check.name),
                figures.count(check.passes),
                figures.count(check.fails),
            )
            for check in ordered[:_SHOWN_CHECKS]
        ),
    )
    if len(ordered) > _SHOWN_CHECKS:
        yield ""
        yield f"… and {len(ordered) - _SHOWN_CHECKS} more checks; see result.json."


def _warnings(warnings: tuple[str, ...]) -> Iterator[str]:
    if warnings:
        yield ""
        for warning in warnings:
            yield f"- ⚠️ {escaped(warning)}"


def _fitted(text: str, max_bytes: int) -> str:
    if len(text.encode()) <= max_bytes:
        return text
    note = "\n… truncated: the full report is in result.json.\n"
    closing = f"\n{END_DETAILS}\n"
    kept = text.encode()[: max_bytes - len((2 * closing + note).encode())].decode(errors="ignore")
    lines = kept[: kept.rfind("\n") + 1].split("\n")
    return "\n".join(lines) + (lines.count(BEGIN_DETAILS[0]) - lines.count(END_DETAILS)) * closing + note
