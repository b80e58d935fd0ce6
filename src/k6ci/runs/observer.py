"""What a run tells while it goes on. Whoever shows it implements this; the runner knows no screen."""

from __future__ import annotations

import dataclasses
from typing import Protocol

from k6ci.cloud.models import TestRun


@dataclasses.dataclass(frozen=True)
class Progress:
    """Where a run is: `fraction` 0 to 1 of the planned load, None when there is no plan; seconds since the start."""

    run: TestRun
    elapsed_seconds: float
    fraction: float | None


@dataclasses.dataclass(frozen=True)
class Glimpse:
    """Live figures of a run: active VUs, and p95 of http_req_duration in milliseconds; None while unknown."""

    vus: float | None = None
    p95_ms: float | None = None


class Observer(Protocol):
    """Told of everything that happens to a run, in order. Calls must not block."""

    @property
    def wants_glimpses(self) -> bool:
        """Whether live figures are shown: they cost requests."""

    def estimated(self, script: str, vuh: float) -> None:
        """The options are valid; so many virtual user hours are expected."""

    def stored(self, script: str, name: str, *, is_new: bool) -> None:
        """The script is in the cloud, under this name."""

    def started(self, script: str, run: TestRun, url: str | None) -> None:
        """The run exists; from now on it costs."""

    def progressed(self, progress: Progress) -> None:
        """An answer about the run's status came in."""

    def glimpsed(self, glimpse: Glimpse) -> None:
        """Live figures came in."""

    def warned(self, text: str) -> None:
        """Something is odd, but does not decide."""

    def stopping(self, why: str) -> None:
        """The run is being stopped."""
