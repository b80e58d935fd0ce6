"""JSON that came from outside: bounded in depth, and with nothing in it that JSON cannot say again."""

from __future__ import annotations

import json
import math
from typing import Any

from pydantic_core import from_json
from starlette.responses import JSONResponse


def parse_json(data: bytes) -> Any:
    """The value; raises ValueError for what is no JSON, nested deeper than 200 levels, or holds a number like 1e999.

    `json.loads` takes NaN, infinities and lone surrogates, which no answer can repeat, and its RecursionError comes
    from whatever happens to be on the stack.
    """
    value = from_json(data, allow_inf_nan=False, cache_strings="none")
    _refuse_infinite(value)
    return value


def _refuse_infinite(value: Any) -> None:
    waiting = [value]
    while waiting:
        part = waiting.pop()
        if isinstance(part, dict):
            waiting.extend(part.values())
        elif isinstance(part, list):
            waiting.extend(part)
        elif isinstance(part, float) and not math.isfinite(part):
            raise ValueError("a number is out of range")


class JSONAnswer(JSONResponse):
    """A JSON answer; numbers that JSON does not know become the words of Prometheus, `NaN` and `+Inf`."""

    def render(self, content: Any) -> bytes:
        """The document as bytes."""
        try:
            return super().render(content)
        except ValueError:
            return json.dumps(_sayable(content), allow_nan=False, separators=(",", ":")).encode()


def _sayable(value: Any) -> Any:
    if isinstance(value, dict):
        return {name: _sayable(part) for name, part in value.items()}
    if isinstance(value, list | tuple):
        return [_sayable(part) for part in value]
    if isinstance(value, float) and not math.isfinite(value):
        return "NaN" if math.isnan(value) else ("+Inf" if value > 0 else "-Inf")
    return value
