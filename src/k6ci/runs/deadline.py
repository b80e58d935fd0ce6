"""The one point in time by which a run is to be over, shared by all steps after its start.

Looking for the run, stopping it and collecting its figures come after it in the worst case: each is granted a few
seconds of GRACE_SECONDS, so that the whole ends within them.
"""

from __future__ import annotations

import dataclasses
import math
from typing import Final

from k6ci.clock import Clock

GRACE_SECONDS: Final = 8.0


@dataclasses.dataclass(frozen=True)
class Deadline:
    """`at` is in monotonic seconds of the clock; infinite without a limit."""

    clock: Clock
    at: float = math.inf

    @classmethod
    def after(cls, clock: Clock, begun: float, seconds: float | None) -> Deadline:
        """So many seconds after a moment; None is no limit."""
        return cls(clock, math.inf if seconds is None else begun + seconds)

    @property
    def is_over(self) -> bool:
        """Whether the time is up."""
        return self.clock.monotonic() >= self.at

    def left(self, most: float = math.inf, *, grace: float = 0.0, at_least: float = 0.0) -> float:
        """Seconds until so long after the deadline, at most `most`, and `at_least` so many even if it is over."""
        return max(at_least, min(most, self.at + grace - self.clock.monotonic()))
