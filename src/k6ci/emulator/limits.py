"""The limits of a project, and which of them a planned run exceeds."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from k6ci.emulator.cost import cost_of

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Iterable

    from k6ci.emulator.plan import Plan
    from k6ci.emulator.run import Run


@dataclass(frozen=True)
class Limits:
    """The limits of a project; None for no limit."""

    vuh_max_per_month: int | None = None
    vu_max_per_test: int | None = None
    vu_browser_max_per_test: int | None = None
    duration_max_per_test: int | None = None

    def excess_of(self, plan: Plan) -> str | None:
        """Return which limit of a single test a plan exceeds; None for none."""
        for what, limit, planned in (
            ("VUs", self.vu_max_per_test, plan.max_vus),
            ("browser VUs", self.vu_browser_max_per_test, plan.max_browser_vus),
            ("seconds", self.duration_max_per_test, plan.load_seconds),
        ):
            if limit is not None and planned > limit:
                return f"The test needs {planned} {what}; the project allows {limit}."
        return None

    def monthly_excess_of(self, plan: Plan, spent_vuh: float) -> str | None:
        """Return that a plan exceeds the VUh that are left this month; None if not."""
        budget, cost = self.vuh_max_per_month, cost_of(plan).total_vuh
        if budget is not None and spent_vuh + cost > budget:
            return f"The test may cost {cost} VUh; {spent_vuh:.4g} of {budget} are spent this month."
        return None


def vuh_of_month(runs: Iterable[Run], now: dt.datetime) -> float:
    """Return the VUh of those runs that were created in this month."""
    month = (now.year, now.month)
    costs = [run.cost(now) for run in runs if (run.created.year, run.created.month) == month]
    return sum(cost.total_vuh for cost in costs if cost is not None)
