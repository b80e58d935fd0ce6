"""The report: frozen values that renderers read. result.json is this, key by key (docs/result.schema.json)."""

from __future__ import annotations

import dataclasses
import enum
from typing import Final

from k6ci.errors import ExitCode
from k6ci.results.comparison import Comparison

SCHEMA_VERSION: Final = 2
"""The version of result.json. A new key needs a new version."""
# Of one time series: a chart of a report is about a thousand pixels wide, and 200 scripts are in one result.json.
MAX_STEPS: Final = 120
_MAX_STEP_SECONDS: Final = 366 * 24 * 3600


@enum.unique
class Verdict(enum.StrEnum):
    """The one word for a run, or for a whole command."""

    PASSED = "passed"
    FAILED = "failed"
    REGRESSED = "regressed"
    ERROR = "error"
    ABORTED = "aborted"
    CANCELLED = "cancelled"
    UNKNOWN = "unknown"
    SKIPPED = "skipped"


@dataclasses.dataclass(frozen=True)
class Threshold:
    """One threshold expression, computed again from the metrics.

    `value` and `limit` are in the metric's unit (milliseconds for times, 0 to 1 for rates); `distance` is how far the
    value is on the good side of the limit (negative: crossed). `is_met` is None when there are no samples.
    """

    metric: str
    expression: str
    limit: float | None = None
    value: float | None = None
    distance: float | None = None
    is_met: bool | None = None
    note: str | None = None


@dataclasses.dataclass(frozen=True)
class Check:
    """One check: how often it passed and failed."""

    name: str
    passes: int
    fails: int


@dataclasses.dataclass(frozen=True)
class Metrics:
    """Figures of a run; None where there are no samples. Times in milliseconds, data in bytes, rates 0 to 1.

    `waiting` is the time to the first byte of the response.
    """

    requests: float | None = None
    requests_per_second: float | None = None
    failure_rate: float | None = None
    duration_avg_ms: float | None = None
    duration_p50_ms: float | None = None
    duration_p90_ms: float | None = None
    duration_p95_ms: float | None = None
    duration_p99_ms: float | None = None
    duration_max_ms: float | None = None
    waiting_p90_ms: float | None = None
    waiting_p95_ms: float | None = None
    vus_max: float | None = None
    iterations: float | None = None
    data_received_bytes: float | None = None
    data_sent_bytes: float | None = None


@dataclasses.dataclass(frozen=True)
class TimeSeries:
    """How the figures of a run developed, for charts: one value per step of time, None where there is none.

    Value i was measured from `i * step_seconds` after `start` on (RFC 3339; None if it shows a secret's digits). Units
    are those of `Metrics`; the CPU of the busiest load generator is in percent.

    Raises:
        ValueError: on a step below one second, or more than MAX_STEPS values.
    """

    start: str | None
    step_seconds: int
    vus: tuple[float | None, ...] = ()
    requests_per_second: tuple[float | None, ...] = ()
    duration_p50_ms: tuple[float | None, ...] = ()
    duration_p95_ms: tuple[float | None, ...] = ()
    failure_rate: tuple[float | None, ...] = ()
    generator_cpu_percent: tuple[float | None, ...] = ()

    def __post_init__(self) -> None:
        if not 1 <= self.step_seconds <= _MAX_STEP_SECONDS or max(map(len, self.lines().values())) > MAX_STEPS:
            raise ValueError("a time series has an invalid step, or too many of them")

    def lines(self) -> dict[str, tuple[float | None, ...]]:
        """The values of each figure, by the name of the figure."""
        named = {field.name: getattr(self, field.name) for field in dataclasses.fields(self)}
        return {name: values for name, values in named.items() if isinstance(values, tuple)}


@dataclasses.dataclass(frozen=True)
class Endpoint:
    """The requests of one name (the URL, unless the script sets the tag `name`) and method."""

    name: str
    method: str
    requests: float | None = None
    failures: float | None = None
    duration_p95_ms: float | None = None


@dataclasses.dataclass(frozen=True)
class Group:
    """A group of the script (`::outer::inner`): how often it was executed, and how long it took."""

    name: str
    executions: float | None = None
    duration_p95_ms: float | None = None


@dataclasses.dataclass(frozen=True)
class Details:
    """What reports show beside the figures, and no verdict depends on; `endpoints` has the slowest one first."""

    time_series: TimeSeries | None = None
    endpoints: tuple[Endpoint, ...] = ()
    groups: tuple[Group, ...] = ()
    problems: tuple[str, ...] = ()


@dataclasses.dataclass(frozen=True)
class Measurements:
    """All that the metrics say. `has_samples`, whether iterations measured anything, is None when they do not tell.

    `checks` are all checks by name; `iteration_checks` how many of those that iterations made passed, of how many;
    `metric_names` the metrics that have samples.
    """

    metrics: Metrics = Metrics()
    checks: tuple[Check, ...] = ()
    iteration_checks: tuple[int, int] = (0, 0)
    thresholds: tuple[Threshold, ...] = ()
    has_samples: bool | None = None
    metric_names: tuple[str, ...] = ()
    problems: tuple[str, ...] = ()
    details: Details = Details()


@dataclasses.dataclass(frozen=True)
class Decision:
    """A verdict with its exit code, the reason in one sentence, and what to do (empty when nothing)."""

    verdict: Verdict
    exit_code: ExitCode
    reason: str
    remedy: str = ""


@dataclasses.dataclass(frozen=True)
class StatusChange:
    """A status that a run entered, with what the cloud said about it. `entered` is RFC 3339."""

    status: str
    entered: str | None = None
    message: str | None = None
    by_user: str | None = None
    code: int | None = None


@dataclasses.dataclass(frozen=True)
class RunReport:
    """One script's run. VUh are virtual user hours; `execution_seconds` is what the cloud bills.

    `confirms` is the ID of the run whose outcome this one was started to confirm.
    """

    script: str
    decision: Decision
    load_test_name: str | None = None
    load_test_id: int | None = None
    project_id: int | None = None
    run_id: int | None = None
    run_url: str | None = None
    status: str | None = None
    result: str | None = None
    result_details: str | None = None
    history: tuple[StatusChange, ...] = ()
    created: str | None = None
    ended: str | None = None
    execution_seconds: float | None = None
    vuh_estimate: float | None = None
    vuh: float | None = None
    started_by: str | None = None
    metrics: Metrics = Metrics()
    checks: tuple[Check, ...] = ()
    thresholds: tuple[Threshold, ...] = ()
    time_series: TimeSeries | None = None
    endpoints: tuple[Endpoint, ...] = ()
    groups: tuple[Group, ...] = ()
    comparison: Comparison | None = None
    confirms: int | None = None
    warnings: tuple[str, ...] = ()


@dataclasses.dataclass(frozen=True)
class Report:
    """A whole command: the combined decision, and its runs."""

    decision: Decision
    is_emulated: bool
    runs: tuple[RunReport, ...] = ()
    warnings: tuple[str, ...] = ()
    problems: tuple[tuple[str, str], ...] = ()
