"""Values as the sources of inputs have them, and how errors show one."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final

Raw = str | bool | int | float | Sequence[str] | dict[str, Any]

LONG: Final = 30  # no slug is as long, every token is


def quoted(value: object) -> str:
    """A value for an error; a long one is only measured, because it may be a token that was pasted here by mistake."""
    text = str(value)
    return repr(value) if len(text) < LONG else f"a text of {len(text)} characters (a token?)"
