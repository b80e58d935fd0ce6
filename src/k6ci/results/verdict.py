"""The verdict table: from what is known of a run to one word, one exit code, one reason. Pure; unknown is never green.

Read from top to bottom, the first row that fits decides. docs/usage.md shows the same table.
"""

from __future__ import annotations

import dataclasses

from k6ci.errors import ExitCode, K6ciError
from k6ci.results.model import Decision, Verdict

_ENDED = ("completed", "aborted")


@dataclasses.dataclass(frozen=True)
class Facts:
    """What is known of a run when its story has ended.

    `cancelled_by` is the exit code of the signal that ended the job, `halted` why the suite ended without this script.
    `is_stop_confirmed` is None when k6ci did not try to stop the run. `overdue` is the head of a sentence about a
    deadline. `has_samples`, whether iterations measured anything, is None when the metrics do not tell. `details` is
    the cloud's own explanation, `thresholds` whether each is met by our own computation (None: no value; None for all
    of them: not computed).
    `checks_rate` is the share of checks that held (None: there were none), `wanted_checks_rate` the gate, if any.
    """

    problem: K6ciError | None = None
    cancelled_by: ExitCode | None = None
    halted: str | None = None
    is_started: bool = True
    is_stop_confirmed: bool | None = None
    is_ours: bool | None = True
    overdue: str | None = None
    status: str | None = None
    result: str | None = None
    details: str | None = None
    execution_seconds: float = 0.0
    has_samples: bool | None = None
    allows_no_samples: bool = False
    checks_rate: float | None = None
    wanted_checks_rate: float | None = None
    thresholds: tuple[bool | None, ...] | None = None
    where: str = "the run's page"


def decide(facts: Facts) -> Decision:
    """The decision for one run."""
    for row in (_by_problem, _by_interruption, _by_halt, _by_stop, _by_result, _by_samples, _by_checks):
        decision = row(facts)
        if decision is not None:
            return decision
    return Decision(Verdict.PASSED, ExitCode.PASSED, "The run completed and its result is passed.")


def _by_problem(facts: Facts) -> Decision | None:
    if facts.problem is None:
        return None
    if facts.problem.code is ExitCode.UNKNOWN and facts.is_stop_confirmed:
        if facts.cancelled_by is not None:
            return None
        reason = f"{facts.problem.cause} Afterwards {_stopped(facts, 'it')}."
        return Decision(Verdict.ABORTED, ExitCode.RUN_ENDED, reason, f"See {facts.where}.")
    verdict = Verdict.UNKNOWN if facts.problem.code is ExitCode.UNKNOWN else Verdict.ERROR
    remedy = facts.problem.remedy if facts.is_started else remedy_before_start(facts.problem)
    return Decision(verdict, facts.problem.code, facts.problem.cause, remedy)


def remedy_before_start(problem: K6ciError) -> str:
    """The remedy of a problem that came before any start; when the cloud failed, people ask whether anything runs."""
    is_said = "no test run was started" in problem.remedy.lower()
    if problem.code is not ExitCode.CLOUD_UNREACHABLE or is_said:
        return problem.remedy
    return f"{problem.remedy} No test run was started."


def _by_interruption(facts: Facts) -> Decision | None:
    """A job that was cancelled: the run is stopped, or somebody has to look."""
    if facts.cancelled_by is None:
        return None
    if not facts.is_started:
        return Decision(Verdict.CANCELLED, facts.cancelled_by, "The job was cancelled before a test run was started.")
    if facts.is_stop_confirmed:
        return Decision(
            Verdict.CANCELLED, facts.cancelled_by, f"The job was cancelled; {_stopped(facts, 'the test run')}."
        )
    if facts.is_stop_confirmed is None and facts.has_samples is not None:
        return None  # the signal came when everything was known: it counts
    if facts.is_stop_confirmed is None:
        ended = f"status {facts.status}, result {facts.result}"
        return Decision(
            Verdict.CANCELLED, facts.cancelled_by, f"The job was cancelled when the run had ended ({ended})."
        )
    return _not_stopped(facts, "The job was cancelled")


def _by_halt(facts: Facts) -> Decision | None:
    """A suite that ended early: no decision about this script, so that the one that failed decides."""
    if facts.halted is None:
        return None
    if not facts.is_started:
        return Decision(Verdict.SKIPPED, ExitCode.PASSED, f"Not run, because {facts.halted}.")
    if facts.is_stop_confirmed:
        return Decision(Verdict.SKIPPED, ExitCode.PASSED, f"Stopped, because {facts.halted}.")
    if facts.is_stop_confirmed is None:
        return None
    return _not_stopped(facts, f"The run was to be stopped, because {facts.halted}")


