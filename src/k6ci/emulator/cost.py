"""The cost of a run in virtual user hours (VUh), by a plausible formula, which is not Grafana's.

    protocol_vuh = protocol VUs x minutes / 60      minutes: the duration, rounded up to whole minutes
    browser_vuh  = browser VUs x 10 x minutes / 60  a browser VU counts as ten
    total        = protocol_vuh + browser_vuh       no reduction

The estimate uses the longest possible duration, the final cost the real one.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from k6ci.emulator.plan import Plan

BROWSER_FACTOR = 10
_SECONDS_PER_MINUTE = 60
_MINUTES_PER_HOUR = 60


@dataclass(frozen=True)
class Cost:
    """Virtual user hours, to four decimals."""

    protocol_vuh: float
    browser_vuh: float

    @property
    def total_vuh(self) -> float:
        """The charged VUh."""
        return round(self.protocol_vuh + self.browser_vuh, 4)

    def breakdown(self) -> dict[str, object]:
        """Return the `breakdown` object of REST v6."""
        return {
            "protocol_vuh": self.protocol_vuh,
            "browser_vuh": self.browser_vuh,
            "base_total_vuh": self.total_vuh,
            "reduction_rate": 0,
            "reduction_rate_breakdown": {},
        }


def cost_of(plan: Plan, duration_seconds: float | None = None) -> Cost:
    """Return the cost of a run with this plan and duration; None for the longest duration of the plan."""
    seconds = plan.duration_seconds if duration_seconds is None else duration_seconds
    hours = math.ceil(seconds / _SECONDS_PER_MINUTE) / _MINUTES_PER_HOUR
    protocol_vus = plan.max_vus - plan.max_browser_vus
    return Cost(round(protocol_vus * hours, 4), round(plan.max_browser_vus * BROWSER_FACTOR * hours, 4))
