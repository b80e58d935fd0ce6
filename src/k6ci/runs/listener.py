"""What a run reports while it goes on, as protocols: a runner knows no terminal and no log format."""

from __future__ import annotations

import dataclasses
from typing import Protocol

from k6ci.cloud.models import TestRun
from k6ci.cloud.tail import LogLine


@dataclasses.dataclass(frozen=True)
class Progress:
    """How far a run is: seconds since the start, and `fraction` 0 to 1 of the planned load (None without a plan)."""

    run: TestRun
    elapsed_seconds: float
    fraction: float | None


@dataclasses.dataclass(frozen=True)
class LiveMetrics:
    """Live figures of a run: active VUs, and p95 of http_req_duration in milliseconds; None while unknown."""

    vus: float | None = None
    p95_ms: float | None = None


class RunListener(Protocol):
    """Receives everything that happens to one run, in order. Calls must not block."""

    @property
    def wants_live_metrics(self) -> bool:
        """Whether live figures are shown: they cost requests."""

    def stored(self, name: str, *, is_new: bool) -> None:
        """The script is in the cloud, under this name."""

    def waiting(self, why: str, seconds: float) -> None:
        """All test slots are in use; the next try comes after `seconds`."""

    def started(self, run: TestRun, url: str | None) -> None:
        """The run exists, and is charged from now on."""

    def progressed(self, progress: Progress) -> None:
        """An answer about the run's status came in."""

    def measured(self, live_metrics: LiveMetrics) -> None:
        """Live figures came in."""

    def logged(self, line: LogLine) -> None:
        """The script logged a line."""

    def omitted(self, count: int) -> None:
        """The script logged more than is shown: `count` lines were omitted since the last call."""

    def warned(self, text: str) -> None:
        """A warning, which does not change the verdict."""

    def stopping(self, why: str) -> None:
        """The run is being stopped."""

    def ended(self) -> None:
        """The run is over, or was not started; no call follows."""


class SuiteListener(Protocol):
    """Receives what concerns a suite, and makes a listener for each run."""

    def of(self, script: str, *, is_alone: bool) -> RunListener:
        """The listener of one script's run; `is_alone` when the suite has no other."""

    def estimated(self, script: str, vuh: float) -> None:
        """The options are valid; the run is estimated to cost `vuh` virtual user hours."""

    def warned(self, text: str) -> None:
        """A warning, which does not change the verdict."""
