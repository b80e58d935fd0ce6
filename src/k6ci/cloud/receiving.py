"""Receives the body of an answer, with limits on what is received and on what it is decoded to.

Compressed at most once: httpx alone would inflate as often as a server says, without a limit.
"""

from __future__ import annotations

import contextlib
import datetime as dt
import email.utils
import math
import zlib
from collections.abc import AsyncGenerator, Iterator
from typing import Any, Final

import anyio.lowlevel

from k6ci import strict_json
from k6ci.cloud.failures import ApiError, BadAnswerError, RedirectError
from k6ci.net.http_library import httpx

LARGEST_JSON: Final = 4 * 2**20
_PIECE_BYTES: Final = 2**16
_LONGEST_MESSAGE: Final = 500
_LONGEST_CODE: Final = 100
_MAX_DETAILS: Final = 10
# zlib's window bits: 15 of the zlib format, 16 more of the gzip format, negative without any header.
_GZIP, _ZLIB, _RAW = 31, 15, -15
_ZLIB_METHOD: Final = 8


async def received(answer: httpx.Response, doing: str, max_bytes: int = LARGEST_JSON) -> bytes:
    """The whole body, decoded.

    Raises:
        BadAnswerError: it is too large, or compressed in a way that was not asked for.
    """
    data = bytearray()
    async with contextlib.aclosing(pieces(answer, doing, max_bytes)) as found:
        async for piece in found:
            data += piece
    return bytes(data)


async def pieces(answer: httpx.Response, doing: str, max_bytes: int) -> AsyncGenerator[bytes, None]:
    """The body in decoded pieces; raises as `received` does. Other tasks run between two of them."""
    inflate = _Inflater(_encoding(answer, doing), doing)
    raw_bytes = decoded_bytes = 0
    async for chunk in answer.aiter_raw():
        raw_bytes += len(chunk)
        for piece in inflate.feed(chunk):
            decoded_bytes += len(piece)
            if max(raw_bytes, decoded_bytes) > max_bytes:
                break
            yield piece
            await anyio.lowlevel.checkpoint()
        if max(raw_bytes, decoded_bytes) > max_bytes:
            raise BadAnswerError(doing, f"the API answered with more than {max_bytes / 2**20:.0f} MiB")
    inflate.end()


def _encoding(answer: httpx.Response, doing: str) -> str:
    named = [name.strip().lower() for name in answer.headers.get_list("Content-Encoding", split_commas=True)]
    encodings = [name for name in named if name not in ("", "identity")]
    if len(encodings) > 1 or not {*encodings} <= {"gzip", "x-gzip", "deflate"}:
        raise BadAnswerError(doing, f"the API answered in an encoding that was not asked for: {', '.join(named)[:80]}")
    return encodings[0] if encodings else ""


class _Inflater:
    """Decodes one content encoding piece by piece; none (an empty name) passes the body through."""

    def __init__(self, encoding: str, doing: str) -> None:
        self._encoding, self._doing = encoding, doing
        self._zlib: Any = None

    def feed(self, chunk: bytes) -> Iterator[bytes]:
        """The pieces that a chunk decodes to, made one after the other."""
        if not self._encoding:
            yield chunk
            return
        if not chunk:
            return
        if self._zlib is None:
            self._zlib = zlib.decompressobj(self._window(chunk))
        try:
            while chunk:
                if self._zlib.eof:
                    raise BadAnswerError(self._doing, "the API's answer goes on behind its compressed end")
                yield self._zlib.decompress(chunk, _PIECE_BYTES)
                chunk = self._zlib.unconsumed_tail or self._zlib.unused_data
        except zlib.error:
            raise BadAnswerError(self._doing, "the API's answer cannot be decompressed") from None

    def _window(self, chunk: bytes) -> int:
        if self._encoding != "deflate":
            return _GZIP
        return _ZLIB if chunk[0] & 15 == _ZLIB_METHOD else _RAW

    def end(self) -> None:
        """End the body."""
        if self._encoding and (self._zlib is None or not self._zlib.eof):
            raise BadAnswerError(self._doing, "the API's answer ends before its compressed end")


def status_error(answer: httpx.Response, data: bytes, doing: str) -> ApiError | BadAnswerError | None:
    """The error of an answer's status, with the API's own message; None for success."""
    if answer.is_success:
        return None
    if answer.status_code >= httpx.codes.BAD_REQUEST:
        return _api_error(doing, answer, data)
    if answer.is_redirect or answer.status_code >= httpx.codes.MULTIPLE_CHOICES:
        return RedirectError(doing, f"unexpected redirect (HTTP {answer.status_code})")
    return BadAnswerError(doing, f"unexpected status (HTTP {answer.status_code})")


def _api_error(doing: str, answer: httpx.Response, data: bytes) -> ApiError:
    code, message = "", answer.reason_phrase
    details: list[str] = []
    try:
        error = strict_json.loads(data)["error"]
        code, message = str(error.get("code") or ""), str(error.get("message") or message)
        details = [str(detail.get("message")) for detail in (error.get("details") or [])[:_MAX_DETAILS]]
    except (ValueError, KeyError, TypeError, AttributeError):
        pass
    text = "; ".join([message, *details])[:_LONGEST_MESSAGE]
    retry_after = _seconds(answer.headers.get("Retry-After"))
    return ApiError(doing, answer.status_code, text, code=code[:_LONGEST_CODE], retry_after=retry_after)


def _seconds(header: str | None) -> float | None:
    """Seconds of a Retry-After header: a number, or an HTTP date (RFC 9110, 10.2.3)."""
    if header is None:
        return None
    try:
        seconds = float(header)
    except ValueError:
        at = moment(header)
        return None if at is None else max(0.0, (at - dt.datetime.now(dt.UTC)).total_seconds())
    return max(0.0, seconds) if math.isfinite(seconds) else None


def moment(header: str | None) -> dt.datetime | None:
    """An HTTP date, which is always GMT; None when it is none."""
    try:
        found = email.utils.parsedate_to_datetime(header or "")
        return found.replace(tzinfo=dt.UTC) if found.tzinfo is None else found.astimezone(dt.UTC)
    except Exception:  # noqa: BLE001 -- the parser raises ValueError, OverflowError, IndexError, TypeError for odd dates
        return None
