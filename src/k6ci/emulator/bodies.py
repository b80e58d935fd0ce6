"""The JSON bodies that REST v6 takes, as its OpenAPI document 1.12.0 declares them.

Strict: text is no number. Unknown keys are refused where the document says so (PATCH and move), else passed over.
"""

from __future__ import annotations

import re
from typing import Annotated, Any, Literal, Self, TypeVar

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, ValidationError, model_validator

from k6ci.emulator.cron import check_cron
from k6ci.emulator.documents import parse_json
from k6ci.emulator.instants import parse_instant
from k6ci.emulator.refusal import Refusal

_LABEL = re.compile(r"[^\s'\";\\%]+")
_INT64 = 2**63 - 1
_TARGET_LIMIT = 200


def _whole(value: object) -> object:
    """JSON knows one number type: 1.0 is an integer."""
    return int(value) if isinstance(value, float) and value.is_integer() and abs(value) < _INT64 else value


def _instant(value: object) -> object:
    if isinstance(value, str):
        parse_instant(value)
    return value


def _label(value: object) -> object:
    if isinstance(value, str) and _LABEL.fullmatch(value) is None:
        raise ValueError("white space, quotes, semicolons, backslashes and per cent signs are not allowed")
    return value


Id = Annotated[int, BeforeValidator(_whole), Field(ge=-_INT64 - 1, le=_INT64)]
Limit = Annotated[int, BeforeValidator(_whole), Field(ge=1, le=_INT64)]
Whole = Annotated[int, BeforeValidator(_whole)]
Instant = Annotated[str, BeforeValidator(_instant)]
ProjectName = Annotated[str, Field(min_length=1, max_length=255)]
TestName = Annotated[str, Field(min_length=1, max_length=300)]
LabelText = Annotated[str, BeforeValidator(_label), Field(min_length=1, max_length=64)]
Description = Annotated[str, Field(min_length=1, max_length=255)]


class Body(BaseModel):
    """A body that may hold more than is known."""

    model_config = ConfigDict(strict=True, extra="ignore")


class ClosedBody(BaseModel):
    """A body that may hold only what is known."""

    model_config = ConfigDict(strict=True, extra="forbid")


class CreateProject(Body):
    """POST /projects."""

    name: ProjectName


class PatchProject(ClosedBody):
    """PATCH /projects/{id}."""

    name: ProjectName


class PatchLimits(ClosedBody):
    """PATCH /projects/{id}/limits; an absent key stays, null lifts the limit."""

    vuh_max_per_month: Limit | None = None
    vu_max_per_test: Limit | None = None
    vu_browser_max_per_test: Limit | None = None
    duration_max_per_test: Limit | None = None


class PatchLoadTest(ClosedBody):
    """PATCH /load_tests/{id}."""

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
    """A k6 options object; all but `cloud` is looked at when it is planned."""

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
    """A project or a load zone, by id."""

    id: Id


class AllowedList(Body):
    """PUT of the allowed projects of a zone, or of the allowed zones of a project."""

    value: Annotated[list[AllowedItem], Field(max_length=500)]


class RecurrenceRule(Body):
    """When a schedule recurs."""

    frequency: Literal["HOURLY", "DAILY", "WEEKLY", "MONTHLY", "YEARLY"]
    interval: Annotated[Whole, Field(ge=1)] = 1
    byday: list[Literal["MO", "TU", "WE", "TH", "FR", "SA", "SU"]] | None = None
    until: Instant | None = None
    count: Annotated[Whole, Field(ge=1)] | None = None

    @model_validator(mode="after")
    def _weekdays_are_weekly(self) -> Self:
        if self.byday and self.frequency != "WEEKLY":
            raise ValueError("byday belongs to WEEKLY")
        return self


class CronRule(Body):
    """A cron expression in a time zone."""

    schedule: Annotated[str, Field(max_length=256)]
    time_zone: Annotated[str, Field(max_length=128)]

    @model_validator(mode="after")
    def _is_known(self) -> Self:
        check_cron(self.schedule, self.time_zone)
        return self


class CreateSchedule(Body):
    """POST /load_tests/{id}/schedule."""

    starts: Instant
    recurrence_rule: RecurrenceRule | None = None
    cron: CronRule | None = None

    @model_validator(mode="after")
    def _one_of_two(self) -> Self:
        if self.recurrence_rule is not None and self.cron is not None:
            raise ValueError("only one of recurrence_rule and cron can be set")
        return self


class LabelKeyItem(Body):
    """A label key to be created."""

    key: LabelText
    description: Description | None = None


class CreateLabelKeys(Body):
    """POST /labels."""

    value: Annotated[list[LabelKeyItem], Field(min_length=1, max_length=100)]


class PatchLabelKey(ClosedBody):
    """PATCH /labels/{id}; a null key changes nothing."""

    key: LabelText | None = None
    description: Description | None = None


class ProjectLabel(Body):
    """A label of a project; the key by id or by name."""

    key_id: Id | None = None
    key: LabelText | None = None
    value: LabelText

    @model_validator(mode="after")
    def _one_key(self) -> Self:
        if (self.key_id is None) is (self.key is None):
            raise ValueError("exactly one of key_id and key is needed")
        return self


class PutProjectLabels(Body):
    """PUT /projects/{id}/labels."""

    value: Annotated[list[ProjectLabel], Field(max_length=30)]


AnyBody = TypeVar("AnyBody", bound=BaseModel)


def parse_body(model: type[AnyBody], data: bytes) -> AnyBody:
    """The body as that model; refuses with 400 and the first thing that is wrong."""
    try:
        parse_json(data)
        return model.model_validate_json(data)
    except ValidationError as error:
        first: Any = error.errors(include_url=False, include_input=False)[0]
        target = ".".join(str(part) for part in first["loc"])[:_TARGET_LIMIT] or None
        raise Refusal(400, str(first["msg"]), target=target) from error
    except ValueError as error:
        raise Refusal(400, f"Not a JSON document that can be read: {error}.") from error
