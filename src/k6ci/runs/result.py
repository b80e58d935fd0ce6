"""What became of a run."""

from __future__ import annotations

import dataclasses

from k6ci.cloud.models import TestRun
from k6ci.errors import K6ciError
from k6ci.runs.plan import RunPlan
from k6ci.runs.stop import Stopped


@dataclasses.dataclass(frozen=True)
class RunResult:
    """The end of a run, or the reason why there was none. Made once, when nothing more happens.

    Attributes:
        script: the script's name for people.
        load_test_name: the name of its load test.
        project_id: the project of the load test.
        plan: what was known of the run before it started.
        load_test_id: None while the script is not stored.
        requested_at: when the start was requested (monotonic seconds); None if no request may have had an effect.
        run: the run as it was last seen; None if it is not known.
        url: the page of the run.
        is_ours: whether the run executes the script that was uploaded; None if it could not be verified.
        overdue: the head of a sentence about a timeout that the run exceeded.
        halted: why the suite ended without this script.
        stopped: what came of stopping the run; None if k6ci did not try.
        problem: why the run could not be started, or why its outcome is not known.
        archive_digest: of the script that was uploaded.
        warnings: sentences for the report.
    """

    script: str
    load_test_name: str
    project_id: int
    plan: RunPlan
    load_test_id: int | None = None
    requested_at: float | None = None
    run: TestRun | None = None
    url: str | None = None
    is_ours: bool | None = None
    overdue: str | None = None
    halted: str | None = None
    stopped: Stopped | None = None
    problem: K6ciError | None = None
    archive_digest: str = ""
    warnings: tuple[str, ...] = ()

    @property
    def is_over(self) -> bool:
        """Whether the run is known to have ended, or the cloud has accepted the request to stop it."""
        is_stopped = self.stopped is not None and self.stopped.is_confirmed
        return self.run is not None and (self.run.is_terminal or is_stopped)
