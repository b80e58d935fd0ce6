"""The kinds of hostile responses, by where they are given: JSON, scripts, log tails. Some are endless."""

from __future__ import annotations

import asyncio
import contextlib
import functools
import gzip
import io
import json
import random
import struct
import tarfile
import zlib
from collections.abc import Awaitable, Callable
from typing import Any

from storms.hostile_cloud import FOREIGN_ID

Act = Callable[[asyncio.StreamWriter, bytes, str], Awaitable[None]]
DRIP_SECONDS = 0.4
_HEAD = "HTTP/1.1 {} X\r\nContent-Type: {}\r\nConnection: close\r\n"


def _plain(make: Callable[[bytes], bytes], head: str = "", status: int = 200, kind: str = "") -> Act:
    """Respond with another body and additional headers."""

    async def act(writer: asyncio.StreamWriter, answer: bytes, media: str) -> None:
        body = make(answer)
        first = _HEAD.format(status, kind or media) + head + f"Content-Length: {len(body)}\r\n\r\n"
        writer.write(first.encode() + body)
        await writer.drain()

    return act


def _endless(piece: bytes, head: str, pause: float = 0.0, first: str = _HEAD) -> Act:
    """Send the same piece again and again, after its own head."""

    async def act(writer: asyncio.StreamWriter, answer: bytes, media: str) -> None:
        del answer
        writer.write((first.format(200, media) + head).encode())
        with contextlib.suppress(OSError):
            while not writer.is_closing():
                writer.write(piece)
                await writer.drain()
                await asyncio.sleep(pause)

    return act


async def _drip(writer: asyncio.StreamWriter, answer: bytes, media: str) -> None:
    writer.write((_HEAD.format(200, media) + f"Content-Length: {len(answer) + 500}\r\n\r\n").encode())
    with contextlib.suppress(OSError):
        for letter in answer + b" " * 500:
            writer.write(bytes([letter]))
            await writer.drain()
            await asyncio.sleep(DRIP_SECONDS)


async def _cut(writer: asyncio.StreamWriter, answer: bytes, media: str) -> None:
    writer.write((_HEAD.format(200, media) + f"Content-Length: {len(answer) + 1}\r\n\r\n").encode() + answer)
    await writer.drain()


async def _reset(writer: asyncio.StreamWriter, answer: bytes, media: str) -> None:
    del answer, media
    writer.transport.abort()


async def _slow_then_right(writer: asyncio.StreamWriter, answer: bytes, media: str) -> None:
    await asyncio.sleep(1.5)
    await _plain(lambda body: body)(writer, answer, media)


def _changed(change: Callable[[Any, random.Random], Any]) -> Act:
    """Respond with the correct document with one changed value, at any depth; another one each time."""
    rng = random.Random(0)

    def make(answer: bytes) -> bytes:
        try:
            document = json.loads(answer)
        except ValueError:
            return b"{}"
        return json.dumps(_with_one_changed(document, change, rng)).encode()

    return _plain(make)


def _with_one_changed(value: Any, change: Callable[[Any, random.Random], Any], rng: random.Random) -> Any:
    if isinstance(value, dict) and value:
        key = rng.choice(list(value))
        return {**value, key: _with_one_changed(value[key], change, rng)}
    if isinstance(value, list) and value:
        return [_with_one_changed(item, change, rng) for item in value]
    return change(value, rng)


def _wrong_type(_: Any, rng: random.Random) -> Any:
    return rng.choice([None, True, 7.5, "text", [], {}, [[1]], -1, "\u0000", "x" * 10**5])


def _out_of_range(_: Any, rng: random.Random) -> Any:
    dates = ["0000-01-01T00:00:00Z", "9999-12-31T23:59:59-23:59", "0001-01-01T00:00:00+23:59", "2026-99-99"]
    return rng.choice([*dates, 2**63, -(2**70), 1e308, -1, -1e300, 0])


def _everywhere(make: Callable[[Any], Any]) -> Act:
    def changed(answer: bytes) -> bytes:
        with contextlib.suppress(ValueError):
            return json.dumps(_mapped(json.loads(answer), make)).encode()
        return b"{}"

    return _plain(changed)


def _mapped(value: Any, make: Callable[[Any], Any]) -> Any:
    if isinstance(value, dict):
        return {key: _mapped(item, make) for key, item in value.items()}
    return [_mapped(item, make) for item in value] if isinstance(value, list) else make(value)


