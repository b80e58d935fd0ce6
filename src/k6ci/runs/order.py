"""What is asked of a runner, and what became of it: the one value that the story hands on."""

from __future__ import annotations

import dataclasses

from k6ci.cloud.models import TestRun
from k6ci.errors import K6ciError
from k6ci.k6.archive import Archive
from k6ci.runs.runfile import RunEntry
from k6ci.runs.stop import Stopped
from k6ci.runs.watch import Timeouts


@dataclasses.dataclass(frozen=True)
class RunRequest:
    """What to run: an archive, the name of its load test, the project, the stack's URL if known, and the patience.

    `vuh_estimate` is what the cloud expects the run to cost.
    """

    archive: Archive
    name: str
    project_id: int
    stack_url: str | None
    patience: Timeouts
    vuh_estimate: float | None = None


@dataclasses.dataclass
class Outcome:
    """What became of an order; filled step by step, so that it tells the truth wherever the story ended.

    `entry` is what the run file holds of it; `requested_at` when the start was asked for (monotonic seconds), None
    while no request for it was sent. `is_confirmed` is set when more than the answer to the start says that the run is
    this one. `is_ours` is None when the run's script could not be read back. `overdue` is the
    sentence about a deadline that was missed, `halted` about the suite that ended without it. `stopped` is set when
    k6ci stopped the run.
    """

    order: RunRequest
    load_test_id: int | None = None
    entry: RunEntry | None = None
    requested_at: float | None = None
    run: TestRun | None = None
    url: str | None = None
    is_confirmed: bool = False
    is_ours: bool | None = None
    overdue: str | None = None
    halted: str | None = None
    stopped: Stopped | None = None
    problem: K6ciError | None = None
    warnings: list[str] = dataclasses.field(default_factory=list)
