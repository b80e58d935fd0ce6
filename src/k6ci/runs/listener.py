"""What a run tells while it goes on. Whoever shows it implements this; the runner knows no screen."""

from __future__ import annotations

import dataclasses
from typing import Protocol

from k6ci.cloud.models import TestRun
from k6ci.cloud.tail import LogLine


@dataclasses.dataclass(frozen=True)
class Progress:
    """Where a run is: `fraction` 0 to 1 of the planned load, None when there is no plan; seconds since the start."""

    run: TestRun
    elapsed_seconds: float
    fraction: float | None


@dataclasses.dataclass(frozen=True)
class LiveMetrics:
    """Live figures of a run: active VUs, and p95 of http_req_duration in milliseconds; None while unknown."""

    vus: float | None = None
    p95_ms: float | None = None


class RunListener(Protocol):
    """Told of everything that happens to one run, in order. Calls must not block."""

    @property
    def wants_live_metrics(self) -> bool:
        """Whether live figures are shown: they cost requests."""

    def stored(self, name: str, *, is_new: bool) -> None:
        """The script is in the cloud, under this name."""

    def waiting(self, why: str, seconds: float) -> None:
        """There is no place for the run yet; the next try comes after so many seconds."""

    def started(self, run: TestRun, url: str | None) -> None:
        """The run exists; from now on it costs."""

    def progressed(self, progress: Progress) -> None:
        """An answer about the run's status came in."""

    def measured(self, live_metrics: LiveMetrics) -> None:
        """Live figures came in."""

    def logged(self, line: LogLine) -> None:
        """The script said something."""

    def omitted(self, count: int) -> None:
        """The script said more than is shown: so many lines were left out since the last such word."""

    def warned(self, text: str) -> None:
        """Something is odd, but does not decide."""

    def stopping(self, why: str) -> None:
        """The run is being stopped."""

    def ended(self) -> None:
        """Nothing more will come of this run."""


class SuiteListener(Protocol):
    """Whoever watches a suite: hears what concerns the whole, and sends a listener to each run."""

    def of(self, script: str, *, is_alone: bool) -> RunListener:
        """The listener of one script's run; `is_alone` when the suite has no other."""

    def estimated(self, script: str, vuh: float) -> None:
        """The options are valid; so many virtual user hours are expected."""

    def warned(self, text: str) -> None:
        """Something is odd, but does not decide."""
