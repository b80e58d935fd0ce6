"""What the verdict table decides from: what the user wants of a run, and what is known of it."""

from __future__ import annotations

import dataclasses

from k6ci.errors import ExitCode, K6ciError


@dataclasses.dataclass(frozen=True)
class Policy:
    """What the user wants of every run, beyond the cloud's own result.

    Attributes:
        allows_no_samples: whether a run passes in which iterations recorded no metrics.
        min_checks_rate: the minimum check pass rate, 0 to 1; None for no minimum.
        fails_on_regression: whether a run that is slower than its history fails.
    """

    allows_no_samples: bool = False
    min_checks_rate: float | None = None
    fails_on_regression: bool = False


@dataclasses.dataclass(frozen=True)
class VerdictInput:
    """What is known of a run that has ended, or was not started.

    Attributes:
        problem: why it could not be started, or why its outcome is not known.
        cancelled_by: the exit code of the signal that ended the job.
        halted: why the suite ended without this script.
        is_started: whether there is a run.
        is_stop_confirmed: None if k6ci did not try to stop the run.
        is_ours: whether the run executed the script that was uploaded; None if it could not be verified.
        overdue: the head of a sentence about a timeout that the run exceeded.
        status, result: the cloud's words; None without a run, `result` also while there is none.
        details: the cloud's own explanation.
        execution_seconds: what the cloud bills.
        has_samples: whether iterations recorded metrics; None when the metrics do not tell.
        checks_rate: the share of the iterations' checks that passed, 0 to 1; None when none was counted.
        thresholds: whether each is met by our own computation (None: no value); None for all: not computed.
        regression: the head of a sentence about metrics that regressed; None if none did, or the history is too short.
        where: the page of the run, or words for it.
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
    checks_rate: float | None = None
    thresholds: tuple[bool | None, ...] | None = None
    regression: str | None = None
    where: str = "the run's page"
