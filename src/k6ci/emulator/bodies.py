"""The JSON bodies of requests to REST v6, as its OpenAPI document 1.12.0 declares them.

Strict: text is not converted to a number. Unknown keys are an error where the document says so (PATCH), else ignored.
"""

from __future__ import annotations

import datetime as dt
import re
from typing import Annotated, Any, Self, TypeVar

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field, ValidationError, model_validator

from k6ci.emulator.http_error import HttpError
from k6ci.emulator.json_documents import parse_json
from k6ci.emulator.schedules import Cron, Frequency, Recurrence, Weekday
from k6ci.emulator.timestamps import parse_timestamp

_INT64 = 2**63 - 1
_TARGET_LIMIT = 200
_LABEL = re.compile(r"[^\s'\";\\%]+")


def _whole(value: object) -> object:
    """Convert 1.0 to 1: JSON has one number type."""
    return int(value) if isinstance(value, float) and value.is_integer() and abs(value) < _INT64 else value


def _label(text: str) -> str:
    if _LABEL.fullmatch(text) is None:
        raise ValueError("white space, quotes, semicolons, backslashes and per cent signs are not allowed")
    return text


def _timestamp(value: object) -> dt.datetime:
    if not isinstance(value, str):
        raise ValueError("a time is a string")  # noqa: TRY004  (pydantic reports a ValueError)
    return parse_timestamp(value)


Id = Annotated[int, BeforeValidator(_whole), Field(ge=-_INT64 - 1, le=_INT64)]
Limit = Annotated[int, BeforeValidator(_whole), Field(ge=1, le=_INT64)]
Whole = Annotated[int, BeforeValidator(_whole)]
Timestamp = Annotated[dt.datetime, BeforeValidator(_timestamp)]
ProjectName = Annotated[str, Field(min_length=1, max_length=255)]
TestName = Annotated[str, Field(min_length=1, max_length=300)]
LabelText = Annotated[str, AfterValidator(_label), Field(min_length=1, max_length=64)]
Description = Annotated[str, Field(min_length=1, max_length=255)]


class Body(BaseModel):
    """A body whose unknown keys are ignored."""

    model_config = ConfigDict(strict=True, extra="ignore")


class ClosedBody(BaseModel):
    """A body whose unknown keys are an error."""

    model_config = ConfigDict(strict=True, extra="forbid")


class CreateProject(Body):
    """POST /projects."""

    name: ProjectName


class PatchProject(ClosedBody):
    """PATCH /projects/{id}."""

    name: ProjectName


class PatchLimits(ClosedBody):
    """PATCH /projects/{id}/limits; a limit is kept when its key is absent, and removed by null."""

    vuh_max_per_month: Limit | None = None
    vu_max_per_test: Limit | None = None
    vu_browser_max_per_test: Limit | None = None
    duration_max_per_test: Limit | None = None


class PatchLoadTest(ClosedBody):
    """PATCH /load_tests/{id}; an absent key changes nothing."""

    name: TestName = ""
    baseline_test_run_id: Id | None = None
    k6_version: Whole | None = None


class MoveLoadTest(ClosedBody):
    """PUT /load_tests/{id}/move."""

    project_id: Id


class PatchTestRun(ClosedBody):
    """PATCH /test_runs/{id}."""

    note: str


class CloudOptions(BaseModel):
    """`options.cloud`."""

    model_config = ConfigDict(strict=True, extra="allow")
    projectID: Id | None = None  # noqa: N815  (the name is k6's)


class Options(BaseModel):
    """A k6 options object; plan.py validates the other options."""

    model_config = ConfigDict(strict=True, extra="allow")
    cloud: CloudOptions | None = None


class ValidateOptions(Body):
    """POST /validate_options."""

    project_id: Id | None = None
    options: Options
    k6_dependencies: dict[str, str] | None = None
    k6_version: Whole | None = None
    is_local_execution: bool = False


class AllowedItem(Body):
    """The ID of a project or of a load zone."""

    id: Id


class AllowedList(Body):
    """PUT of the projects that may use a load zone, or of the load zones that a project may use."""

    value: Annotated[list[AllowedItem], Field(max_length=500)]


class RecurrenceRule(Body):
    """When a schedule recurs."""

    frequency: Frequency
    interval: Limit = 1
    byday: list[Weekday] | None = None
    until: Timestamp | None = None
    count: Limit | None = None

    @model_validator(mode="after")
    def _weekdays_are_weekly(self) -> Self:
        if self.byday and self.frequency != "WEEKLY":
            raise ValueError("byday is for WEEKLY only")
        return self

    def recurrence(self) -> Recurrence:
        """Return the rule that computes the occurrences."""
        byday = None if self.byday is None else tuple(self.byday)
        return Recurrence(self.frequency, self.interval, byday, self.until, self.count)


class CronRule(Body):
    """A cron expression in a time zone."""

    schedule: Annotated[str, Field(max_length=256)]
    time_zone: Annotated[str, Field(max_length=128)]

    @model_validator(mode="after")
    def _is_valid(self) -> Self:
        self.cron()
        return self

    def cron(self) -> Cron:
        """Return the expression that computes the moments; raises ValueError if it is invalid."""
        return Cron(self.schedule, self.time_zone)


class CreateSchedule(Body):
    """POST /load_tests/{id}/schedule."""

    starts: Timestamp
    recurrence_rule: RecurrenceRule | None = None
    cron: CronRule | None = None

    @model_validator(mode="after")
    def _at_most_one_rule(self) -> Self:
        if self.recurrence_rule is not None and self.cron is not None:
            raise ValueError("only one of recurrence_rule and cron can be set")
        return self


class LabelKeyItem(Body):
    """A label key to create."""

    key: LabelText
    description: Description | None = None


class CreateLabelKeys(Body):
    """POST /labels."""

    value: Annotated[list[LabelKeyItem], Field(min_length=1, max_length=100)]


class PatchLabelKey(ClosedBody):
    """PATCH /labels/{id}; null as the key changes nothing."""

    key: LabelText | None = None
    description: Description | None = None


class ProjectLabel(Body):
    """A label of a project; its key is given by ID or by name."""

    key_id: Id | None = None
    key: LabelText | None = None
    value: LabelText

    @model_validator(mode="after")
    def _has_one_key(self) -> Self:
        if (self.key_id is None) is (self.key is None):
            raise ValueError("exactly one of key_id and key is required")
        return self


class PutProjectLabels(Body):
    """PUT /projects/{id}/labels."""

    value: Annotated[list[ProjectLabel], Field(max_length=30)]


AnyBody = TypeVar("AnyBody", bound=BaseModel)


def parse_body(model: type[AnyBody], data: bytes) -> AnyBody:
    """Parse a body into a model; raises 400 with the first error."""
    try:
        parse_json(data)
        return model.model_validate_json(data)
    except ValidationError as error:
        first: Any = error.errors(include_url=False, include_input=False)[0]
        target = ".".join(str(part) for part in first["loc"])[:_TARGET_LIMIT] or None
        raise HttpError(400, str(first["msg"]), target=target) from error
    except ValueError as error:
        raise HttpError(400, f"Invalid JSON: {error}.") from error
