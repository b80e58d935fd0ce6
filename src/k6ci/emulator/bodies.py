"""The JSON bodies of requests to REST v6, as its OpenAPI document 1.12.0 declares them.

Strict: text is not converted to a number. Unknown keys are an error where the document says so (PATCH), else ignored.
"""

from __future__ import annotations

from typing import Annotated, Any, TypeVar

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, ValidationError

from k6ci.emulator.http_error import HttpError
from k6ci.emulator.json_documents import parse_json

_INT64 = 2**63 - 1
_TARGET_LIMIT = 200


def _whole(value: object) -> object:
    """Convert 1.0 to 1: JSON has one number type."""
    return int(value) if isinstance(value, float) and value.is_integer() and abs(value) < _INT64 else value


Id = Annotated[int, BeforeValidator(_whole), Field(ge=-_INT64 - 1, le=_INT64)]
Limit = Annotated[int, BeforeValidator(_whole), Field(ge=1, le=_INT64)]
Whole = Annotated[int, BeforeValidator(_whole)]
TestName = Annotated[str, Field(min_length=1, max_length=300)]


class Body(BaseModel):
    """A body whose unknown keys are ignored."""

    model_config = ConfigDict(strict=True, extra="ignore")


class ClosedBody(BaseModel):
    """A body whose unknown keys are an error."""

    model_config = ConfigDict(strict=True, extra="forbid")


class PatchLimits(ClosedBody):
    """PATCH /projects/{id}/limits; a limit is kept when its key is absent, and removed by null."""

    vuh_max_per_month: Limit | None = None
    vu_max_per_test: Limit | None = None
    vu_browser_max_per_test: Limit | None = None
    duration_max_per_test: Limit | None = None


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
