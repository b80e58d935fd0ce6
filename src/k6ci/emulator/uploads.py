"""The multipart forms with a script. They are read into memory: an archive may hold a token and must not be on disk."""

from __future__ import annotations

import contextlib
from dataclasses import dataclass
from typing import TYPE_CHECKING

from starlette.datastructures import FormData, UploadFile
from starlette.formparsers import MultiPartException, MultiPartParser

from k6ci.emulator.http_error import HttpError
from k6ci.emulator.script import SIZE_LIMIT_BYTES, Script

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator, AsyncIterator

    from starlette.requests import Request

NAME_LIMIT = 300
_FORM_OVERHEAD_BYTES = 100_000
_PARTS_LIMIT = 20
_COUNT_LIMIT = 10_000_000


@dataclass(frozen=True)
class LoadTestForm:
    """The form CreateLoadTestApiModel."""

    name: str
    script: Script | None
    k6_version: int | None


@dataclass(frozen=True)
class ArchiveForm:
    """The form of `POST /v1/archive-upload`; `project_id` None for the default project."""

    name: str
    project_id: int | None
    is_upload_only: bool
    script: Script


@dataclass(frozen=True)
class LocalForm:
    """The form of `POST /v1/tests`; `project_id` None for the default project, `duration` in seconds."""

    name: str
    project_id: int | None
    vus: int
    duration: int
    script: Script | None


class _InMemoryParser(MultiPartParser):
    """A parser that keeps every part in memory, never in a temporary file."""

    spool_max_size = SIZE_LIMIT_BYTES + _FORM_OVERHEAD_BYTES


async def read_load_test_form(request: Request) -> LoadTestForm:
    """Read the form that creates a load test; 400 for an invalid form or field, 413 when it is too large."""
    async with _form(request) as form:
        script = await _content(form.get("script"), "script") if form.get("script") is not None else b""
        version = await _number(form.get("k6_version"), "k6_version")
        return LoadTestForm(await _name(form), Script(script) if script else None, version)


async def read_archive_form(request: Request) -> ArchiveForm:
    """Read the form of the legacy upload; 400 for an invalid form or field, 413 when it is too large."""
    async with _form(request) as form:
        upload_only = form.get("upload_only")
        return ArchiveForm(
            await _name(form),
            await _number(form.get("project_id"), "project_id") or None,
            upload_only is not None and await _content(upload_only, "upload_only") == b"true",
            Script(await _content(form.get("file"), "file")),
        )


async def read_local_form(request: Request) -> LocalForm:
    """Read the form that begins a local execution; 400 for an invalid form or field, 413 when it is too large."""
    async with _form(request) as form:
        return LocalForm(
            await _name(form),
            await _number(form.get("project_id"), "project_id") or None,
            min(max(await _number(form.get("vus"), "vus") or 0, 0), _COUNT_LIMIT),
            min(max(await _number(form.get("duration"), "duration") or 0, 0), _COUNT_LIMIT),
            Script(await _content(form.get("file"), "file")),
        )


@contextlib.asynccontextmanager
async def _form(request: Request) -> AsyncIterator[FormData]:
    if not request.headers.get("content-type", "").lower().startswith("multipart/form-data"):
        raise HttpError(400, "The content type must be multipart/form-data.", target="Content-Type")
    try:
        parser = _InMemoryParser(
            request.headers,
            _bounded(request),
            max_files=_PARTS_LIMIT,
            max_fields=_PARTS_LIMIT,
            max_part_size=SIZE_LIMIT_BYTES,
        )
        form = await parser.parse()
    except (MultiPartException, LookupError, ValueError) as error:  # an unknown charset is a LookupError
        raise HttpError(400, "The form cannot be read.") from error
    try:
        yield form
    finally:
        await form.close()


async def _name(form: FormData) -> str:
    name = (await _content(form.get("name"), "name")).decode(errors="replace")
    if not 1 <= len(name) <= NAME_LIMIT:
        raise HttpError(400, f"A name has 1 to {NAME_LIMIT} characters.", target="name")
    return name


async def _bounded(request: Request) -> AsyncGenerator[bytes, None]:
    size = 0
    async for chunk in request.stream():
        size += len(chunk)
        if size > SIZE_LIMIT_BYTES + _FORM_OVERHEAD_BYTES:
            raise HttpError(413, f"A script has at most {SIZE_LIMIT_BYTES} bytes.", target="script")
        yield chunk


async def _content(part: str | UploadFile | None, name: str) -> bytes:
    if part is None:
        raise HttpError(400, "Field required.", target=name)
    return await part.read() if isinstance(part, UploadFile) else part.encode()


async def _number(part: str | UploadFile | None, name: str) -> int | None:
    if part is None:
        return None
    text = (await _content(part, name)).decode(errors="replace").strip()
    if text in {"", "null"}:
        return None
    if not text.lstrip("-").isdecimal() or not text.isascii() or len(text) > NAME_LIMIT:
        raise HttpError(400, "Not an integer.", target=name)
    return int(text)
