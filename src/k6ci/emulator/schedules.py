"""Schedules of load tests, and when they are due next. They are kept and told, never acted on."""

from __future__ import annotations

import calendar
import datetime as dt
import enum
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from k6ci.emulator.cron import next_cron

if TYPE_CHECKING:
    from collections.abc import Iterator

_OCCURRENCES_LOOKED_AT = 20_000
WEEKDAYS = ("MO", "TU", "WE", "TH", "FR", "SA", "SU")


@enum.unique
class Frequency(enum.Enum):
    """The units of recurrence."""

    HOURLY = "HOURLY"
    DAILY = "DAILY"
    WEEKLY = "WEEKLY"
    MONTHLY = "MONTHLY"
    YEARLY = "YEARLY"


@dataclass(frozen=True)
class Recurrence:
    """A recurrence rule; `byday` holds weekdays of WEEKDAYS and belongs to weekly rules only."""

    frequency: Frequency
    interval: int = 1
    byday: tuple[str, ...] | None = None
    until: dt.datetime | None = None
    count: int | None = None


@dataclass(frozen=True)
class Cron:
    """A cron expression with five entries or an alias, in a time zone."""

    schedule: str
    time_zone: str


@dataclass(frozen=True)
class Schedule:
    """The schedule of one load test; without rule and cron it is due once."""

    id: int
    load_test_id: int
    starts: dt.datetime
    recurrence: Recurrence | None
    cron: Cron | None
    is_deactivated: bool
    created_by: str | None

    def next_run(self, now: dt.datetime) -> dt.datetime | None:
        """When it is due next, or None when it has expired."""
        if self.cron is not None:
            return next_cron(self.cron.schedule, self.cron.time_zone, max(now, self.starts))
        if self.recurrence is None:
            return self.starts if self.starts > now else None
        for number, moment in enumerate(occurrences(self.starts, self.recurrence)):
            if moment > now:
                return moment
            if number > _OCCURRENCES_LOOKED_AT:
                break
        return None


def occurrences(starts: dt.datetime, rule: Recurrence) -> Iterator[dt.datetime]:
    """All moments of the rule, in order; ends with its count, its `until`, or the calendar."""
    try:
        for number, moment in enumerate(_endless(starts, rule)):
            if rule.count is not None and number >= rule.count:
                return
            if rule.until is not None and moment > rule.until:
                return
            yield moment
    except (OverflowError, ValueError):
        return


def _endless(starts: dt.datetime, rule: Recurrence) -> Iterator[dt.datetime]:
    step = 0
    while True:
        if rule.frequency is Frequency.HOURLY:
            yield starts + dt.timedelta(hours=step * rule.interval)
        elif rule.frequency is Frequency.DAILY:
            yield starts + dt.timedelta(days=step * rule.interval)
        elif rule.frequency is Frequency.WEEKLY:
            yield from _days_of_week(starts, starts + dt.timedelta(weeks=step * rule.interval), rule.byday)
        elif rule.frequency is Frequency.MONTHLY:
            yield _months_later(starts, step * rule.interval)
        else:
            yield _months_later(starts, 12 * step * rule.interval)
        step += 1


def _days_of_week(starts: dt.datetime, week: dt.datetime, byday: tuple[str, ...] | None) -> Iterator[dt.datetime]:
    if not byday:
        yield week
        return
    monday = week - dt.timedelta(days=week.weekday())
    for number, name in enumerate(WEEKDAYS):
        moment = monday + dt.timedelta(days=number)
        if name in byday and moment >= starts:
            yield moment


def _months_later(moment: dt.datetime, months: int) -> dt.datetime:
    """The same day so many months later, or the last of that month when it has no such day."""
    year, month = divmod(moment.year * 12 + moment.month - 1 + months, 12)
    return moment.replace(year=year, month=month + 1, day=min(moment.day, calendar.monthrange(year, month + 1)[1]))


def toggled(schedule: Schedule, *, is_deactivated: bool) -> Schedule:
    """The schedule, switched on or off."""
    return replace(schedule, is_deactivated=is_deactivated)