@functools.cache
def _bombed() -> bytes:
    """Return a quarter of a gigabyte compressed to a quarter of a megabyte."""
    packer = zlib.compressobj(9, zlib.DEFLATED, 31)
    return b"".join(packer.compress(bytes(2**20)) for _ in range(256)) + packer.flush()


def _bomb(_: bytes) -> bytes:
    return _bombed()


JSON: dict[str, Act] = {
    "nested lists": _plain(lambda _: b"[" * 10**5 + b"]" * 10**5),
    "nested objects": _plain(lambda _: b'{"value":' * 5000 + b"1" + b"}" * 5000),
    "dripping body": _drip,
    "dripping head": _endless(b"X-A: b\r\n", "", DRIP_SECONDS),
    "endless head": _endless(b"X-A: " + b"b" * 1000 + b"\r\n", ""),
    "endless body": _endless(b"10000\r\n" + b" " * 2**16 + b"\r\n", "Transfer-Encoding: chunked\r\n\r\n"),
    "endless tiny chunks": _endless(b"1\r\n \r\n" * 1000, "Transfer-Encoding: chunked\r\n\r\n"),
    "continue flood": _endless(b"HTTP/1.1 100 Continue\r\n\r\n" * 100, "", first=""),
    "gzip twice": _plain(lambda body: gzip.compress(gzip.compress(body)), "Content-Encoding: gzip, gzip\r\n"),
    "gzip bomb": _plain(_bomb, "Content-Encoding: gzip\r\n"),
    "gzip cut": _plain(lambda body: gzip.compress(body)[:-5], "Content-Encoding: gzip\r\n"),
    "gzip": _plain(gzip.compress, "Content-Encoding: gzip\r\n"),
    "brotli": _plain(lambda body: body, "Content-Encoding: br\r\n"),
    "identity, gzip": _plain(gzip.compress, "Content-Encoding: identity, gzip\r\n"),
    "deflate noise": _plain(lambda _: b"\x78\x9c" + b"\xff" * 500, "Content-Encoding: deflate\r\n"),
    "one wrong type": _changed(_wrong_type),
    "one out of range": _changed(_out_of_range),
    "all null": _everywhere(lambda _: None),
    "all text": _everywhere(str),
    "all floats": _everywhere(lambda value: value + 0.5 if isinstance(value, int) else value),
    "all years 1": _everywhere(
        lambda value: "0001-01-01T00:00:00Z" if isinstance(value, str) and "T" in value else value
    ),
    "infinite numbers": _plain(lambda body: body.replace(b": 1", b": 1e999")),
    "another id": _everywhere(lambda value: FOREIGN_ID if isinstance(value, int) and value > 1000 else value),
    "another test": _everywhere(lambda value: FOREIGN_ID if value == 41 else value),
    "another project": _everywhere(lambda value: FOREIGN_ID if value == 31 else value),
    "a million items": _plain(lambda _: b'{"value": [' + b"{}," * 10**6 + b"{}]}"),
    "digits": _plain(lambda _: b'{"id": ' + b"9" * 10**5 + b"}"),
    "NaN": _plain(lambda _: b'{"id": NaN, "value": [Infinity]}'),
    "keys twice": _plain(lambda body: body.replace(b"{", b'{"id": 5, "id": 6, ', 1)),
    "surrogate": _plain(lambda body: body.replace(b'"', b'"\\ud800', 1)),
    "NUL": _plain(lambda _: b"\0" * 1000),
    "UTF-16": _plain(lambda body: body.decode().encode("utf-16")),
    "empty": _plain(lambda _: b""),
    "null": _plain(lambda _: b"null"),
    "true": _plain(lambda _: b"true"),
    "a page": _plain(lambda _: b"<html>log in</html>", kind="text/html"),
    "another media type": _plain(lambda body: body, kind="image/png"),
    "redirect": _plain(lambda _: b"", "Location: http://127.0.0.1:1/\r\n", 302),
    "redirect 308": _plain(lambda body: body, "Location: /\r\n", 308),
    "cut": _cut,
    "reset": _reset,
    "slow, then right": _slow_then_right,
    "odd date": _plain(lambda body: body, "Date: Mon, 32 Foo 99999 99:99:99 +99999999\r\n"),
    "date of tomorrow": _plain(lambda body: body, "Date: Fri, 01 Jan 2100 00:00:00 GMT\r\n"),
    "cookies": _plain(lambda body: body, "".join(f"Set-Cookie: c{n}={'x' * 900}\r\n" for n in range(60))),
    "nested error": _plain(lambda _: b'{"error": ' * 5000, status=500),
    "error of odd types": _plain(lambda _: b'{"error": {"code": [], "message": {}, "details": 7}}', status=400),
    "teapot": _plain(lambda _: b"", "Retry-After: 1e999\r\n", 418),
    "busy for ever": _plain(lambda _: b"", "Retry-After: 99999999999999999999\r\n", 503),
    "status 999": _plain(lambda body: body, status=999),
    "no HTTP": _endless(b"220 smtp.example.com ESMTP\r\n", "", 0.2, first=""),
}


