"""The multipart form that creates a load test, read into memory: an archive may hold a token and never gets to disk."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from starlette.datastructures import FormData, UploadFile
from starlette.formparsers import MultiPartException, MultiPartParser

from k6ci.emulator.refusal import Refusal
from k6ci.emulator.script import SIZE_LIMIT_BYTES, Script

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator

    from starlette.requests import Request

NAME_LIMIT = 300
_FORM_OVERHEAD_BYTES = 100_000
_PARTS_LIMIT = 20


@dataclass(frozen=True)
class LoadTestForm:
    """CreateLoadTestApiModel."""

    name: str
    script: Script | None
    k6_version: int | None


class _InMemoryParser(MultiPartParser):
    """Never rolls a part over to a temporary file."""

    spool_max_size = SIZE_LIMIT_BYTES + _FORM_OVERHEAD_BYTES


async def read_load_test_form(request: Request) -> LoadTestForm:
    """The form; 400 when it is none or a field does not fit, 413 when it is too big."""
    if not request.headers.get("content-type", "").lower().startswith("multipart/form-data"):
        raise Refusal(400, "The content type must be multipart/form-data.", target="Content-Type")
    try:
        parser = _InMemoryParser(
            request.headers,
            _bounded(request),
            max_files=_PARTS_LIMIT,
            max_fields=_PARTS_LIMIT,
            max_part_size=SIZE_LIMIT_BYTES,
        )
        form = await parser.parse()
    except (MultiPartException, KeyError, ValueError) as error:
        raise Refusal(400, "The form cannot be read.") from error
    try:
        return await _load_test(form)
    finally:
        await form.close()


async def _load_test(form: FormData) -> LoadTestForm:
    name = (await _content(form.get("name"), "name")).decode(errors="replace")
    if not 1 <= len(name) <= NAME_LIMIT:
        raise Refusal(400, f"A name has 1 to {NAME_LIMIT} characters.", target="name")
    script = await _content(form.get("script"), "script") if form.get("script") is not None else b""
    return LoadTestForm(name, Script(script) if script else None, await _k6_version(form.get("k6_version")))


async def _bounded(request: Request) -> AsyncGenerator[bytes, None]:
    size = 0
    async for chunk in request.stream():
        size += len(chunk)
        if size > SIZE_LIMIT_BYTES + _FORM_OVERHEAD_BYTES:
            raise Refusal(413, f"A script has at most {SIZE_LIMIT_BYTES} bytes.", target="script")
        yield chunk


async def _content(part: str | UploadFile | None, name: str) -> bytes:
    if part is None:
        raise Refusal(400, "Field required.", target=name)
    return await part.read() if isinstance(part, UploadFile) else part.encode()


async def _k6_version(part: str | UploadFile | None) -> int | None:
    if part is None:
        return None
    text = (await _content(part, "k6_version")).decode(errors="replace").strip()
    if text in {"", "null"}:
        return None
    if not text.lstrip("-").isdecimal() or not text.isascii() or len(text) > NAME_LIMIT:
        raise Refusal(400, "Not an integer.", target="k6_version")
    return int(text)
