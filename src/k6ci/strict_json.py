"""Parses untrusted JSON: depth and size are limited before any value is built.

Standard library only. Duplicate keys and lone surrogates are refused. Numbers outside of int64 and float, and NaN,
which some servers write, become non-finite floats; the caller checks the values that it uses.
"""

from __future__ import annotations

import json
import math
import re
from typing import Any, Final

MAX_DEPTH: Final = 64
MAX_ITEMS: Final = 250_000
# int64 has 19 digits and a sign.
_LONGEST_INTEGER: Final = 20
# Everything except brackets and commas. An unterminated string extends to the end, so that matching stays linear.
_NO_STRUCTURE: Final = re.compile(rb'"[^"\\]*+(?:\\.[^"\\]*+)*+"?|[^"\[\]{},]++', re.DOTALL)
_SURROGATE: Final = re.compile(rb"\\u[dD][89a-fA-F]")


def loads(data: bytes, *, max_depth: int = MAX_DEPTH, max_items: int = MAX_ITEMS) -> Any:
    """The value of a JSON text in UTF-8.

    Args:
        data: the text; the caller limits its length.
        max_depth: maximum nesting of lists and objects.
        max_items: maximum number of commas and brackets, which limits the memory of the result.

    Raises:
        ValueError: it is not JSON, or it exceeds a limit.
    """
    _check_structure(data, max_depth, max_items)
    try:
        value = json.loads(
            data.decode("utf-8-sig"),
            object_pairs_hook=_object,
            parse_int=_integer,
        )
    except RecursionError:  # with a `max_depth` beyond Python's own limit
        raise ValueError("too deeply nested") from None
    if _SURROGATE.search(data):
        json.dumps(value, ensure_ascii=False).encode()  # UnicodeEncodeError is a ValueError
    return value


def _check_structure(data: bytes, max_depth: int, max_items: int) -> None:
    structure = _NO_STRUCTURE.sub(b"", data)
    if len(structure) > max_items:
        raise ValueError("too many items")
    depth = 0
    for sign in structure:
        if sign in b"[{":
            depth += 1
            if depth > max_depth:
                raise ValueError("too deeply nested")
        elif sign in b"]}":
            depth -= 1


def _object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) != len(pairs):
        raise ValueError("duplicate key in an object")
    return found


def _integer(text: str) -> int | float:
    return int(text) if len(text) <= _LONGEST_INTEGER else math.inf
