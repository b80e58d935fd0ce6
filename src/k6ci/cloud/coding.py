"""Bodies of requests as httpx takes them, and answers as models: the two ends of the wire that every call shares."""

from __future__ import annotations

import os
from collections.abc import AsyncIterator
from typing import Any, BinaryIO, Final, TypeVar

import pydantic

from k6ci.cloud.failures import BadAnswerError
from k6ci.cloud.models import Wire

Model = TypeVar("Model", bound=Wire)

_PIECE_BYTES: Final = 2**18


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
        keys = ", ".join(sorted({str(problem["loc"][0]) for problem in error.errors() if problem["loc"]}))
        raise BadAnswerError(doing, f"the API's answer is not a {kind.__name__} (see: {keys or 'whole'})") from None


def models(kind: type[Model], document: object, doing: str) -> list[Model]:
    """The `value` of a listing as models; raises as `model` does."""
    if not isinstance(document, dict) or not isinstance(document.get("value"), list):
        raise BadAnswerError(doing, "the API's answer is not a list")
    return [model(kind, item, doing) for item in document["value"]]
