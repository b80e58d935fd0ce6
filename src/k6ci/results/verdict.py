"""The verdict table: from what is known of a run to one word, one exit code, one reason. Pure; unknown is never green.

Read from top to bottom, the first row that fits decides. docs/usage.md shows the same table.
"""

from __future__ import annotations

from k6ci.errors import ExitCode, K6ciError
from k6ci.results.model import Decision, Verdict
from k6ci.results.verdict_input import Policy, VerdictInput

_ENDED = ("completed", "aborted")


def decide(known: VerdictInput, policy: Policy) -> Decision:
    """The decision for one run."""
    for row in (_by_problem, _by_interruption, _by_halt, _by_stop, _by_result):
        decision = row(known)
        if decision is not None:
            return decision
    for demand in (_by_samples, _by_checks, _by_regression):
        decision = demand(known, policy)
        if decision is not None:
            return decision
    return Decision(Verdict.PASSED, ExitCode.PASSED, "The run completed and its result is passed.")


def _by_problem(known: VerdictInput) -> Decision | None:
    if known.problem is None:
        return None
    if known.problem.code is ExitCode.UNKNOWN and known.is_stop_confirmed:
        if known.cancelled_by is not None:
            return None
        reason = f"{known.problem.cause} Afterwards {_stopped(known, 'it')}."
        return Decision(Verdict.ABORTED, ExitCode.RUN_ENDED, reason, f"See {known.where}.")
    verdict = Verdict.UNKNOWN if known.problem.code is ExitCode.UNKNOWN else Verdict.ERROR
    remedy = known.problem.remedy if known.is_started else remedy_before_start(known.problem)
    return Decision(verdict, known.problem.code, known.problem.cause, remedy)


def remedy_before_start(problem: K6ciError) -> str:
    """The remedy of a problem that came before any start; when the cloud failed, people ask whether anything runs."""
    is_said = "no test run was started" in problem.remedy.lower()
    if problem.code is not ExitCode.CLOUD_UNREACHABLE or is_said:
        return problem.remedy
    return f"{problem.remedy} No test run was started."


def _by_interruption(known: VerdictInput) -> Decision | None:
    """A job that was cancelled: the run is stopped, or a person has to look."""
    if known.cancelled_by is None:
        return None
    if not known.is_started:
        return Decision(Verdict.CANCELLED, known.cancelled_by, "The job was cancelled before a test run was started.")
    if known.is_stop_confirmed:
        return Decision(
            Verdict.CANCELLED, known.cancelled_by, f"The job was cancelled; {_stopped(known, 'the test run')}."
        )
    if known.is_stop_confirmed is None and known.has_samples is not None:
        return None  # the signal came when everything was known: it counts
    if known.is_stop_confirmed is None:
        ended = f"status {known.status}, result {known.result}"
        return Decision(
            Verdict.CANCELLED, known.cancelled_by, f"The job was cancelled when the run had ended ({ended})."
        )
    return _not_stopped(known, "The job was cancelled")


def _by_halt(known: VerdictInput) -> Decision | None:
    """A suite that ended early: no decision about this script, so that the one that failed decides."""
    if known.halted is None:
        return None
    if not known.is_started:
        return Decision(Verdict.SKIPPED, ExitCode.PASSED, f"Not run, because {known.halted}.")
    if known.is_stop_confirmed:
        return Decision(Verdict.SKIPPED, ExitCode.PASSED, f"Stopped, because {known.halted}.")
    if known.is_stop_confirmed is None:
        return None
    return _not_stopped(known, f"The run was to be stopped, because {known.halted}")


def _by_stop(known: VerdictInput) -> Decision | None:
    """Runs that k6ci itself had to stop."""
    if known.is_ours is False:
        why = "The run executed another job's script: the load test was overwritten between upload and start"
        remedy = (
            "Run again; give jobs that share this load test a concurrency group, or the scripts names of their own."
        )
    elif known.overdue is not None:
        why = known.overdue
        remedy = (
            "Look at the run's page for why it took so long (no free load generator, a load zone that is off line), "
            "or raise timeout or queue-timeout."
        )
    else:
        return None
    if not known.is_stop_confirmed or known.status not in _ENDED:  # half a minute was waited for its end
        return _not_stopped(known, why)
    return Decision(Verdict.ABORTED, ExitCode.RUN_ENDED, f"{why}; it was stopped.", remedy)


