"""The JSON bodies that REST v6 takes, as its OpenAPI document 1.12.0 declares them.

Strict: text is no number. Unknown keys are refused where the document says so (PATCH and move), else passed over.
"""

from __future__ import annotations

from typing import Annotated, Any, TypeVar

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, ValidationError

from k6ci.emulator.http_error import HttpError
from k6ci.emulator.json_documents import parse_json

_INT64 = 2**63 - 1
_TARGET_LIMIT = 200


def _whole(value: object) -> object:
    """JSON knows one number type: 1.0 is an integer."""
    return int(value) if isinstance(value, float) and value.is_integer() and abs(value) < _INT64 else value


Id = Annotated[int, BeforeValidator(_whole), Field(ge=-_INT64 - 1, le=_INT64)]
Limit = Annotated[int, BeforeValidator(_whole), Field(ge=1, le=_INT64)]
Whole = Annotated[int, BeforeValidator(_whole)]
TestName = Annotated[str, Field(min_length=1, max_length=300)]


class Body(BaseModel):
    """A body that may hold more than is known."""

    model_config = ConfigDict(strict=True, extra="ignore")


class ClosedBody(BaseModel):
    """A body that may hold only what is known."""

    model_config = ConfigDict(strict=True, extra="forbid")


class PatchLimits(ClosedBody):
    """PATCH /projects/{id}/limits; an absent key stays, null lifts the limit."""

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


AnyBody = TypeVar("AnyBody", bound=BaseModel)


def parse_body(model: type[AnyBody], data: bytes) -> AnyBody:
    """The body as that model; refuses with 400 and the first thing that is wrong."""
    try:
        parse_json(data)
        return model.model_validate_json(data)
    except ValidationError as error:
        first: Any = error.errors(include_url=False, include_input=False)[0]
        target = ".".join(str(part) for part in first["loc"])[:_TARGET_LIMIT] or None
        raise HttpError(400, str(first["msg"]), target=target) from error
    except ValueError as error:
        raise HttpError(400, f"Not a JSON document that can be read: {error}.") from error
