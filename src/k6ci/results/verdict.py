"""The verdict table: from what is known of a run to one word, one exit code, one reason. Pure; unknown is never green.

Read from top to bottom, the first row that fits decides. docs/usage.md shows the same table.
"""

from __future__ import annotations

import dataclasses

from k6ci.errors import ExitCode, K6ciError
from k6ci.results.model import Decision, Verdict


@dataclasses.dataclass(frozen=True)
class Facts:
    """What is known of a run when its story has ended.

    `cancelled_by` is the exit code of the signal that ended the job. `is_stop_confirmed` is None when k6ci did not try
    to stop the run. `is_cut_short`: the signal came while the results of an ended run were read. `has_samples` is None
    when the metrics gave no answer. `details` is the cloud's own explanation.
    """

    problem: K6ciError | None = None
    cancelled_by: ExitCode | None = None
    is_started: bool = True
    is_stop_confirmed: bool | None = None
    is_cut_short: bool = False
    is_ours: bool | None = True
    has_timed_out: bool = False
    status: str | None = None
    result: str | None = None
    details: str | None = None
    execution_seconds: float = 0.0
    has_samples: bool | None = None
    allows_no_samples: bool = False
    where: str = "the run's page"


def decide(facts: Facts) -> Decision:
    """The decision for one run."""
    for row in (_by_problem, _by_interruption, _by_stop, _by_result):
        decision = row(facts)
        if decision is not None:
            return decision
    return _by_samples(facts)


def _by_problem(facts: Facts) -> Decision | None:
    if facts.problem is None:
        return None
    verdict = Verdict.UNKNOWN if facts.problem.code is ExitCode.UNKNOWN else Verdict.ERROR
    return Decision(verdict, facts.problem.code, facts.problem.cause, facts.problem.remedy)


def _by_interruption(facts: Facts) -> Decision | None:
    """A job that was cancelled: the run is stopped, or somebody has to look."""
    if facts.cancelled_by is None:
        return None
    if not facts.is_started:
        return Decision(Verdict.CANCELLED, facts.cancelled_by, "The job was cancelled before a test run was started.")
    if facts.is_stop_confirmed is None and not facts.is_cut_short:
        return None  # the signal came when everything was known: the result counts
    if facts.is_stop_confirmed is False:
        return _not_stopped(facts, "The job was cancelled")
    # A run that was over before the request to stop it is not called stopped.
    is_over = facts.is_cut_short or facts.status == "completed"
    ended = f"the test run had ended by itself ({facts.status}, result {facts.result}), and was not judged"
    rest = ended if is_over else "the test run was stopped"
    return Decision(Verdict.CANCELLED, facts.cancelled_by, f"The job was cancelled; {rest}.")


def _by_stop(facts: Facts) -> Decision | None:
    """Runs that k6ci itself had to stop."""
    if facts.is_ours is False:
        why = "The run executed another job's script: the load test was overwritten between upload and start"
        remedy = (
            "Run again; give jobs that share this load test a concurrency group, or the scripts names of their own."
        )
    elif facts.has_timed_out:
        why = "The run did not end in time"
        remedy = "Raise the timeout, or look at the run's page for why it took so long."
    else:
        return None
    if not facts.is_stop_confirmed:
        return _not_stopped(facts, why)
    return Decision(Verdict.ABORTED, ExitCode.RUN_ENDED, f"{why}; it was stopped.", remedy)


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
        return Decision(Verdict.FAILED, ExitCode.THRESHOLDS, f"Thresholds were crossed{said}.", see)
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


def _by_samples(facts: Facts) -> Decision:
    """The cloud says passed: something must have been measured."""
    passed = Decision(Verdict.PASSED, ExitCode.PASSED, "The run completed and its result is passed.")
    if facts.has_samples or facts.allows_no_samples:
        return passed
    if facts.has_samples is None and facts.execution_seconds > 0:
        return passed
    if facts.has_samples is None:
        reason = "The run passed without any execution time, and the metrics could not be asked"
    else:
        reason = "The run passed, but nothing was measured: no request, check or metric of the script has a sample"
    return Decision(
        Verdict.ERROR,
        ExitCode.RUN_ENDED,
        f"{reason}.",
        f"Look for exceptions in the script's log ({facts.where}); allow-no-samples lets such a run pass.",
    )
