"""One test run: its statuses with their times, its result, what was measured and logged. Knows no HTTP, no process."""

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
    """Say whether a run that shows this has ended; a test may make it show anything."""
    return isinstance(status, str) and status in TERMINAL


@enum.unique
class Result(enum.Enum):
    """`error` means that the execution was not completed."""

    PASSED = "passed"
    FAILED = "failed"
    ERROR = "error"


@dataclass(frozen=True)
class Reason:
    """Why a run ended as it did: the wire's `extra` and `result_details`, and the party, which only v1 tells."""

    message: str
    code: int | None = None
    by_user: str | None = None
    ended_by: EndedBy | None = None


@dataclass(frozen=True)
class StatusEntry:
    """One line of the history."""

    status: Status
    entered: dt.datetime
    reason: Reason | None = None


@dataclass
class Run:
    """The record that the emulator keeps. `overrides` is what a test made it show instead of the truth."""

    id: int
    load_test_id: int
    project_id: int
    script: Script | None
    started_by: str | None
    created: dt.datetime
    history: list[StatusEntry]
    note: str = ""
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
    overridden_until_abort: bool = False
    is_abort_final: bool = False
    steps_shown: int = 0
    changed: anyio.Event = field(default_factory=anyio.Event)
    stop: anyio.Event = field(default_factory=anyio.Event)

    @property
    def status(self) -> Status:
        """Where the run really is."""
        return self.history[-1].status

    @property
    def has_ended(self) -> bool:
        """Say whether nothing is executed any more, and nothing will be."""
        return self.status.value in TERMINAL

    @property
    def ended(self) -> dt.datetime | None:
        """When it really ended."""
        return self.history[-1].entered if self.has_ended else None

    def enter(self, status: Status, now: dt.datetime, reason: Reason | None = None) -> None:
        """Go to the next status; whoever waits for a change learns of it."""
        self.history.append(StatusEntry(status, now, reason))
        self.changed.set()
        self.changed = anyio.Event()

    def entered(self, status: Status) -> dt.datetime | None:
        """When it entered that status, if it did."""
        return next((entry.entered for entry in self.history if entry.status is status), None)

    def execution_seconds(self, now: dt.datetime) -> float:
        """How long the script has been executed: the time in `running`."""
        start = self.entered(Status.RUNNING)
        if start is None:
            return 0.0
        following = self.history[self.history_index(Status.RUNNING) + 1 :]
        return ((following[0].entered if following else now) - start).total_seconds()

    def history_index(self, status: Status) -> int:
        """The position of that status in the history; raises StopIteration when it was never entered."""
        return next(index for index, entry in enumerate(self.history) if entry.status is status)

    def billable_seconds(self, now: dt.datetime) -> int:
        """The wire's `execution_duration`: whole seconds begun."""
        return math.ceil(self.execution_seconds(now))

    def cost(self, now: dt.datetime) -> Cost | None:
        """None before validation; then the estimate, and the real cost once it has ended."""
        if self.plan is None:
            return None
        return cost_of(self.plan, self.execution_seconds(now)) if self.has_ended else cost_of(self.plan)

    def abort_after_all(self, now: dt.datetime, reason: Reason) -> None:
        """Let a run that ended unseen behind an override, or is about to, end as aborted instead."""
        self.overrides.clear()
        self.is_abort_final = True
        if self.has_ended:
            self.history.pop()
            self.result, self.result_reason = Result.ERROR, reason
            self.enter(Status.ABORTED, now, reason)

    def override(self, values: Mapping[str, Any], *, until_abort: bool) -> None:
        """Show these fields from now on, whatever the truth is."""
        self.overrides.update(values)
        self.overridden_until_abort = until_abort
        self.changed.set()
        self.changed = anyio.Event()
