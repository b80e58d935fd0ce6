"""Projects and load tests. Frozen: a change replaces the record in the state of the stack."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import datetime as dt

    from k6ci.emulator.plan import Plan
    from k6ci.emulator.script import Script


@dataclass(frozen=True)
class Limits:
    """The limits of a project; None for no limit."""

    vuh_max_per_month: int | None = None
    vu_max_per_test: int | None = None
    vu_browser_max_per_test: int | None = None
    duration_max_per_test: int | None = None

    def excess_of(self, plan: Plan) -> str | None:
        """Return which limit a plan exceeds; None for none."""
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
    """A project. `spent_vuh` is the VUh used this month in addition to those of its runs here."""

    id: int
    name: str
    is_default: bool
    created: dt.datetime
    updated: dt.datetime
    limits: Limits = field(default_factory=Limits)
    spent_vuh: float = 0.0


@dataclass(frozen=True)
class Concurrency:
    """The maximum of active runs, and the error of a start beyond it."""

    limit: int
    status: int = 429
    retry_after_seconds: int | None = None


@dataclass(frozen=True)
class LoadTest:
    """A load test, and the script that its next run executes."""

    id: int
    project_id: int
    name: str
    created: dt.datetime
    updated: dt.datetime
    script: Script | None = None
    k6_version: int | None = None
