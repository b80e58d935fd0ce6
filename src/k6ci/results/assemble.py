"""From the result of a run and its measurements to its report; and from the reports of a suite to the whole."""

from __future__ import annotations

from collections.abc import Sequence

from k6ci.cloud.models import StatusEntry, TestRun
from k6ci.errors import ExitCode, K6ciError, collapsed, most_severe
from k6ci.results.comparison import Comparison
from k6ci.results.model import Decision, Measurements, Report, RunReport, StatusChange, Threshold, Verdict
from k6ci.results.regression import gated_regression, regression_warnings
from k6ci.results.series import generator_overload
from k6ci.results.verdict import decide, remedy_before_start
from k6ci.results.verdict_input import Policy, VerdictInput
from k6ci.runs.result import RunResult


def run_report(
    result: RunResult,
    measurements: Measurements,
    policy: Policy,
    *,
    cancelled_by: ExitCode | None,
    is_ci: bool,
    comparison: Comparison | None = None,
) -> RunReport:
    """The report of one run; `cancelled_by` is the exit code of the signal that ended the job."""
    run = result.run
    decision = decide(_verdict_input(result, measurements, cancelled_by, comparison), policy)
    return RunReport(
        script=result.script,
        decision=decision,
        load_test_name=result.load_test_name,
        load_test_id=result.load_test_id,
        project_id=result.project_id,
        run_id=run.id if run else None,
        run_url=result.url,
        status=run.status if run else None,
        result=run.result if run else None,
        result_details=_details(run),
        history=tuple(_status_change(entry) for entry in run.status_history) if run else (),
        created=run.created.isoformat() if run and run.created else None,
        ended=run.ended.isoformat() if run and run.ended else None,
        execution_seconds=run.execution_duration if run else None,
        vuh_estimate=result.plan.vuh_estimate,
        vuh=run.cost.total_vuh if run and run.cost else None,
        started_by=run.started_by if run else None,
        metrics=measurements.metrics,
        checks=measurements.checks,
        thresholds=measurements.thresholds,
        time_series=measurements.details.time_series,
        endpoints=measurements.details.endpoints,
        groups=measurements.details.groups,
        comparison=comparison,
        warnings=(
            *result.warnings,
            *_warnings(run, decision, measurements, is_ci=is_ci),
            *regression_warnings(comparison, decision),
        ),
    )


def _verdict_input(
    result: RunResult, measurements: Measurements, cancelled_by: ExitCode | None, comparison: Comparison | None
) -> VerdictInput:
    run = result.run
    return VerdictInput(
        problem=result.problem,
        cancelled_by=cancelled_by,
        halted=result.halted,
        is_started=run is not None,
        is_stop_confirmed=result.stopped.is_confirmed if result.stopped else None,
        is_ours=result.is_ours,
        overdue=result.overdue,
        status=run.status if run else None,
        result=run.result if run else None,
        details=_details(run),
        execution_seconds=run.execution_duration if run else 0.0,
        has_samples=measurements.has_samples,
        checks_rate=_checks_rate(measurements),
        thresholds=_met(measurements, result),
        regression=gated_regression(comparison),
        where=result.url or "the run's page",
    )


def failed_run_report(result: RunResult, error: Exception) -> RunReport:
    """The report of a run whose own report failed, by a bug of ours: it did not pass."""
    run, where = result.run, result.url or "the run's page"
    reason = f"A bug in k6ci: the end of the run could not be evaluated ({type(collapsed(error)).__name__})."
    if result.is_over:
        decision = Decision(Verdict.ERROR, ExitCode.RUN_ENDED, reason, f"See {where}, and report the bug.")
    else:
        remedy = f"It may still be running: stop it at {where}, or with `k6ci abort`; and report the bug."
        decision = Decision(Verdict.UNKNOWN, ExitCode.UNKNOWN, reason, remedy)
    return RunReport(result.script, decision, run_id=run.id if run else None, run_url=result.url, status=None)


def suite_report(runs: Sequence[RunReport], *, is_emulated: bool, warnings: Sequence[str]) -> Report:
    """All runs in one: the most severe decision stands for the whole. Scripts that were skipped decide nothing."""
    decisive = [run for run in runs if run.decision.verdict is not Verdict.SKIPPED]
    worst = most_severe(run.decision.exit_code for run in decisive)
    deciding = next(run for run in decisive if run.decision.exit_code is worst)
    decision = deciding.decision
    scripts = [run for run in runs if run.confirms is None]
    if len(runs) > 1 and (len(scripts) > 1 or deciding.confirms is not None):
        passed = sum(run.decision.verdict is Verdict.PASSED for run in scripts)
        reason = f"{passed} of {len(scripts)} scripts passed"
        said = "." if worst is ExitCode.PASSED else f"; the worst is {deciding.script}: {decision.reason}"
        decision = Decision(decision.verdict, worst, reason + said, decision.remedy)
    return Report(decision, is_emulated, tuple(runs), tuple(warnings))


