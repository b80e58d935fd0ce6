"""What a runner is asked to run."""

from __future__ import annotations

import dataclasses

from k6ci.k6.archive import Archive
from k6ci.runs.plan import RunPlan
from k6ci.runs.timeouts import Timeouts


@dataclasses.dataclass(frozen=True)
class RunRequest:
    """A run that is wanted.

    Attributes:
        archive: the script, ready for upload.
        name: of its load test.
        project_id: where the load test is.
        stack_url: None if the stack was named by its number.
        timeouts: the limits of the run.
        vuh_estimate: the estimate of the cloud in virtual user hours; None before it was asked.
        is_confirmation: whether the run confirms the result of another one.
    """

    archive: Archive
    name: str
    project_id: int
    stack_url: str | None
    timeouts: Timeouts
    vuh_estimate: float | None = None
    is_confirmation: bool = False

    @property
    def plan(self) -> RunPlan:
        """What is known of the run before it starts."""
        return RunPlan.of(self.archive, self.timeouts, self.vuh_estimate, is_confirmation=self.is_confirmation)