def _tar(**fields: Any) -> bytes:
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w", format=tarfile.PAX_FORMAT) as tar:
        info = tarfile.TarInfo("data")
        for name, value in fields.items():
            setattr(info, name, value)
        tar.addfile(info)
    return buffer.getvalue()


def _header(size: bytes, kind: bytes = b"0") -> bytes:
    block = bytearray(tarfile.TarInfo("x").tobuf(tarfile.USTAR_FORMAT)[:512])
    block[124:136], block[156:157], block[148:156] = size, kind, b" " * 8
    block[148:156] = b"%06o\0 " % sum(block)
    return bytes(block)


SCRIPTS: dict[str, Act] = {
    "sparse": _plain(lambda _: _tar(pax_headers={"GNU.sparse.size": "9" * 15, "GNU.sparse.major": "1"})),
    "negative": _plain(lambda _: _header(b"\xff" * 12) * 3),
    "huge member": _plain(lambda _: _header(b"77777777777\0")),
    "chained headers": _plain(lambda _: _header(b"0" * 11 + b"\0", b"x") * 10**4),
    "many members": _plain(lambda _: _header(b"0" * 11 + b"\0") * 150_000),
    "compressed tar": _plain(gzip.compress),
    "tar bomb": _plain(_bomb),
    "endless": _endless(b"10000\r\n" + b"\0" * 2**16 + b"\r\n", "Transfer-Encoding: chunked\r\n\r\n"),
    "another script": _plain(lambda _: b"export default () => {}", kind="text/javascript"),
    **{name: JSON[name] for name in ("dripping body", "gzip bomb", "gzip twice", "a page", "cut", "redirect", "reset")},
}


def _frame(payload: bytes, opcode: int = 1, first: int = 0x80) -> bytes:
    size = len(payload)
    length = (
        bytes([size])
        if size < 126
        else struct.pack("!BH", 126, size)
        if size < 2**16
        else struct.pack("!BQ", 127, size)
    )
    return bytes([first | opcode]) + length + payload


def _loki(lines: int, message: str = "x") -> bytes:
    values = [["1764000000000000000", message] for _ in range(lines)]
    return json.dumps({"streams": [{"stream": {"level": "info"}, "values": values}]}).encode()


def _frames(piece: bytes, pause: float = 0.0) -> Act:
    async def act(writer: asyncio.StreamWriter, answer: bytes, media: str) -> None:
        del answer, media
        with contextlib.suppress(OSError):
            while not writer.is_closing():
                writer.write(piece)
                await writer.drain()
                await asyncio.sleep(pause)

    return act


TAILS: dict[str, Act] = {
    "flood of lines": _frames(_frame(_loki(500)) * 10),
    "flood of small frames": _frames(_frame(_loki(1)) * 200),
    "flood of pings": _frames(_frame(b"", 9) * 2000),
    "flood of empty frames": _frames(_frame(b"") * 2000),
    "large frame": _frames(_frame(b"x" * (2 * 2**20))),
    "endless fragments": _frames(_frame(b"x" * 1000, 1, 0) + _frame(b"x" * 1000, 0, 0) * 5000),
    "odd opcode": _frames(_frame(b"x", 7), 0.2),
    "nested": _frames(_frame(b'{"streams":' + b"[" * 50_000), 0.05),
    "odd numbers": _frames(
        _frame(b'{"streams":[{"stream":{},"values":[["' + b"9" * 5000 + b'","x"],[-1,2],[null]]}]}'), 0.05
    ),
    "odd types": _frames(
        _frame(b'{"streams":{"a":7}}') + _frame(b"\xff\xfe", 2) + _frame(b"7") + _frame(b"null"), 0.05
    ),
    "long lines": _frames(_frame(_loki(2, "y" * 200_000)), 0.02),
    "control letters": _frames(_frame(_loki(3, "\x1b[2J\r\n::error::forged\u202e")), 0.1),
    "closed at once": _plain(lambda _: b""),
}
