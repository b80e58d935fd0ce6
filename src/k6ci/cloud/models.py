"""The wire as we read it: REST v6 (OpenAPI 1.12.0) and the v5 metrics queries. Lenient where servers are known to vary.

Unknown keys are ignored, unknown status and result strings are kept. Only what k6ci cannot do without is required: an
odd value in a field that decides nothing counts as absent, because a run whose answer is refused is a run that nobody
stops. The forms of the values are in fields.py.
"""

from __future__ import annotations

import datetime as dt
import math
from typing import Annotated, Any

import pydantic

from k6ci.cloud.fields import (
    LARGEST_FIGURE,
    LONGEST_TEXT,
    NONE_IF_ODD,
    NOTHING_IF_ODD,
    ZERO_IF_ODD,
    Count,
    Figure,
    Id,
    Moment,
    PageUrl,
    Text,
    absent_if_odd,
)

_MAX_STATUS_CHANGES = 1000
MAX_SAMPLES = 10_000


class Wire(pydantic.BaseModel):
    """Base of everything read from the API."""

    model_config = pydantic.ConfigDict(frozen=True, extra="ignore", defer_build=True)


class Auth(Wire):
    """Answer of `GET /cloud/v6/auth`."""

    stack_id: Id
    default_project_id: Id | None = None


class Project(Wire):
    """A project that the token sees."""

    id: Id
    name: Text = ""
    is_default: bool = False


class Limits(Wire):
    """What a project allows; None means no limit. VUh per month, VUs and seconds per test."""

    vuh_max_per_month: Figure | None = None
    vu_max_per_test: Count | None = None
    vu_browser_max_per_test: Count | None = None
    duration_max_per_test: Figure | None = None


class LoadZone(Wire):
    """A load zone; `k6_load_zone_id` is its name in scripts."""

    k6_load_zone_id: Text
    available: bool = True
    public: bool | None = None


class LoadTest(Wire):
    """A load test: a name in a project, and the script that was stored last."""

    id: Id
    name: str = ""
    project_id: Id | None = None


class ValidatedOptions(Wire):
    """Answer of `validate_options`; `vuh_usage` is the estimate in virtual user hours."""

    vuh_usage: Figure


class StatusExtra(Wire):
    """Who or what caused a status."""

    by_user: Text | None = None
    message: Text | None = None
    code: int | None = None


class StatusEntry(Wire):
    """A status that a run entered; `type` may be a word that is unknown here."""

    type: Text
    entered: Moment = None
    extra: StatusExtra | None = None


class ResultDetails(Wire):
    """More about a result."""

    type: Text | None = None
    message: Text | None = None
    code: int | None = None


class Cost(Wire):
    """Cost of a run in virtual user hours: an estimate while it runs, the real one afterwards."""

    total_vuh: Figure | None = None


class TestRun(Wire):
    """A test run. Durations are seconds; `execution_duration` is 0 until something was executed."""

    __test__ = False  # pytest collects classes by their name

    id: Id
    status: Text
    result: Text | None = None
    test_id: Id | None = None
    project_id: Id | None = None
    note: Annotated[str | None, NONE_IF_ODD] = None
    started_by: Annotated[Text | None, NONE_IF_ODD] = None
    created: Annotated[Moment, NONE_IF_ODD] = None
    ended: Annotated[Moment, NONE_IF_ODD] = None
    cost: Annotated[Cost | None, NONE_IF_ODD] = None
    status_details: Annotated[StatusEntry | None, NONE_IF_ODD] = None
    status_history: Annotated[
        tuple[StatusEntry, ...], pydantic.Field(max_length=_MAX_STATUS_CHANGES), NOTHING_IF_ODD
    ] = ()
    result_details: Annotated[ResultDetails | None, NONE_IF_ODD] = None
    max_vus: Annotated[Count | None, NONE_IF_ODD] = None
    estimated_duration: Annotated[Figure | None, NONE_IF_ODD] = None
    execution_duration: Annotated[Figure, ZERO_IF_ODD] = 0.0
    k6_versions: Annotated[dict[str, Text] | None, NONE_IF_ODD] = None
    is_starred: Annotated[bool | None, NONE_IF_ODD] = None
    test_run_details_page_url: PageUrl = None

    @property
    def is_terminal(self) -> bool:
        """Whether the run has ended; an unknown status is not known to have."""
        return self.status in ("completed", "aborted")

    def entered(self, status: str) -> dt.datetime | None:
        """When the run first entered a status, by the cloud's clock."""
        return next((entry.entered for entry in self.status_history if entry.type == status), None)


class StartedRun(TestRun):
    """A run as the answer to its start, or a list, has it: what identifies it is enough to watch and stop it.

    A status or result of the wrong form is unknown, which no verdict rests on: polling asks for both again.
    """

    status: Annotated[Text, absent_if_odd("unknown")] = "unknown"
    result: Annotated[Text | None, NONE_IF_ODD] = None


class RunWithOptions(TestRun):
    """A test run with the k6 options that it was started with; None if the cloud does not tell."""

    options: Annotated[dict[str, Any] | None, NONE_IF_ODD] = None


class Metric(Wire):
    """A metric of a run; `type` is counter, gauge, rate or trend."""

    name: Text
    type: Text


class Sample(Wire):
    """One element of a v5 vector: labels, and `[[timestamp, value]]` (numbers, or numbers as strings)."""

    metric: dict[str, Any] = {}
    values: list[tuple[float, float | None]] = []

    def label(self, name: str) -> str:
        """A label's value; empty when there is none."""
        value = self.metric.get(name)
        return "" if value is None else str(value)[:LONGEST_TEXT]

    @property
    def value(self) -> float | None:
        """The value of an aggregate; None when it has none, or one that is no number (a ratio of nothing is NaN)."""
        value = self.values[-1][1] if self.values else None
        is_number = value is not None and math.isfinite(value) and abs(value) <= LARGEST_FIGURE
        return value if is_number else None

    @property
    def is_odd(self) -> bool:
        """Whether it has a value that is no number."""
        return self.value is None and bool(self.values) and self.values[-1][1] is not None


class Vector(Wire):
    """The `data` of a v5 aggregate query; an empty result means no samples, not zero."""

    result: Annotated[list[Sample], pydantic.FailFast(), pydantic.Field(max_length=MAX_SAMPLES)] = []


class QueryAnswer(Wire):
    """Answer of a v5 query."""

    status: Text = "success"
    data: Vector