def _by_stop(facts: Facts) -> Decision | None:
    """Runs that k6ci itself had to stop."""
    if facts.is_ours is False:
        why = "The run executed another job's script: the load test was overwritten between upload and start"
        remedy = (
            "Run again; give jobs that share this load test a concurrency group, or the scripts names of their own."
        )
    elif facts.overdue is not None:
        why = facts.overdue
        remedy = (
            "Look at the run's page for why it took so long (no free load generator, a load zone that is off line), "
            "or raise timeout or queue-timeout."
        )
    else:
        return None
    if not facts.is_stop_confirmed or facts.status not in _ENDED:  # half a minute was waited for its end
        return _not_stopped(facts, why)
    return Decision(Verdict.ABORTED, ExitCode.RUN_ENDED, f"{why}; it was stopped.", remedy)


def _stopped(facts: Facts, what: str) -> str:
    """What is known after a request to stop that was taken: in the seconds after a signal its end may not be seen."""
    return f"{what} was stopped" if facts.status in _ENDED else f"the cloud has taken the request to stop {what}"


def _not_stopped(facts: Facts, why: str) -> Decision:
    return Decision(
        Verdict.UNKNOWN,
        ExitCode.UNKNOWN,
        f"{why}, and the cloud did not confirm that the test run was stopped; it may still be going on.",
        f"Stop it at {facts.where}, or with `k6ci abort`.",
    )


def _by_result(facts: Facts) -> Decision | None:
    """The cloud's own answer; only completed and passed goes on to the samples."""
    said = f": {facts.details}" if facts.details else ""
    see = f"See {facts.where}."
    if facts.result == "failed":
        return Decision(Verdict.FAILED, ExitCode.THRESHOLDS, f"{_why_failed(facts)}{said}.", see)
    if facts.status == "aborted":
        return Decision(Verdict.ABORTED, ExitCode.RUN_ENDED, f"The run was aborted{said or ' (no reason given)'}.", see)
    if facts.status == "completed" and facts.result == "passed":
        return None
    if facts.result == "error":
        return Decision(Verdict.ERROR, ExitCode.RUN_ENDED, f"The run ended with an error{said}.", see)
    if facts.status == "completed" and facts.result is None:
        return Decision(
            Verdict.UNKNOWN, ExitCode.RUN_ENDED, "The run completed, but the cloud gave no result in time.", see
        )
    return Decision(
        Verdict.UNKNOWN,
        ExitCode.RUN_ENDED,
        f"The run ended with status {facts.status!r} and result {facts.result!r}, which do not say that it passed.",
        see,
    )


def _why_failed(facts: Facts) -> str:
    """A run fails by its thresholds, or because the script says so (`exec.test.fail`)."""
    if False in (facts.thresholds or ()) or "threshold" in (facts.details or "").lower():
        return "Thresholds were crossed"
    if facts.thresholds == ():
        return "The script marked the test as failed (it has no thresholds)"
    if facts.thresholds and all(facts.thresholds):
        return "The script marked the test as failed (every threshold is met by our own computation)"
    return "Thresholds were crossed, or the script marked the test as failed"


def _by_samples(facts: Facts) -> Decision | None:
    """The cloud says passed: something must have been measured."""
    if facts.has_samples or facts.allows_no_samples:
        return None
    if facts.has_samples is None and facts.execution_seconds > 0:
        return None
    if facts.has_samples is None:
        reason = "The run passed without any execution time, and the metrics do not tell whether anything was measured"
    else:
        reason = (
            "The run passed, but nothing was measured by iterations: no request, check or metric of the script has a "
            "sample (those of setup and teardown do not count)"
        )
    return Decision(
        Verdict.ERROR,
        ExitCode.RUN_ENDED,
        f"{reason}.",
        f"Look for exceptions in the script's log ({facts.where}); allow-no-samples lets such a run pass.",
    )


def _by_checks(facts: Facts) -> Decision | None:
    """The gate on checks, which k6 itself does not judge without a threshold."""
    wanted, rate = facts.wanted_checks_rate, facts.checks_rate
    if wanted is None or (rate is not None and rate >= wanted):
        return None
    if rate is None:
        return Decision(
            Verdict.ERROR,
            ExitCode.RUN_ENDED,
            f"The run passed, but min-checks-rate requires that {wanted:.2%} of the iterations' checks pass, and no "
            "check was counted.",
            f"Add check() to the script, or remove min-checks-rate; see {facts.where}.",
        )
    return Decision(
        Verdict.FAILED,
        ExitCode.THRESHOLDS,
        f"Only {rate:.2%} of the iterations' checks passed; min-checks-rate requires {wanted:.2%}.",
        f"See {facts.where}.",
    )
