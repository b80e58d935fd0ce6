"""The forms of values in the API's answers, as annotated types: bounded, and lenient where servers are known to vary.

Times without a zone are taken as UTC, and times that no run can have are dropped. Numbers and texts are bounded:
nothing else has to expect an infinite duration or a status of a megabyte.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from typing import Annotated

import pydantic

_FIRST_YEAR, _LAST_YEAR = 2000, 2200
_MAX_ID = 2**63 - 1
_LONGEST_ID = 19
LONGEST_TEXT = 2000
LARGEST_FIGURE = 1e18


def _zoned(value: dt.datetime | None) -> dt.datetime | None:
    """Published samples sometimes lack the zone, against their own schema; some servers write year 1 for "never"."""
    if value is None or not _FIRST_YEAR <= value.year < _LAST_YEAR:
        return None
    return value.replace(tzinfo=dt.UTC) if value.tzinfo is None else value.astimezone(dt.UTC)


def _only_text(value: object) -> object:
    if isinstance(value, int | float):  # pydantic would take it for seconds since 1970
        raise ValueError("a time must be a string")  # noqa: TRY004 -- pydantic reports ValueErrors
    return value


def _cut(value: str) -> str:
    return value[:LONGEST_TEXT]


def _page_url(value: object) -> str | None:
    """A URL that people may click on; anything else counts as absent."""
    is_url = isinstance(value, str) and value.startswith(("https://", "http://"))
    return value if is_url and isinstance(value, str) and len(value) <= LONGEST_TEXT and _is_plain(value) else None


def _is_plain(url: str) -> bool:
    return url.isascii() and url.isprintable() and not any(letter in url for letter in " <>\"'`\\|")


def _digits(value: object) -> object:
    return (
        int(value)
        if isinstance(value, str) and value.isascii() and value.isdigit() and len(value) <= _LONGEST_ID
        else value
    )


def _no_flag(value: object) -> object:
    if isinstance(value, bool):
        raise ValueError("a flag is not a number")  # noqa: TRY004 -- pydantic reports ValueErrors
    return value


def absent_if_odd(absent: object) -> pydantic.WrapValidator:
    """A validator that takes a value of the wrong form for an absent one."""

    def lenient(value: object, validate: Callable[[object], object]) -> object:
        try:
            return validate(value)
        except pydantic.ValidationError:
            return absent

    return pydantic.WrapValidator(lenient)


NONE_IF_ODD = absent_if_odd(None)
NOTHING_IF_ODD = absent_if_odd(())
ZERO_IF_ODD = absent_if_odd(0.0)

Moment = Annotated[dt.datetime | None, pydantic.BeforeValidator(_only_text), pydantic.AfterValidator(_zoned)]
Text = Annotated[str, pydantic.AfterValidator(_cut)]
PageUrl = Annotated[str | None, pydantic.BeforeValidator(_page_url)]
# No floats or flags: an ID is what a request is built from, and what answers are compared with.
Id = Annotated[int, pydantic.BeforeValidator(_digits), pydantic.Strict(), pydantic.Field(gt=0, le=_MAX_ID)]
Figure = Annotated[
    float, pydantic.BeforeValidator(_no_flag), pydantic.Field(ge=0, le=LARGEST_FIGURE, allow_inf_nan=False)
]
Count = Annotated[int, pydantic.BeforeValidator(_no_flag), pydantic.Field(ge=0, le=_MAX_ID)]
