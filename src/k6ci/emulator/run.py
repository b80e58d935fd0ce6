"""One test run: its statuses with their times, result, metrics and log. Knows neither HTTP nor processes."""

from __future__ import annotations

import enum
import math
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import anyio

from k6ci.emulator.cost import Cost, cost_of
from k6ci.emulator.log_buffer import LogBuffer
from k6ci.emulator.metrics.store import MetricStore
from k6ci.emulator.run_scenario import EndedBy, RunScenario

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Mapping

    from k6ci.emulator.local_execution import LocalExecution
    from k6ci.emulator.plan import Plan
    from k6ci.emulator.script import Script


@enum.unique
class Status(enum.Enum):
    """The statuses of the API, in the order in which a run passes them."""

    CREATED = "created"
    QUEUED = "queued"
    INITIALIZING = "initializing"
    RUNNING = "running"
    PROCESSING_METRICS = "processing_metrics"
    COMPLETED = "completed"
    ABORTED = "aborted"


EMULATED_ZONE = "amazon:us:columbus"
TERMINAL = frozenset({Status.COMPLETED.value, Status.ABORTED.value})


def is_terminal(status: object) -> bool:
    """Return whether this status is a final one; an override can be of any type."""
    return isinstance(status, str) and status in TERMINAL


@enum.unique
class Result(enum.Enum):
    """The results of the API; ERROR: the execution was not completed."""

    PASSED = "passed"
    FAILED = "failed"
    ERROR = "error"


@dataclass(frozen=True)
class Reason:
    """Why a run ended: message, code and user are in `extra` and `result_details` of v6, `ended_by` only in v1."""

    message: str
    code: int | None = None
    by_user: str | None = None
    ended_by: EndedBy | None = None


@dataclass(frozen=True)
class StatusEntry:
    """One entry of the status history."""

    status: Status
    entered: dt.datetime
    reason: Reason | None = None


@dataclass
class Run:
    """The record of one run. `overrides` are the fields that it shows instead of its real ones.

    `metric_overrides` are values of v5 aggregates over the whole run, by metric and query with a space between.
    """

    id: int
    load_test_id: int
    project_id: int
    script: Script | None
    started_by: str | None
    created: dt.datetime
    history: list[StatusEntry]
    note: str = ""
    is_saved: bool = False
    is_starred: bool = False
    options: dict[str, Any] | None = None
    dependencies: dict[str, str] = field(default_factory=dict)
    k6_version: str = ""
    plan: Plan | None = None
    result: Result | None = None
    result_reason: Reason | None = None
    exit_code: int | None = None
    abort_requested_by: str | None = None
    metrics: MetricStore = field(default_factory=MetricStore)
    log: LogBuffer = field(default_factory=LogBuffer)
    scenario: RunScenario = field(default_factory=RunScenario)
    local: LocalExecution | None = None
    polls: int = 0
    ended_polls: int = 0
    overrides: dict[str, Any] = field(default_factory=dict)
    metric_overrides: dict[str, float] = field(default_factory=dict)
    overridden_until_abort: bool = False
    is_abort_final: bool = False
    steps_shown: int = 0
    changed: anyio.Event = field(default_factory=anyio.Event)
    stop: anyio.Event = field(default_factory=anyio.Event)

    @property
    def status(self) -> Status:
        """The real status, without overrides."""
        return self.history[-1].status

    @property
    def has_ended(self) -> bool:
        """Whether the run has really ended, without overrides."""
        return self.status.value in TERMINAL

    @property
    def ended(self) -> dt.datetime | None:
        """When the run really ended; None before."""
        return self.history[-1].entered if self.has_ended else None

    def enter(self, status: Status, now: dt.datetime, reason: Reason | None = None) -> None:
        """Enter the next status, and wake up the requests that wait for a change."""
        self.history.append(StatusEntry(status, now, reason))
        self.changed.set()
        self.changed = anyio.Event()

    def entered(self, status: Status) -> dt.datetime | None:
        """Return when the run entered this status; None if it did not."""
        return next((entry.entered for entry in self.history if entry.status is status), None)

    def execution_seconds(self, now: dt.datetime) -> float:
        """Return how long the run was in `running`."""
        start = self.entered(Status.RUNNING)
        if start is None:
            return 0.0
        following = self.history[self.history_index(Status.RUNNING) + 1 :]
        return ((following[0].entered if following else now) - start).total_seconds()

    def history_index(self, status: Status) -> int:
        """Return the position of a status in the history; raises StopIteration when it was never entered."""
        return next(index for index, entry in enumerate(self.history) if entry.status is status)

    def billable_seconds(self, now: dt.datetime) -> int:
        """Return the `execution_duration` of v6: seconds, rounded up."""
        return math.ceil(self.execution_seconds(now))

    def cost(self, now: dt.datetime) -> Cost | None:
        """Return the estimated cost, and the real cost once the run has ended; None before validation."""
        if self.plan is None:
            return None
        return cost_of(self.plan, self.execution_seconds(now)) if self.has_ended else cost_of(self.plan)

    def abort_overridden(self, now: dt.datetime, reason: Reason) -> None:
        """End a run with an override as aborted, even when its execution has ended in the meantime."""
        self.overrides.clear()
        self.is_abort_final = True
        if self.has_ended:
            self.history.pop()
            self.result, self.result_reason = Result.ERROR, reason
            self.enter(Status.ABORTED, now, reason)

    def override(self, values: Mapping[str, Any], *, until_abort: bool) -> None:
        """Show these values instead of the real ones; `until_abort`: until an abort is accepted."""
        self.overrides.update(values)
        self.overridden_until_abort = until_abort
        self.changed.set()
        self.changed = anyio.Event()
