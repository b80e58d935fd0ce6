"""Reads JSON that somebody else wrote, with limits on its depth and size that hold before anything is built from it.

Standard library only. Duplicate keys and halves of surrogate pairs are refused. A number that no int64 or float holds,
and NaN, which some servers write, become floats that are not finite: what reads them decides whether it needs them.
"""

from __future__ import annotations

import json
import math
import re
from typing import Any, Final

DEEPEST: Final = 64
MOST_ITEMS: Final = 250_000
# int64 has 19 digits and a sign.
_LONGEST_INTEGER: Final = 20
# Everything but the structure. A string that does not end reaches to the end: the search stays linear.
_NO_STRUCTURE: Final = re.compile(rb'"[^"\\]*+(?:\\.[^"\\]*+)*+"?|[^"\[\]{},]++', re.DOTALL)
_SURROGATE: Final = re.compile(rb"\\u[dD][89a-fA-F]")


def loads(data: bytes, *, deepest: int = DEEPEST, most_items: int = MOST_ITEMS) -> Any:
    """The value of a JSON text in UTF-8.

    Args:
        data: the text; its length is limited by whoever received it.
        deepest: how many lists and objects may lie in each other.
        most_items: how many commas and brackets there may be, which bounds the memory for what is built.

    Raises:
        ValueError: it is no JSON, or it exceeds a limit.
    """
    _check_structure(data, deepest, most_items)
    try:
        value = json.loads(
            data.decode("utf-8-sig"),
            object_pairs_hook=_object,
            parse_int=_integer,
        )
    except RecursionError:  # with a `deepest` beyond Python's own limit
        raise ValueError("too deeply nested") from None
    if _SURROGATE.search(data):
        json.dumps(value, ensure_ascii=False).encode()  # UnicodeEncodeError is a ValueError
    return value


def _check_structure(data: bytes, deepest: int, most_items: int) -> None:
    structure = _NO_STRUCTURE.sub(b"", data)
    if len(structure) > most_items:
        raise ValueError("too many items")
    depth = 0
    for sign in structure:
        if sign in b"[{":
            depth += 1
            if depth > deepest:
                raise ValueError("too deeply nested")
        elif sign in b"]}":
            depth -= 1


def _object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) != len(pairs):
        raise ValueError("a key stands twice in one object")
    return found


def _integer(text: str) -> int | float:
    return int(text) if len(text) <= _LONGEST_INTEGER else math.inf
