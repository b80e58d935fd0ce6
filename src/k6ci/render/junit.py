"""The report as JUnit XML, for the test views of Jenkins, GitLab, Azure and others.

A suite per script, with a case for the test run, and one for each threshold and each check. Failures never contradict
the exit code: in a run that passed no case fails, and in one that failed or has no result at least one does.
"""

from __future__ import annotations

import contextlib
import datetime as dt
from collections.abc import Iterator
from typing import Final

from junitparser import Error, Failure, JUnitXml, Skipped
from junitparser.xunit2 import TestCase, TestSuite

from k6ci.lines import one_line, visible
from k6ci.render import comparisons, figures
from k6ci.results.model import Check, Decision, Report, RunReport, Threshold, Verdict

_LONGEST_NAME: Final = 300
_RUN: Final = "test run"


def report_junit(report: Report) -> str:
    """The text of junit.xml."""
    document = JUnitXml("k6ci")
    for run in report.runs:
        document.add_testsuite(_suite(run, report))
    if not report.runs:
        suite = TestSuite(f"k6ci{_label(report)}")
        suite.add_testcases(list(_cases_before_start(report)))
        document.add_testsuite(suite)
    document.update_statistics()
    xml: bytes = document.tostring()
    return xml.decode()


def _suite(run: RunReport, report: Report) -> TestSuite:
    """Properties first, then the cases, then the summary as text: the order of the JUnit schema."""
    suite = TestSuite(_name(figures.run_name(run)) + _label(report))
    with contextlib.suppress(ValueError):  # xUnit has no zone: the time is UTC
        suite.timestamp = dt.datetime.fromisoformat(run.created or "").astimezone(dt.UTC).strftime("%Y-%m-%dT%H:%M:%S")
    for name, value in _properties(run, report):
        suite.add_property(name, one_line(str(value)))
    suite.add_testcases(list(_cases(run)))
    suite.system_out = "\n".join(map(one_line, _summary(run, report)))
    return suite


def _label(report: Report) -> str:
    return " (EMULATED)" if report.is_emulated else ""


def _properties(run: RunReport, report: Report) -> Iterator[tuple[str, object]]:
    named = {
        "verdict": run.decision.verdict.value,
        "exit_code": int(run.decision.exit_code),
        "run_id": run.run_id,
        "run_url": run.run_url,
        "load_test": run.load_test_name,
        "vuh": run.vuh,
        "emulated": "true" if report.is_emulated else None,
    }
    return ((name, value) for name, value in named.items() if value is not None)


def _summary(run: RunReport, report: Report) -> Iterator[str]:
    decision = run.decision
    yield f"{decision.verdict.value.upper()}{_label(report)}, exit code {int(decision.exit_code)}: {decision.reason}"
    if decision.remedy:
        yield f"What to do: {decision.remedy}"
    if run.run_url:
        yield f"Test run: {run.run_url}"
    if run.comparison is not None:
        yield comparisons.title(run.comparison)
        yield from comparisons.sentences(run.comparison)
    yield from (f"{name}: {value}" for name, value in figures.figure_rows(run.metrics))
    yield from (
        f"slow: {one.method} {one.name}, p95 {figures.milliseconds(one.duration_p95_ms)}" for one in run.endpoints[:3]
    )
    yield from (f"warning: {warning}" for warning in (*run.warnings, *report.warnings))


def _cases(run: RunReport) -> Iterator[TestCase]:
    script, decision = _name(figures.run_name(run)), run.decision
    details = [_threshold_case(script, one, decision) for one in run.thresholds]
    details += [_check_case(script, one, decision) for one in run.checks]
    case = TestCase(_RUN, script, run.execution_seconds or 0.0)
    if run.run_id is not None:
        case.add_property("run_id", str(run.run_id))
    if run.run_url:
        case.add_property("run_url", one_line(run.run_url))
    is_explained = decision.verdict is Verdict.FAILED and any(one.is_failure for one in details)
    if (result := _result(decision)) is not None and not is_explained:
        case.result = [result]
    yield case
    yield from details


def _result(decision: Decision) -> Failure | Error | Skipped | None:
    """The result of a case that a decision is about; None if it passed."""
    text = one_line(" ".join(filter(None, (decision.reason, decision.remedy))))
    if decision.verdict is Verdict.PASSED:
        return None
    if decision.verdict in (Verdict.FAILED, Verdict.REGRESSED):
        return Failure(text, decision.verdict.value)
    return Skipped(text) if decision.verdict is Verdict.SKIPPED else Error(text, decision.verdict.value)


def _threshold_case(script: str, threshold: Threshold, decision: Decision) -> TestCase:
    case = TestCase(_name(f"threshold: {threshold.metric} {threshold.expression}"), script, 0.0)
    value = figures.quantity(threshold.metric, threshold.value)
    text = f"value {value}, limit {figures.quantity(threshold.metric, threshold.limit)}"
    if threshold.is_met is None:
        case.result = [Skipped(one_line(f"not evaluated: {threshold.note or 'no data'}"))]
    elif not threshold.is_met and decision.verdict is not Verdict.PASSED:
        case.result = [Failure(f"crossed: {text}", "threshold")]
    else:
        case.system_out = (
            text if threshold.is_met else f"crossed by the computation of k6ci, not by that of the cloud: {text}"
        )
    return case


def _check_case(script: str, check: Check, decision: Decision) -> TestCase:
    """A check fails a run by way of a threshold only, so a check of a run that passed is no failure."""
    case = TestCase(_name(f"check: {check.name}"), script, 0.0)
    text = f"{figures.count(check.passes)} passed, {figures.count(check.fails)} failed"
    if check.fails and decision.verdict is Verdict.FAILED:
        case.result = [Failure(text, "check")]
    else:
        case.system_out = text
    return case


def _cases_before_start(report: Report) -> Iterator[TestCase]:
    """A case per problem; without any, one for the decision."""
    for cause, remedy in report.problems:
        first, *further = cause.rstrip().split("\n")
        case = TestCase(_name(first), "k6ci", 0.0)
        error = Error(one_line(f"{first} {remedy}"), "error")
        if further:
            error.text = visible(cause.rstrip())
        case.result = [error]
        yield case
    if not report.problems:
        case = TestCase(_RUN, "k6ci", 0.0)
        if (result := _result(report.decision)) is not None:
            case.result = [result]
        yield case


def _name(text: str) -> str:
    shown = one_line(text)
    return shown if len(shown) <= _LONGEST_NAME else f"{shown[: _LONGEST_NAME - 1]}…"
