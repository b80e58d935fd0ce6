"""How a hostile server responds: with another body, without an end, slowly, or with changed values."""

from __future__ import annotations

import asyncio
import contextlib
import functools
import json
import random
import zlib
from collections.abc import Awaitable, Callable
from typing import Any

Act = Callable[[asyncio.StreamWriter, bytes, str], Awaitable[None]]
DRIP_SECONDS = 0.4
_HEAD = "HTTP/1.1 {} X\r\nContent-Type: {}\r\nConnection: close\r\n"


def plain(make: Callable[[bytes], bytes], head: str = "", status: int = 200, kind: str = "") -> Act:
    """Respond with another body and additional headers."""

    async def act(writer: asyncio.StreamWriter, answer: bytes, media: str) -> None:
        body = make(answer)
        first = _HEAD.format(status, kind or media) + head + f"Content-Length: {len(body)}\r\n\r\n"
        writer.write(first.encode() + body)
        await writer.drain()

    return act


def endless(piece: bytes, head: str, pause: float = 0.0, first: str = _HEAD) -> Act:
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


async def drip(writer: asyncio.StreamWriter, answer: bytes, media: str) -> None:
    writer.write((_HEAD.format(200, media) + f"Content-Length: {len(answer) + 500}\r\n\r\n").encode())
    with contextlib.suppress(OSError):
        for letter in answer + b" " * 500:
            writer.write(bytes([letter]))
            await writer.drain()
            await asyncio.sleep(DRIP_SECONDS)


async def cut(writer: asyncio.StreamWriter, answer: bytes, media: str) -> None:
    writer.write((_HEAD.format(200, media) + f"Content-Length: {len(answer) + 1}\r\n\r\n").encode() + answer)
    await writer.drain()


async def reset(writer: asyncio.StreamWriter, answer: bytes, media: str) -> None:
    del answer, media
    writer.transport.abort()


async def slow_then_right(writer: asyncio.StreamWriter, answer: bytes, media: str) -> None:
    await asyncio.sleep(1.5)
    await plain(lambda body: body)(writer, answer, media)


def changed(change: Callable[[Any, random.Random], Any]) -> Act:
    """Respond with the correct document with one changed value, at any depth; another one each time."""
    rng = random.Random(0)

    def make(answer: bytes) -> bytes:
        try:
            document = json.loads(answer)
        except ValueError:
            return b"{}"
        return json.dumps(_with_one_changed(document, change, rng)).encode()

    return plain(make)


def _with_one_changed(value: Any, change: Callable[[Any, random.Random], Any], rng: random.Random) -> Any:
    if isinstance(value, dict) and value:
        key = rng.choice(list(value))
        return {**value, key: _with_one_changed(value[key], change, rng)}
    if isinstance(value, list) and value:
        return [_with_one_changed(item, change, rng) for item in value]
    return change(value, rng)


def wrong_type(_: Any, rng: random.Random) -> Any:
    return rng.choice([None, True, 7.5, "text", [], {}, [[1]], -1, "\u0000", "x" * 10**5])


def out_of_range(_: Any, rng: random.Random) -> Any:
    dates = ["0000-01-01T00:00:00Z", "9999-12-31T23:59:59-23:59", "0001-01-01T00:00:00+23:59", "2026-99-99"]
    return rng.choice([*dates, 2**63, -(2**70), 1e308, -1, -1e300, 0])


def everywhere(make: Callable[[Any], Any]) -> Act:
    """Respond with the correct document with all values changed."""

    def change_all(answer: bytes) -> bytes:
        with contextlib.suppress(ValueError):
            return json.dumps(_mapped(json.loads(answer), make)).encode()
        return b"{}"

    return plain(change_all)


def _mapped(value: Any, make: Callable[[Any], Any]) -> Any:
    if isinstance(value, dict):
        return {key: _mapped(item, make) for key, item in value.items()}
    return [_mapped(item, make) for item in value] if isinstance(value, list) else make(value)


@functools.cache
def _bombed() -> bytes:
    """Return a quarter of a gigabyte compressed to a quarter of a megabyte."""
    packer = zlib.compressobj(9, zlib.DEFLATED, 31)
    return b"".join(packer.compress(bytes(2**20)) for _ in range(256)) + packer.flush()


def bomb(_: bytes) -> bytes:
    return _bombed()