def _stopped(known: VerdictInput, what: str) -> str:
    """What is known after a stop request that was accepted: in the seconds after a signal its end may not be seen."""
    return f"{what} was stopped" if known.status in _ENDED else f"the cloud accepted the request to stop {what}"


def _not_stopped(known: VerdictInput, why: str) -> Decision:
    return Decision(
        Verdict.UNKNOWN,
        ExitCode.UNKNOWN,
        f"{why}, and the cloud did not confirm that the test run was stopped; it may still be running.",
        f"Stop it at {known.where}, or with `k6ci abort`.",
    )


def _by_result(known: VerdictInput) -> Decision | None:
    """The cloud's own answer; only completed and passed goes on to the samples."""
    said = f": {known.details}" if known.details else ""
    see = f"See {known.where}."
    if known.result == "failed":
        return Decision(Verdict.FAILED, ExitCode.THRESHOLDS, f"{_why_failed(known)}{said}.", see)
    if known.status == "aborted":
        return Decision(Verdict.ABORTED, ExitCode.RUN_ENDED, f"The run was aborted{said or ' (no reason given)'}.", see)
    if known.status == "completed" and known.result == "passed":
        return None
    if known.result == "error":
        return Decision(Verdict.ERROR, ExitCode.RUN_ENDED, f"The run ended with an error{said}.", see)
    if known.status == "completed" and known.result is None:
        return Decision(
            Verdict.UNKNOWN, ExitCode.RUN_ENDED, "The run completed, but the cloud gave no result in time.", see
        )
    return Decision(
        Verdict.UNKNOWN,
        ExitCode.RUN_ENDED,
        f"The run ended with status {known.status!r} and result {known.result!r}, which does not mean that it passed.",
        see,
    )


def _why_failed(known: VerdictInput) -> str:
    """A run fails by its thresholds, or because the script says so (`exec.test.fail`)."""
    if False in (known.thresholds or ()) or "threshold" in (known.details or "").lower():
        return "Thresholds were crossed"
    if known.thresholds == ():
        return "The script marked the test as failed (it has no thresholds)"
    if known.thresholds and all(known.thresholds):
        return "The script marked the test as failed (every threshold is met by our own computation)"
    return "Thresholds were crossed, or the script marked the test as failed"


def _by_samples(known: VerdictInput, policy: Policy) -> Decision | None:
    """A passed run must have recorded metrics."""
    if known.has_samples or policy.allows_no_samples:
        return None
    if known.has_samples is None and known.execution_seconds > 0:
        return None
    if known.has_samples is None:
        reason = (
            "The run passed with an execution time of zero, and k6ci could not confirm that any metrics were recorded"
        )
    else:
        reason = (
            "The run passed, but its iterations recorded no metrics: no request, check or custom metric has a sample "
            "(samples of setup and teardown do not count)"
        )
    return Decision(
        Verdict.ERROR,
        ExitCode.RUN_ENDED,
        f"{reason}.",
        f"Look for exceptions in the script's log ({known.where}); allow-no-samples lets such a run pass.",
    )


def _by_checks(known: VerdictInput, policy: Policy) -> Decision | None:
    """The minimum check pass rate, which k6 itself does not know without a threshold."""
    wanted, rate = policy.min_checks_rate, known.checks_rate
    if wanted is None or (rate is not None and rate >= wanted):
        return None
    if rate is None:
        return Decision(
            Verdict.ERROR,
            ExitCode.RUN_ENDED,
            f"The run passed, but min-checks-rate requires that {100 * wanted:.6g}% of the iterations' checks pass, "
            "and no check was counted.",
            f"Add check() to the script, or remove min-checks-rate; see {known.where}.",
        )
    return Decision(
        Verdict.FAILED,
        ExitCode.THRESHOLDS,
        f"Only {100 * rate:.6g}% of the iterations' checks passed; min-checks-rate requires {100 * wanted:.6g}%.",
        f"See {known.where}.",
    )


def _by_regression(known: VerdictInput, policy: Policy) -> Decision | None:
    """The regression gate, `compare: fail`."""
    if not policy.fails_on_regression or known.regression is None:
        return None
    return Decision(
        Verdict.REGRESSED,
        ExitCode.REGRESSION,
        f"{known.regression}, beyond what chance explains.",
        f"See the comparison and {known.where}; `compare: warn` reports regressions without failing.",
    )
