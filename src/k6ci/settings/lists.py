"""Parsers of inputs that are lists: lines, words and NAME=value assignments. A ValueError describes what is wrong."""

from __future__ import annotations

import datetime as dt
import re
import shlex
from collections.abc import Iterator, Sequence
from typing import Final

from k6ci.settings.raw import Raw, quoted

_NAME: Final = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")


def _strings(raw: Sequence[object]) -> tuple[str, ...]:
    if not all(isinstance(item, str) for item in raw):
        raise ValueError("the list contains an item that is not text")
    return tuple(str(item) for item in raw)


def lines(raw: Raw) -> tuple[str, ...]:
    """One item per line, without outer white space; empty lines do not count."""
    items = raw.splitlines() if isinstance(raw, str) else _strings(_sequence(raw))
    return tuple(stripped for item in items if (stripped := item.strip()))


def words(raw: Raw) -> tuple[str, ...]:
    """A list of words, or one string that is split as a shell does."""
    if not isinstance(raw, str):
        return _strings(_sequence(raw))
    try:
        return tuple(shlex.split(raw))
    except ValueError as error:
        raise ValueError(f"cannot be split into words: {str(error).lower()}") from None


def assignments(raw: Raw) -> tuple[str, ...]:
    """NAME=value items, values taken literally; a value may be a secret, so that errors show the name only."""
    if isinstance(raw, dict):
        items = tuple(f"{name}={_scalar(name, value)}" for name, value in raw.items())
    elif isinstance(raw, str):
        # Not splitlines(): a value may contain other line separators than the line feed.
        found = [line.removesuffix("\r").lstrip(" \t") for line in raw.split("\n")]
        items = tuple(line for line in found if line)
    else:
        items = _strings(_sequence(raw))
    for position, item in enumerate(items, start=1):
        name, equals, _ = item.partition("=")
        if not equals:
            raise ValueError(f"item {position} has no '=' (expected NAME=value)")
        if not _NAME.fullmatch(name):
            raise ValueError(f"item {position}: the part before '=' is not a variable name")
    return items


def _scalar(name: str, value: object) -> str:
    """A value of a TOML table as its author wrote it: `true`, not Python's `True`."""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, (str, int, float)):
        return str(value)
    if isinstance(value, (dt.date, dt.time)):
        return value.isoformat()
    raise ValueError(f"the value of {quoted(name)} is not text, a number or a boolean")


def texts(raw: Raw) -> Iterator[str]:
    """Every text in a raw value."""
    if isinstance(raw, str):
        yield raw
    elif isinstance(raw, dict):
        yield from (text for pair in raw.items() for text in pair if isinstance(text, str))
    elif isinstance(raw, (list, tuple)):
        yield from (item for item in raw if isinstance(item, str))


def _sequence(raw: Raw) -> Sequence[object]:
    if isinstance(raw, (list, tuple)):
        return raw
    raise ValueError(f"expected a list, got {type(raw).__name__}")
