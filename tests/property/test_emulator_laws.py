"""Properties of the emulator's parsers for all inputs: they accept or raise their own error."""

from __future__ import annotations

import datetime as dt
import itertools
import json

import pytest
from dateutil.relativedelta import relativedelta
from hypothesis import given
from hypothesis import strategies as st

from k6ci.emulator.metrics.cells import Kind, TrendCell
from k6ci.emulator.metrics.expression import QueryError, parse_arguments, parse_query, parse_selector
from k6ci.emulator.metrics.histogram import bucket_of, upper_bound
from k6ci.emulator.metrics.samples import SampleReader
from k6ci.emulator.metrics.store import MetricStore
from k6ci.emulator.plan import OptionsError, plan_of
from k6ci.emulator.schedules import WEEKDAYS, Recurrence
from k6ci.emulator.timestamps import format_timestamp, parse_timestamp

pytestmark = pytest.mark.unmeasured

numbers = st.floats(allow_nan=False, allow_infinity=False, width=32)
times = st.timedeltas(dt.timedelta(0), dt.timedelta(days=4_700)).map(dt.datetime(2015, 1, 1, tzinfo=dt.UTC).__add__)
tags = st.dictionaries(st.text(max_size=5), st.text(max_size=8), max_size=3)
json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | numbers | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
    max_leaves=8,
)


@given(number=numbers)
def test_every_value_is_within_the_error_of_its_bucket(number: float) -> None:
    """One 128th, or the resolution of a thousandth."""
    assert abs(upper_bound(bucket_of(number)) - number) <= max(0.0011, abs(number) / 127)


@given(one=numbers, other=numbers)
def test_buckets_are_ordered_like_values(one: float, other: float) -> None:
    """A smaller value is never in a later bucket."""
    if one <= other:
        assert bucket_of(one) <= bucket_of(other)


@given(values=st.lists(st.floats(0, 1e6), min_size=1, max_size=60), share=st.floats(0, 1))
def test_a_quantile_is_monotonic_between_minimum_and_maximum(values: list[float], share: float) -> None:
    """For any samples."""
    cell = TrendCell()
    for value in values:
        cell.add(value, 0)
    assert min(values) <= cell.quantile(share) <= max(values)
    assert cell.quantile(share / 2) <= cell.quantile(share)


@given(samples=st.lists(st.tuples(numbers, tags), max_size=20), cuts=st.lists(st.integers(0, 4000), max_size=8))
def test_the_reader_takes_any_split(samples: list[tuple[float, dict[str, str]]], cuts: list[int]) -> None:
    """A pipe gives chunks of any size; the store is the same, and holds all samples."""
    lines = [{"type": "Metric", "data": {"name": "t", "type": "trend"}, "metric": "t"}]
    moment = "2026-01-01T00:00:00.5Z"
    lines += [
        {"metric": "t", "type": "Point", "data": {"time": moment, "value": value, "tags": labels}}
        for value, labels in samples
    ]
    data = "".join(json.dumps(line, separators=(",", ":")) + "\n" for line in lines).encode()
    places = [0, *sorted(min(cut, len(data)) for cut in cuts), len(data)]
    store = MetricStore()
    reader = SampleReader(store)
    for start, end in itertools.pairwise(places):
        reader.feed(data[start:end])
    metric = store.metrics["t"]
    assert metric.kind is Kind.TREND
    assert sum(series.total.count for series in metric.series.values()) == len(samples)
    assert metric.series.keys() == {tuple(sorted(labels.items())) for _, labels in samples}


@given(
    text=st.text(max_size=60) | st.from_regex(r"[a-z_]{1,9}(\([0-9.]{0,4}\))?( by \([a-z, ]{0,9}\))?", fullmatch=True)
)
def test_queries_are_parsed_or_rejected(text: str) -> None:
    """The parsers raise QueryError only."""
    for parse in (parse_query, parse_selector, parse_arguments):
        try:
            parse(text)
        except QueryError:
            continue


@given(query=st.text(max_size=30), metric=st.text(max_size=30))
def test_arguments_survive_quoting(query: str, metric: str) -> None:
    """A doubled quote is a quote, commas and parentheses in quotes are text."""
    quoted = [text.replace("'", "''") for text in (query, metric)]
    assert parse_arguments(f"query='{quoted[0]}',metric='{quoted[1]}'") == {"query": query, "metric": metric}


@given(moment=st.datetimes(dt.datetime(1971, 1, 1), dt.datetime(9000, 1, 1), timezones=st.timezones()))  # noqa: DTZ001
def test_any_timestamp_survives_parsing_and_formatting(moment: dt.datetime) -> None:
    """To the microsecond, in any zone."""
    assert parse_timestamp(format_timestamp(moment)) == moment.astimezone(dt.UTC)


@given(text=st.text(max_size=40))
def test_timestamps_are_parsed_or_rejected(text: str) -> None:
    """ValueError only."""
    try:
        assert parse_timestamp(text).tzinfo is not None
    except ValueError:
        return


@given(options=st.dictionaries(st.sampled_from(["vus", "duration", "stages", "iterations", "scenarios"]), json_values))
def test_options_are_planned_or_rejected(options: dict[str, object]) -> None:
    """Any JSON in the place of k6's options."""
    try:
        plan = plan_of(options)
    except OptionsError:
        return
    assert plan.max_vus >= plan.max_browser_vus >= 0
    assert plan.duration_seconds >= 0


@given(
    frequency=st.sampled_from(["hours", "days", "weeks", "months", "years"]),
    interval=st.integers(1, 40),
    count=st.none() | st.integers(1, 60),
    until=st.none() | st.integers(-500, 500),
    starts=times,
    periods=st.floats(-2, 70),
)
def test_the_next_run_is_the_first_occurrence_after_now(frequency, interval, count, until, starts, periods) -> None:
    """The occurrences are one interval apart; a shorter month has its occurrence on its last day."""
    days = {"hours": 1 / 24, "days": 1, "weeks": 7, "months": 30, "years": 365}[frequency] * interval
    now = starts + dt.timedelta(days=days * periods)
    end = None if until is None else now + dt.timedelta(days=days * until / 100)
    names = {"hours": "HOURLY", "days": "DAILY", "weeks": "WEEKLY", "months": "MONTHLY", "years": "YEARLY"}
    rule = Recurrence(names[frequency], interval, until=end, count=count)
    moments = (starts + relativedelta(**{frequency: interval * number}) for number in range(count or 80))
    expected = next((moment for moment in moments if moment > now), None)
    assert rule.next_after(now, starts) == (None if end and expected and expected > end else expected)


@given(
    weekdays=st.sets(st.sampled_from(WEEKDAYS), min_size=1),
    interval=st.integers(1, 9),
    count=st.none() | st.integers(1, 60),
    starts=times,
    days=st.integers(-9, 400),
)
def test_a_weekly_schedule_counts_each_of_its_weekdays(weekdays, interval, count, starts, days) -> None:
    """From the week of the start, which begins on Monday, each `interval` weeks."""
    now = starts + dt.timedelta(days=days)
    monday = starts - dt.timedelta(days=starts.weekday())
    moments = [
        moment
        for week in range(70)
        for number, name in enumerate(WEEKDAYS)
        if name in weekdays and (moment := monday + dt.timedelta(weeks=week * interval, days=number)) >= starts
    ]
    expected = next((moment for moment in moments[:count] if moment > now), None)
    assert Recurrence("WEEKLY", interval, tuple(weekdays), count=count).next_after(now, starts) == expected
