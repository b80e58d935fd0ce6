"""The wire as we read it: REST v6 (OpenAPI 1.12.0) and the v5 metrics queries. Lenient where servers are known to vary.

Unknown keys are ignored, unknown status and result strings are kept, times without a zone are taken as UTC.
Only what k6ci cannot do without is required.
"""

from __future__ import annotations

import datetime as dt
import math
from typing import Annotated, Any

import pydantic


def _zoned(value: dt.datetime | None) -> dt.datetime | None:
    """Published samples sometimes lack the zone, against their own schema."""
    return value.replace(tzinfo=dt.UTC) if value is not None and value.tzinfo is None else value


Moment = Annotated[dt.datetime, pydantic.AfterValidator(_zoned)]


class Wire(pydantic.BaseModel):
    """Base of everything read from the API."""

    model_config = pydantic.ConfigDict(frozen=True, extra="ignore")


class Auth(Wire):
    """Answer of `GET /cloud/v6/auth`."""

    stack_id: int
    default_project_id: int | None = None


class Project(Wire):
    """A project that the token sees."""

    id: int
    name: str = ""
    is_default: bool = False


class Limits(Wire):
    """What a project allows; None means no limit. VUh a month, VUs and seconds of one test."""

    vuh_max_per_month: float | None = None
    vu_max_per_test: int | None = None
    vu_browser_max_per_test: int | None = None
    duration_max_per_test: float | None = None


class LoadZone(Wire):
    """A place that load comes from; `k6_load_zone_id` is what scripts write."""

    k6_load_zone_id: str
    available: bool = True
    public: bool | None = None


class LoadTest(Wire):
    """A load test: a name in a project, and the script that was stored last."""

    id: int
    name: str = ""


class ValidatedOptions(Wire):
    """Answer of `validate_options`; `vuh_usage` is the estimate in virtual user hours."""

    vuh_usage: float


class StatusExtra(Wire):
    """Who or what caused a status."""

    by_user: str | None = None
    message: str | None = None
    code: int | None = None


class StatusEntry(Wire):
    """One station of a run; `type` may be a word that nobody here knows."""

    type: str
    entered: Moment | None = None
    extra: StatusExtra | None = None


class ResultDetails(Wire):
    """More about a result."""

    type: str | None = None
    message: str | None = None
    code: int | None = None


class Cost(Wire):
    """Cost of a run in virtual user hours: an estimate while it runs, the real one afterwards."""

    total_vuh: float | None = None


class TestRun(Wire):
    """A test run. Durations are seconds; `execution_duration` is 0 until something was executed."""

    __test__ = False  # pytest collects classes by their name

    id: pydantic.PositiveInt
    status: str
    result: str | None = None
    note: str | None = None
    test_id: int | None = None
    started_by: str | None = None
    created: Moment | None = None
    ended: Moment | None = None
    cost: Cost | None = None
    status_details: StatusEntry | None = None
    status_history: tuple[StatusEntry, ...] = ()
    result_details: ResultDetails | None = None
    max_vus: int | None = None
    estimated_duration: float | None = None
    execution_duration: float = 0.0
    test_run_details_page_url: str | None = None

    @property
    def is_terminal(self) -> bool:
        """Whether the run has ended; an unknown status is not known to have."""
        return self.status in ("completed", "aborted")

    def entered(self, status: str) -> dt.datetime | None:
        """When the run first entered a status, by the cloud's clock."""
        return next((entry.entered for entry in self.status_history if entry.type == status), None)


class Metric(Wire):
    """A metric of a run; `type` is counter, gauge, rate or trend."""

    name: str
    type: str


class Sample(Wire):
    """One element of a v5 vector: labels, and `[[timestamp, value]]` (numbers, or numbers as strings)."""

    metric: dict[str, Any] = {}
    values: list[tuple[float, float | None]] = []

    @property
    def value(self) -> float | None:
        """The value of an aggregate; None when it has none, or one that is no number (a ratio of nothing is NaN)."""
        value = self.values[-1][1] if self.values else None
        return value if value is not None and math.isfinite(value) else None


class Vector(Wire):
    """The `data` of a v5 aggregate query; an empty result means no samples, not zero."""

    result: list[Sample] = []


class QueryAnswer(Wire):
    """Answer of a v5 query."""

    status: str = "success"
    data: Vector


Listing = dict[str, Any]
