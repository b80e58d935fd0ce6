"""RFC 3339 timestamps, strictly: the API accepts no others."""

from __future__ import annotations

import datetime as dt
import re

_RFC3339 = re.compile(r"(\d{4}-\d\d-\d\d)[Tt](\d\d:\d\d:\d\d)(\.\d{1,12})?([Zz]|[+-]\d\d:\d\d)", re.ASCII)
_MICROSECOND_DIGITS = 7


def parse_timestamp(text: str) -> dt.datetime:
    """Parse a timestamp to UTC; digits beyond microseconds are cut. Raises ValueError, also without a zone."""
    found = _RFC3339.fullmatch(text)
    if found is None:
        raise ValueError(f"not an RFC 3339 date with a zone: {text[:64]}")
    fraction = (found[3] or "")[:_MICROSECOND_DIGITS]
    zone = "+00:00" if found[4] in "Zz" else found[4]
    seconds = found[2].replace(":60", ":59") if found[2].endswith(":60") else found[2]
    moment = dt.datetime.fromisoformat(f"{found[1]}T{seconds}{fraction}{zone}")
    try:
        return moment.astimezone(dt.UTC)
    except OverflowError as error:
        raise ValueError(f"outside of the calendar: {text[:64]}") from error


def format_timestamp(moment: dt.datetime) -> str:
    """Format a time as the API does: UTC, with microseconds, ending in Z."""
    return moment.astimezone(dt.UTC).isoformat(timespec="microseconds").replace("+00:00", "Z")
