"""JSON of requests and archives, parsed within limits, and JSON responses that can always be serialised."""

from __future__ import annotations

import json
import math
from typing import Any

from pydantic_core import from_json
from starlette.responses import JSONResponse


def parse_json(data: bytes) -> Any:
    """Parse a document; raises ValueError if it is invalid, nested deeper than 200 levels, or has a number like 1e999.

    `json.loads` accepts NaN, infinities and lone surrogates, which cannot be serialised again, and the depth at which
    it raises RecursionError depends on the caller's stack.
    """
    value = from_json(data, allow_inf_nan=False, cache_strings="none")
    _reject_infinite(value)
    return value


def _reject_infinite(value: Any) -> None:
    waiting = [value]
    while waiting:
        part = waiting.pop()
        if isinstance(part, dict):
            waiting.extend(part.values())
        elif isinstance(part, list):
            waiting.extend(part)
        elif isinstance(part, float) and not math.isfinite(part):
            raise ValueError("a number is out of range")


class FiniteJSONResponse(JSONResponse):
    """A JSON response; non-finite numbers, which JSON does not have, become text as in Prometheus: `NaN`, `+Inf`."""

    def render(self, content: Any) -> bytes:
        """Return the document as bytes."""
        try:
            return super().render(content)
        except ValueError:
            return json.dumps(_representable(content), allow_nan=False, separators=(",", ":")).encode()


def _representable(value: Any) -> Any:
    if isinstance(value, dict):
        return {name: _representable(part) for name, part in value.items()}
    if isinstance(value, list | tuple):
        return [_representable(part) for part in value]
    if isinstance(value, float) and not math.isfinite(value):
        return "NaN" if math.isnan(value) else ("+Inf" if value > 0 else "-Inf")
    return value