def failed_report(problem: K6ciError, *, is_emulated: bool, warnings: Sequence[str]) -> Report:
    """The report of a command that ended before any run."""
    decision = Decision(Verdict.ERROR, problem.code, problem.cause, remedy_before_start(problem))
    pairs = tuple((one.cause, remedy_before_start(one)) for one in problem.problems)
    return Report(decision, is_emulated, warnings=tuple(warnings), problems=pairs)


def cancelled_report(code: ExitCode, *, is_emulated: bool, warnings: Sequence[str]) -> Report:
    """The report of a command that a signal ended before any run."""
    decision = Decision(Verdict.CANCELLED, code, "The job was cancelled before a test run was started.")
    return Report(decision, is_emulated, warnings=tuple(warnings))


def skipped_report(reason: str, *, is_emulated: bool, warnings: Sequence[str]) -> Report:
    """The report of a command that has nothing to run, by the user's own choice."""
    return Report(Decision(Verdict.SKIPPED, ExitCode.PASSED, reason), is_emulated, warnings=tuple(warnings))


def _checks_rate(measurements: Measurements) -> float | None:
    """The share of the iterations' checks that passed; None when none was counted."""
    passes, total = measurements.iteration_checks
    return min(1.0, passes / total) if total > 0 else None


def _met(measurements: Measurements, result: RunResult) -> tuple[bool | None, ...] | None:
    """Whether each threshold is met; None when they were not computed, as those of a run that was cancelled."""
    if not measurements.thresholds and result.plan.thresholds:
        return None
    return tuple(threshold.is_met for threshold in measurements.thresholds)


def _details(run: TestRun | None) -> str | None:
    """What the cloud says about the end: result details, then the last word of the history."""
    if run is None:
        return None
    said: list[str] = []
    if run.result_details is not None:
        said += [text for text in (run.result_details.message, _coded(run.result_details.code)) if text]
    last = run.status_details or (run.status_history[-1] if run.status_history else None)
    if last is not None and last.extra is not None:
        by = f"by {last.extra.by_user}" if last.extra.by_user else None
        said += [text for text in (last.extra.message, _coded(last.extra.code), by) if text]
    return ", ".join(dict.fromkeys(said)) or (run.result_details.type if run.result_details else None)


def _coded(code: int | None) -> str | None:
    return None if code is None else f"code {code}"


def _status_change(entry: StatusEntry) -> StatusChange:
    extra = entry.extra
    return StatusChange(
        entry.type,
        entry.entered.isoformat() if entry.entered else None,
        extra.message if extra else None,
        extra.by_user if extra else None,
        extra.code if extra else None,
    )


def _warnings(run: TestRun | None, decision: Decision, measurements: Measurements, *, is_ci: bool) -> list[str]:
    """What a reader should know beside the verdict."""
    warnings = [f"Metrics are incomplete: {problem}." for problem in measurements.problems]
    if run is None:
        return warnings
    details = measurements.details
    if details.problems:
        more = f", and {len(details.problems) - 1} more" if len(details.problems) > 1 else ""
        warnings.append(f"Charts and tables are incomplete: {details.problems[0]}{more}.")
    if (overload := generator_overload(details.time_series)) is not None:
        warnings.append(overload)
    if decision.exit_code is ExitCode.PASSED and measurements.has_samples is None:
        warnings.append("Could not confirm that any metrics were recorded.")
    elif decision.exit_code is ExitCode.PASSED and not measurements.has_samples:
        warnings.append("Iterations recorded no metrics (allow-no-samples).")
    if decision.exit_code is ExitCode.PASSED and measurements.metrics.failure_rate == 1:
        warnings.append("Every HTTP request failed; without a threshold on http_req_failed that passes.")
    if run.started_by and is_ci:
        warnings.append("The token is a personal one; a stack token stays valid in CI when its owner leaves.")
    if not measurements.thresholds and decision.exit_code is ExitCode.PASSED:
        warnings.append("The script has no thresholds: only its execution was checked, not its results.")
    warnings += [_doubt(threshold) for threshold in measurements.thresholds if _is_doubtful(threshold, run)]
    if run.result == "failed" and measurements.thresholds and all(one.is_met for one in measurements.thresholds):
        warnings.append("The cloud's result is failed, but by our own computation no threshold is crossed.")
    return warnings


def _is_doubtful(threshold: Threshold, run: TestRun) -> bool:
    if run.status != "completed":
        return False
    return threshold.is_met is None or (threshold.is_met is False and run.result == "passed")


def _doubt(threshold: Threshold) -> str:
    name = f"The threshold {threshold.expression} of {threshold.metric}"
    if threshold.is_met is None:
        return f"{name} was not evaluated: {threshold.note}."
    return f"{name} is crossed by our own computation ({threshold.value:.4g}), but the cloud's result is passed."
