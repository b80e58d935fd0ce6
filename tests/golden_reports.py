"""Reports as each renderer writes them, kept in tests/golden/ for reviews; `make golden` writes them again."""

from __future__ import annotations

import dataclasses
import io
import pathlib
from collections.abc import Iterator
from typing import Final
from unittest import mock

from rich.console import Console

import k6ci
from k6ci.errors import ExitCode
from k6ci.render.closing import show_report
from k6ci.render.document import report_json
from k6ci.render.html import report_html
from k6ci.render.junit import report_junit
from k6ci.render.markdown import report_markdown, summary_markdown
from k6ci.results.comparison import Comparison, ComparisonOutcome
from k6ci.results.model import Check, Decision, Metrics, Report, StatusChange, Verdict
from sample_reports import COMPARISON, PASSED, failed_report, hostile_report, passed_report, suite_report, time_series

FOLDER: Final = pathlib.Path(__file__).parent / "golden"
_STEPS: Final = 9
_OTHER_LETTERS: Final = ("עברית: 1 < 2", "اختبار الدفع", "😀 🏳️‍🌈 4-byte", "支払い")


def console_text(report: Report) -> str:
    """What `k6ci run` prints at its end, as in a log."""
    stream = io.StringIO()
    show_report(Console(file=stream, width=100, highlight=False, color_system=None, force_terminal=False), report)
    return stream.getvalue()


# File name -> renderer.
RENDERERS: Final = {
    "console.txt": console_text,
    "summary.md": summary_markdown,
    "comment.md": report_markdown,
    "junit.xml": report_junit,
    "result.json": report_json,
    "report.html": report_html,
}


def _short(report: Report) -> Report:
    """With few steps of time, so that the files can be read."""
    runs = [
        dataclasses.replace(run, time_series=time_series(_STEPS, p95=run.metrics.duration_p95_ms or 0.0))
        if run.time_series
        else run
        for run in report.runs
    ]
    return dataclasses.replace(report, runs=tuple(runs))


def _ended(decision: Decision, *, without_metrics: bool = False, **changes: object) -> Report:
    run = dataclasses.replace(passed_report().runs[0], decision=decision, **changes)
    if without_metrics:
        run = dataclasses.replace(
            run, metrics=Metrics(), checks=(), thresholds=(), time_series=None, endpoints=(), groups=()
        )
    return Report(decision, is_emulated=False, runs=(run,))


def _reports() -> Iterator[tuple[str, Report]]:
    yield "passed", passed_report()
    yield "thresholds-crossed", failed_report()
    aborted = Decision(
        Verdict.ABORTED, ExitCode.RUN_ENDED, "A user aborted the run: jo@acme.example.", "Start it again."
    )
    history = (StatusChange("aborted", "2026-11-20T10:00:17+00:00", None, "jo@acme.example", None),)
    yield "aborted", _ended(aborted, status="aborted", result="error", history=history)
    slower = Decision(
        Verdict.REGRESSED, ExitCode.REGRESSION, "p95 is 37 % slower than 12 earlier runs.", "Find the cause."
    )
    regressed = _ended(slower, comparison=COMPARISON)
    yield "regressed", regressed
    (run,) = passed_report().runs
    further = [dataclasses.replace(run, run_id=number, confirms=run.run_id) for number in (123458, 123459)]
    yield "confirmed", dataclasses.replace(regressed, runs=(*regressed.runs, *further))
    few = Comparison(ComparisonOutcome.TOO_FEW_RUNS, "main", (1, 2), notes=("2 comparable runs; 5 are needed.",))
    yield "too-few-runs", _ended(PASSED, comparison=few)
    cancelled = Decision(Verdict.CANCELLED, ExitCode.SIGTERM, "The job was cancelled (SIGTERM); the run was stopped.")
    yield "cancelled", _ended(cancelled, without_metrics=True, status="aborted", result="error")
    unknown = Decision(Verdict.UNKNOWN, ExitCode.UNKNOWN, "Contact with the cloud was lost.", "Look at the run's page.")
    yield "unknown", _ended(unknown, without_metrics=True, status="running", result=None, vuh=None)
    yield "emulated", dataclasses.replace(passed_report(), is_emulated=True)
    problems = (("K6_CLOUD_TOKEN is not set.", "Set it."), ("Project 7 was not found.", "Name a visible one."))
    yield (
        "not-started",
        Report(
            Decision(Verdict.ERROR, ExitCode.SETTINGS, "2 problems were found."), is_emulated=False, problems=problems
        ),
    )
    yield "suite", suite_report()
    hostile = hostile_report()
    (run,) = hostile.runs
    checks = (*run.checks, *(Check(name, 2, 1) for name in _OTHER_LETTERS))
    yield "hostile", dataclasses.replace(hostile, runs=(dataclasses.replace(run, checks=checks),))


REPORTS: Final = {name: _short(report) for name, report in _reports()}


def text_of(name: str, renderer: str) -> str:
    """A report as a renderer of k6ci 0.0.0 writes it."""
    with mock.patch.object(k6ci, "__version__", "0.0.0"):
        return RENDERERS[renderer](REPORTS[name])


def path_of(name: str, renderer: str) -> pathlib.Path:
    """The golden file."""
    return FOLDER / name / renderer


def main() -> None:
    """Write all golden files."""
    for name in REPORTS:
        (FOLDER / name).mkdir(exist_ok=True)
        for renderer in RENDERERS:
            path_of(name, renderer).write_text(text_of(name, renderer), encoding="utf-8")


if __name__ == "__main__":
    main()
