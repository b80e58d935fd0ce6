"""Cron expressions of five entries (minute hour day month weekday), their aliases, and the next moment they mean."""

from __future__ import annotations

import datetime as dt
import re
import zoneinfo
from dataclasses import dataclass

ALIASES = {
    "@yearly": "0 0 1 1 *",
    "@annually": "0 0 1 1 *",
    "@monthly": "0 0 1 * *",
    "@weekly": "0 0 * * 0",
    "@daily": "0 0 * * *",
    "@hourly": "0 * * * *",
}
_RANGES = ((0, 59), (0, 23), (1, 31), (1, 12), (0, 7))
_MONTHS = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
_DAYS = ("sun", "mon", "tue", "wed", "thu", "fri", "sat")
_ENTRY = re.compile(r"(\*|\w+)(?:-(\w+))?(?:/(\d{1,4}))?", re.ASCII)
_MONTH_ENTRY = 3
_DAYS_LOOKED_AT = 366 * 8


@dataclass(frozen=True)
class _Fields:
    minutes: frozenset[int]
    hours: frozenset[int]
    days: frozenset[int]
    months: frozenset[int]
    weekdays: frozenset[int]
    is_either_day: bool

    def has_day(self, day: dt.date) -> bool:
        """Cron's rule: when both the day and the weekday are restricted, either is enough."""
        by_day, by_weekday = day.day in self.days, day.isoweekday() % 7 in self.weekdays
        return day.month in self.months and (by_day or by_weekday if self.is_either_day else by_day and by_weekday)


def check_cron(schedule: str, time_zone: str) -> None:
    """Raise ValueError with the reason when the expression or the zone is not one."""
    _fields(schedule)
    _zone(time_zone)


def next_cron(schedule: str, time_zone: str, after: dt.datetime) -> dt.datetime | None:
    """The first moment after that one (UTC), or None when there is none within eight years."""
    fields, zone = _fields(schedule), _zone(time_zone)
    try:
        return _next_moment(fields, zone, after)
    except OverflowError:  # the end of the calendar
        return None


def _next_moment(fields: _Fields, zone: dt.tzinfo, after: dt.datetime) -> dt.datetime | None:
    local = after.astimezone(zone)
    for number in range(_DAYS_LOOKED_AT):
        day = local.date() + dt.timedelta(days=number)
        if not fields.has_day(day):
            continue
        for hour in sorted(fields.hours):
            for minute in sorted(fields.minutes):
                moment = dt.datetime(day.year, day.month, day.day, hour, minute, tzinfo=zone)
                if moment > after:
                    return moment.astimezone(dt.UTC)
    return None


def _zone(name: str) -> dt.tzinfo:
    if name == "UTC":
        return dt.UTC
    try:
        return zoneinfo.ZoneInfo(name)
    except (zoneinfo.ZoneInfoNotFoundError, ValueError, OSError) as error:
        raise ValueError(f"unknown time zone: {name}") from error


def _fields(schedule: str) -> _Fields:
    entries = ALIASES.get(schedule, schedule).split()
    if len(entries) != len(_RANGES):
        raise ValueError("a cron expression has five entries")
    minutes, hours, days, months, weekdays = (
        frozenset(_numbers(entry, *_RANGES[index], _names(index))) for index, entry in enumerate(entries)
    )
    is_either = not entries[2].startswith("*") and not entries[4].startswith("*")
    return _Fields(minutes, hours, days, months, frozenset(day % 7 for day in weekdays), is_either)


def _names(index: int) -> dict[str, int]:
    if index == _MONTH_ENTRY:
        return {name: number for number, name in enumerate(_MONTHS, start=1)}
    return {name: number for number, name in enumerate(_DAYS)} if index == len(_RANGES) - 1 else {}


def _numbers(entry: str, low: int, high: int, names: dict[str, int]) -> set[int]:
    numbers: set[int] = set()
    for part in entry.split(","):
        found = _ENTRY.fullmatch(part)
        if found is None:
            raise ValueError(f"not a cron entry: {part}")
        start = low if found[1] == "*" else _number(found[1], names)
        end = _number(found[2], names) if found[2] else high if found[1] == "*" or found[3] else start
        step = int(found[3] or 1)
        if not (low <= start <= end <= high and step):
            raise ValueError(f"outside of {low} to {high}: {part}")
        numbers.update(range(start, end + 1, step))
    return numbers


def _number(text: str, names: dict[str, int]) -> int:
    number = names.get(text.lower())
    if number is None:
        if not text.isdigit():
            raise ValueError(f"not a number: {text}")
        number = int(text)
    return number
