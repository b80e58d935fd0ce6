"""Schedules of load tests and their next run. They are stored and shown; they start nothing."""

from __future__ import annotations

import datetime as dt
import zoneinfo
from dataclasses import dataclass
from typing import Literal, get_args

from cronsim import CronSim, CronSimError
from dateutil.relativedelta import relativedelta
from dateutil.rrule import DAILY, HOURLY, MONTHLY, WEEKLY, YEARLY, rrule

Frequency = Literal["HOURLY", "DAILY", "WEEKLY", "MONTHLY", "YEARLY"]
Weekday = Literal["MO", "TU", "WE", "TH", "FR", "SA", "SU"]
WEEKDAYS: tuple[Weekday, ...] = get_args(Weekday)
_ALIASES = {
    "@yearly": "0 0 1 1 *",
    "@annually": "0 0 1 1 *",
    "@monthly": "0 0 1 * *",
    "@weekly": "0 0 * * 0",
    "@daily": "0 0 * * *",
    "@hourly": "0 * * * *",
}
_CRON_ENTRIES = 5
_LAST_DAY_OF_EVERY_MONTH = 28
_HOUR_SECONDS = 3_600
_DAY_SECONDS = 86_400


@dataclass(frozen=True)
class _Unit:
    """A frequency in the terms of dateutil, its step, and how many seconds that step takes at most."""

    rrule_frequency: Literal[0, 1, 2, 3, 4]
    step: relativedelta
    longest_seconds: int


_UNITS: dict[Frequency, _Unit] = {
    "HOURLY": _Unit(HOURLY, relativedelta(hours=1), _HOUR_SECONDS),
    "DAILY": _Unit(DAILY, relativedelta(days=1), _DAY_SECONDS),
    "WEEKLY": _Unit(WEEKLY, relativedelta(weeks=1), 7 * _DAY_SECONDS),
    "MONTHLY": _Unit(MONTHLY, relativedelta(months=1), 31 * _DAY_SECONDS),
    "YEARLY": _Unit(YEARLY, relativedelta(years=1), 366 * _DAY_SECONDS),
}


@dataclass(frozen=True)
class Recurrence:
    """A recurrence rule; `byday` is for WEEKLY only, None and empty mean the weekday of the start."""

    frequency: Frequency
    interval: int = 1
    byday: tuple[Weekday, ...] | None = None
    until: dt.datetime | None = None
    count: int | None = None

    def next_after(self, now: dt.datetime, starts: dt.datetime) -> dt.datetime | None:
        """Return the first occurrence after `now`; None when there is none.

        A month without the day of the start has its occurrence on its last day.
        """
        unit = _UNITS[self.frequency]
        # Iterating over each hour of ten years would take a quarter of a second, so periods that are over are skipped.
        skipped = max(0, int((now - starts).total_seconds()) // (unit.longest_seconds * self.interval))
        remaining = None if self.count is None else self.count - skipped * len(set(self.byday or WEEKDAYS[:1]))
        if remaining is not None and remaining < 1:
            return None
        fraction = dt.timedelta(microseconds=starts.microsecond)  # rrule iterates over whole seconds
        is_calendar = self.frequency in {"MONTHLY", "YEARLY"}
        rule = rrule(
            unit.rrule_frequency,
            dtstart=starts - fraction + unit.step * (skipped * self.interval),
            interval=self.interval,
            count=remaining,
            byweekday=[WEEKDAYS.index(day) for day in self.byday] if self.byday else None,
            bymonth=starts.month if self.frequency == "YEARLY" else None,
            # Of these days, bysetpos selects the last one that the month has.
            bymonthday=range(min(starts.day, _LAST_DAY_OF_EVERY_MONTH), starts.day + 1) if is_calendar else None,
            bysetpos=-1 if is_calendar else None,
        )
        found = rule.after(now - fraction)
        moment = found and found + fraction
        return None if moment and self.until and moment > self.until else moment


@dataclass(frozen=True)
class Cron:
    """A cron expression with five entries, or one of the aliases, in a time zone. Raises ValueError if invalid."""

    schedule: str
    time_zone: str

    def __post_init__(self) -> None:
        entries = self._entries
        if len(entries.split()) != _CRON_ENTRIES:
            raise ValueError("a cron expression has five entries, or is an alias such as @daily")
        try:
            CronSim(entries, dt.datetime(2000, 1, 1, tzinfo=self._zone))
        except CronSimError as error:
            raise ValueError(f"invalid cron expression: {error}") from error

    def next_after(self, now: dt.datetime) -> dt.datetime | None:
        """Return the first moment after `now`; None when there is none before the end of the calendar."""
        try:
            moment = next(CronSim(self._entries, now.astimezone(self._zone)), None)
            return moment and moment.astimezone(dt.UTC)
        except OverflowError:
            return None

    @property
    def _entries(self) -> str:
        return _ALIASES.get(self.schedule, self.schedule)

    @property
    def _zone(self) -> dt.tzinfo:
        if self.time_zone == "UTC":
            return dt.UTC
        try:
            return zoneinfo.ZoneInfo(self.time_zone)
        except (zoneinfo.ZoneInfoNotFoundError, ValueError, OSError) as error:
            raise ValueError(f"unknown time zone: {self.time_zone}") from error


@dataclass(frozen=True)
class Schedule:
    """The schedule of one load test; with neither recurrence nor cron the test runs once."""

    id: int
    load_test_id: int
    starts: dt.datetime
    recurrence: Recurrence | None
    cron: Cron | None
    is_deactivated: bool
    created_by: str | None

    def next_run(self, now: dt.datetime) -> dt.datetime | None:
        """Return the time of the next run; None when the schedule has expired."""
        if self.cron is not None:
            return self.cron.next_after(max(now, self.starts))
        if self.recurrence is not None:
            return self.recurrence.next_after(now, self.starts)
        return self.starts if self.starts > now else None
