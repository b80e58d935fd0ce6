"""Bodies of requests as httpx takes them, and answers as models: the two ends of the wire that every call shares."""

from __future__ import annotations

import os
from collections.abc import AsyncIterator
from typing import Any, BinaryIO, Final, TypeVar

import pydantic

from k6ci.cloud.failures import BadAnswerError
from k6ci.cloud.models import Wire

Model = TypeVar("Model", bound=Wire)

# The maximum of one page in the contract (OpenAPI 1.12.0).
MAX_LISTED: Final = 1000
_PIECE_BYTES: Final = 2**18
# The time of an upload: a connection slower than this is not supported.
_UPLOAD_SECONDS: Final = 60.0
_UPLOAD_BYTES_A_SECOND: Final = 2**16


def as_form(name: str, file: BinaryIO) -> dict[str, Any]:
    """A multipart form of a load test: its name, its script."""
    return {"data": {"name": name}, "files": {"script": ("script", file, "application/octet-stream")}}


def as_content(file: BinaryIO) -> dict[str, Any]:
    """A file as the whole body, read in pieces."""

    async def pieces() -> AsyncIterator[bytes]:
        while piece := file.read(_PIECE_BYTES):
            yield piece

    size = os.fstat(file.fileno()).st_size
    return {
        "content": pieces(),
        "headers": {"Content-Type": "application/octet-stream", "Content-Length": str(size)},
    }


def upload_seconds(size: int) -> float:
    """The longest time for sending so many bytes and reading the answer."""
    return _UPLOAD_SECONDS + size / _UPLOAD_BYTES_A_SECOND


def odata(text: str) -> str:
    """A string literal of an OData function call: a quote is doubled."""
    return text.replace("'", "''")


def model(kind: type[Model], document: object, doing: str) -> Model:
    """An answer as a model.

    Raises:
        BadAnswerError: it lacks what we cannot do without.
    """
    try:
        return kind.model_validate(document)
    except pydantic.ValidationError as error:
        problems = error.errors(include_url=False, include_context=False, include_input=False)
        keys = ", ".join(sorted({str(problem["loc"][0]) for problem in problems if problem["loc"]}))
        raise BadAnswerError(doing, f"the API's answer is not a {kind.__name__} (see: {keys or 'whole'})") from None
    except Exception as error:  # noqa: BLE001 -- whatever a validator raises, the answer is invalid
        what = f"the API's answer is not a {kind.__name__} ({type(error).__name__})"
        raise BadAnswerError(doing, what) from None


def models(kind: type[Model], document: object, doing: str) -> list[Model]:
    """The `value` of a listing as models; raises as `model` does."""
    if not isinstance(document, dict) or not isinstance(document.get("value"), list):
        raise BadAnswerError(doing, "the API's answer is not a list")
    if len(document["value"]) > MAX_LISTED:
        raise BadAnswerError(doing, f"the API's answer lists more than {MAX_LISTED}")
    return [model(kind, item, doing) for item in document["value"]]


def about(found: Model, doing: str, **expected: int | None) -> Model:
    """An answer that is about what was asked for; what it leaves out is not compared.

    Raises:
        BadAnswerError: it is about something else, and must neither be believed nor acted upon.
    """
    for name, value in expected.items():
        answered = getattr(found, name)
        if None not in (answered, value) and answered != value:
            raise BadAnswerError(doing, f"the API's answer is about another {name} ({answered} instead of {value})")
    return found
