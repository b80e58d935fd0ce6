"""The things of a stack beside runs. Frozen: a change replaces the record in the state."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import datetime as dt

    from k6ci.emulator.plan import Plan
    from k6ci.emulator.script import Script


@dataclass(frozen=True)
class Limits:
    """A project's limits; None means none."""

    vuh_max_per_month: int | None = None
    vu_max_per_test: int | None = None
    vu_browser_max_per_test: int | None = None
    duration_max_per_test: int | None = None

    def excess_of(self, plan: Plan) -> str | None:
        """Say which limit a plan exceeds, if any."""
        for what, limit, planned in (
            ("VUs", self.vu_max_per_test, plan.max_vus),
            ("browser VUs", self.vu_browser_max_per_test, plan.max_browser_vus),
            ("seconds", self.duration_max_per_test, plan.load_seconds),
        ):
            if limit is not None and planned > limit:
                return f"The test needs {planned} {what}; the project allows {limit}."
        return None


@dataclass(frozen=True)
class Project:
    """A project. `spent_vuh`: this month, before the runs that are known."""

    id: int
    name: str
    is_default: bool
    created: dt.datetime
    updated: dt.datetime
    limits: Limits = field(default_factory=Limits)
    spent_vuh: float = 0.0


@dataclass(frozen=True)
class Concurrency:
    """How many runs may go on at a time, and how a start beyond that is refused."""

    limit: int
    status: int = 429
    retry_after_seconds: int | None = None


@dataclass(frozen=True)
class LoadTest:
    """A load test, and the script that its next run will execute."""

    id: int
    project_id: int
    name: str
    created: dt.datetime
    updated: dt.datetime
    script: Script | None = None
    k6_version: int | None = None
