"""When the schedules of the emulated stack run next."""

from __future__ import annotations

import datetime as dt
import itertools
from collections.abc import Iterator

import pytest

from k6ci.emulator.schedules import Cron, Recurrence, Schedule

pytestmark = pytest.mark.unmeasured

NOW = dt.datetime(2026, 1, 31, 12, 0, tzinfo=dt.UTC)


@pytest.mark.parametrize(
    ("schedule", "zone", "expected"),
    [
        ("@daily", "UTC", "2026-02-01T00:00"),
        ("*/15 * * * *", "UTC", "2026-01-31T12:15"),
        ("0 7 * * 1", "UTC", "2026-02-02T07:00"),
        ("0 7 * * mon-fri", "UTC", "2026-02-02T07:00"),
        ("30 9 29 2 *", "UTC", "2028-02-29T09:30"),
        ("0 0 13 * fri", "UTC", "2026-02-06T00:00"),
        ("0 7 * * *", "Europe/Berlin", "2026-02-01T06:00"),
    ],
)
def test_cron_finds_the_next_moment(schedule: str, zone: str, expected: str) -> None:
    """Five entries, aliases, names, a day of the month or of the week, time zones."""
    moment = Cron(schedule, zone).next_after(NOW)
    assert moment is not None
    assert moment.strftime("%Y-%m-%dT%H:%M") == expected
    assert moment.utcoffset() == dt.timedelta(0)


@pytest.mark.parametrize(
    ("schedule", "zone"),
    [
        ("* * * *", "UTC"),
        ("0 * * * * *", "UTC"),
        ("@reboot", "UTC"),
        ("61 * * * *", "UTC"),
        ("0 0 30 2 *", "UTC"),
        ("* * * * *", "Mars/Base"),
        ("* * * * *", "../UTC"),
        ("* * * * *", ""),
    ],
)
def test_an_invalid_cron_expression_is_rejected(schedule: str, zone: str) -> None:
    """The error has the reason; an expression that never matches, such as 30 February, is invalid, too."""
    with pytest.raises(ValueError, match=r"five entries|Bad|time zone"):
        Cron(schedule, zone)


def test_no_cron_expression_matches_beyond_the_calendar() -> None:
    assert Cron("@yearly", "America/New_York").next_after(dt.datetime(9999, 12, 31, tzinfo=dt.UTC)) is None


def occurrences(rule: Recurrence, starts: dt.datetime) -> Iterator[dt.datetime]:
    moment = rule.next_after(starts - dt.timedelta(microseconds=1), starts)
    while moment is not None:
        yield moment
        moment = rule.next_after(moment, starts)


@pytest.mark.parametrize(
    ("starts", "rule", "expected"),
    [
        (NOW, Recurrence("MONTHLY"), ["01-31", "02-28", "03-31", "04-30"]),
        (NOW.replace(day=30), Recurrence("MONTHLY"), ["01-30", "02-28", "03-30", "04-30"]),
        (NOW.replace(year=2024, month=2, day=29), Recurrence("YEARLY"), ["02-29", "02-28", "02-28", "02-28"]),
    ],
)
def test_a_day_that_a_month_does_not_have_becomes_its_last(
    starts: dt.datetime, rule: Recurrence, expected: list[str]
) -> None:
    """As the OpenAPI document says of days 29 to 31."""
    assert [f"{moment:%m-%d}" for moment in itertools.islice(occurrences(rule, starts), 4)] == expected


def test_a_weekly_schedule_runs_on_its_weekdays() -> None:
    """Monday and Friday, never before the start, as many times as `count`."""
    rule = Recurrence("WEEKLY", byday=("FR", "MO", "FR"), count=3)
    assert [f"{moment:%a %d}" for moment in occurrences(rule, NOW)] == ["Mon 02", "Fri 06", "Mon 09"]


@pytest.mark.parametrize(
    ("rule", "expected"),
    [
        (None, None),
        (Recurrence("HOURLY", interval=2), NOW + dt.timedelta(hours=1)),
        (Recurrence("DAILY", until=NOW - dt.timedelta(hours=2)), None),
        (Recurrence("YEARLY", count=1), None),
        (Recurrence("DAILY", count=9), NOW + dt.timedelta(hours=23)),
        (Recurrence("WEEKLY", interval=2**63 - 1), None),
        (Recurrence("WEEKLY", byday=()), NOW + dt.timedelta(days=7, hours=-1)),
    ],
)
def test_the_next_run_of_a_schedule_that_began_an_hour_ago(
    rule: Recurrence | None, expected: dt.datetime | None
) -> None:
    """A schedule without a rule has expired; a rule goes on until it ends."""
    assert scheduled(NOW - dt.timedelta(hours=1), rule).next_run(NOW) == expected


def test_a_schedule_of_the_future_runs_first_at_its_start() -> None:
    """With a rule as without one; a cron expression has its own times."""
    starts = NOW + dt.timedelta(days=3, microseconds=21)
    for rule in (None, Recurrence("HOURLY", interval=2**63 - 1), Recurrence("MONTHLY")):
        assert scheduled(starts, rule).next_run(NOW) == starts
    assert scheduled(starts, None, Cron("@monthly", "UTC")).next_run(NOW) == dt.datetime(2026, 3, 1, tzinfo=dt.UTC)


@pytest.mark.parametrize("frequency", ["HOURLY", "DAILY", "WEEKLY", "MONTHLY", "YEARLY"])
def test_a_schedule_ends_with_the_calendar(frequency: str) -> None:
    last = dt.datetime(9999, 12, 31, 23, 59, 59, 999_999, tzinfo=dt.UTC)
    assert scheduled(last, Recurrence(frequency)).next_run(NOW) == last
    assert scheduled(last, Recurrence(frequency)).next_run(last) is None


def scheduled(starts: dt.datetime, recurrence: Recurrence | None, cron: Cron | None = None) -> Schedule:
    return Schedule(1, 1, starts, recurrence, cron, is_deactivated=False, created_by=None)
