"""When to ask for the status of a run: sparse while its end is far, dense near it, never more than k6 would send.

k6 asks every 2 s from the start, so that it learns of the end 1 s late on average. Here the polls that are saved in the
middle are spent around the expected end. All times are seconds since the start was requested.
"""

from __future__ import annotations

import dataclasses
from typing import Final

K6_INTERVAL: Final = 2.0

_FARTHEST: Final = 10.0
_NEAREST: Final = 2.5
_AFTER_PLAN: Final = 0.25
_BEFORE_LOAD: Final = 0.25
_DENSE: Final = 0.35
_GROWTH: Final = 1.1
_SLOWEST_AFTER: Final = 50


@dataclasses.dataclass
class Pacer:
    """Paces the polls of one run.

    `planned_seconds` is the time from the first iteration to the planned end, None when no clock decides about it.
    """

    planned_seconds: float | None
    polls: int = 0
    _dense_polls: int = 0

    def delay(self, elapsed: float, running_since: float | None, *, is_processing: bool = False) -> float:
        """Seconds to wait before the next poll; counts that poll.

        Args:
            elapsed: now.
            running_since: when the load began, None while it has not.
            is_processing: the load is over and the cloud computes the result.
        """
        wanted = self._wanted(elapsed, running_since, is_processing=is_processing)
        self.polls += 1
        # The n-th poll is never before k6's n-th, at 2n seconds: so there are never more in total.
        return max(wanted, K6_INTERVAL * self.polls - elapsed, 0.0)

    def _wanted(self, elapsed: float, running_since: float | None, *, is_processing: bool) -> float:
        if is_processing:
            return self._dense()
        if self.planned_seconds is None:
            return K6_INTERVAL
        if running_since is None:
            # The load of a short run is not over before this: the first poll waits for it, if the second need not wait.
            soonest = self.planned_seconds + _BEFORE_LOAD + _AFTER_PLAN
            return soonest - elapsed if self.polls == 0 and soonest <= 2 * K6_INTERVAL else K6_INTERVAL
        remaining = running_since + self.planned_seconds + _AFTER_PLAN - elapsed
        if remaining <= 0:
            return self._dense()
        # Approach the end in steps, then hit it; a step that would end just before it goes all the way.
        step = min(_FARTHEST, max(_NEAREST, remaining / 4))
        return remaining if remaining < 2 * _NEAREST or remaining - step < _NEAREST else step

    def _dense(self) -> float:
        self._dense_polls = min(self._dense_polls + 1, _SLOWEST_AFTER)  # a power without a limit overflows
        return float(min(K6_INTERVAL, _DENSE * _GROWTH ** (self._dense_polls - 1)))
