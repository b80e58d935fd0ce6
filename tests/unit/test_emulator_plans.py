"""Plans, costs and timestamps of the emulated stack."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pytest

from k6ci.emulator.cost import cost_of
from k6ci.emulator.plan import OptionsError, Plan, plan_of, seconds_of
from k6ci.emulator.timestamps import format_timestamp, parse_timestamp

pytestmark = pytest.mark.unmeasured

NOW = dt.datetime(2026, 1, 31, 12, 0, tzinfo=dt.UTC)


@pytest.mark.parametrize(
    ("options", "max_vus", "seconds"),
    [
        ({}, 1, 630),
        ({"vus": 5, "duration": "10s"}, 5, 40),
        ({"vus": 5, "duration": 10_000}, 5, 40),
        ({"vus": 2, "iterations": 10, "duration": "1m"}, 2, 90),
        ({"stages": [{"duration": "30s", "target": 20}, {"duration": "1m30s", "target": 0}]}, 20, 150),
        (
            {
                "scenarios": {
                    "a": {"executor": "constant-vus", "vus": 3, "duration": "10s", "gracefulStop": "0s"},
                    "b": {
                        "executor": "constant-vus",
                        "vus": 4,
                        "duration": "10s",
                        "gracefulStop": "0s",
                        "startTime": "10s",
                    },
                }
            },
            4,
            20,
        ),
        (
            {
                "scenarios": {
                    "r": {
                        "executor": "constant-arrival-rate",
                        "rate": 9,
                        "duration": "20s",
                        "preAllocatedVUs": 5,
                        "maxVUs": 50,
                    }
                }
            },
            50,
            50,
        ),
        (
            {
                "scenarios": {
                    "r": {
                        "executor": "ramping-arrival-rate",
                        "stages": [{"duration": "5s", "target": 9}],
                        "preAllocatedVUs": 5,
                    }
                }
            },
            5,
            35,
        ),
        ({"scenarios": {"x": {"executor": "externally-controlled", "vus": 1, "maxVUs": 8, "duration": "9s"}}}, 8, 9),
    ],
)
def test_a_plan_has_the_numbers_of_k6(options: dict[str, Any], max_vus: int, seconds: int) -> None:
    """Maximum VUs and longest duration, graceful stops included."""
    plan = plan_of(options)
    assert (plan.max_vus, plan.duration_seconds) == (max_vus, seconds)


def test_browser_vus_are_counted_and_priced_apart() -> None:
    """A browser VU costs as much as ten others."""
    browser = {"executor": "constant-vus", "vus": 2, "duration": "30s", "options": {"browser": {"type": "chromium"}}}
    plan = plan_of({"scenarios": {"b": browser}})
    assert plan.max_browser_vus == 2
    cost = cost_of(plan)
    assert (cost.protocol_vuh, cost.browser_vuh) == (0, pytest.approx(2 * 10 / 60, abs=1e-4))


def test_the_real_cost_counts_whole_minutes() -> None:
    """Sixty VUs for a minute are one hour; a part of a minute is a minute."""
    assert cost_of(Plan(60, 0, 3600), 61).total_vuh == 2.0
    assert cost_of(Plan(60, 0, 3600), 0).total_vuh == 0.0
    assert cost_of(Plan(60, 0, 3600)).total_vuh == 60.0


@pytest.mark.parametrize(
    "options",
    [
        {"scenarios": {"a": {"executor": "magic"}}},
        {"scenarios": {"a": []}},
        {"vus": -1, "duration": "1s"},
        {"vus": 1, "duration": "soon"},
        {"vus": True, "duration": "1s"},
        {"stages": "many"},
        {"scenarios": {"a": {"executor": "ramping-vus", "stages": []}}},
        {"vus": 1, "duration": "9999999999h"},
    ],
)
def test_options_that_cannot_be_planned_are_rejected(options: dict[str, Any]) -> None:
    """The validation of options reports them."""
    with pytest.raises(OptionsError):
        plan_of(options)


@pytest.mark.parametrize(
    ("text", "seconds"), [("1m30s", 90), ("1.5s", 1.5), ("500ms", 0.5), ("1500", 1.5), ("2h", 7200), (250, 0.25)]
)
def test_durations_are_k6s(text: str | int, seconds: float) -> None:
    """Text with units, or milliseconds."""
    assert seconds_of(text) == seconds


@pytest.mark.parametrize("text", ["2026-01-01T00:00:00", "2026-01-01", "yesterday", "2026-13-01T00:00:00Z", ""])
def test_invalid_timestamps_are_rejected(text: str) -> None:
    """RFC 3339 with a zone, and nothing else."""
    with pytest.raises(ValueError, match=r"RFC 3339|month"):
        parse_timestamp(text)


def test_timestamps_survive_parsing_and_formatting() -> None:
    """Nanoseconds are cut, offsets converted, a leap second is the second before."""
    assert format_timestamp(parse_timestamp("2026-01-01T02:00:00.123456789+02:00")) == "2026-01-01T00:00:00.123456Z"
    assert format_timestamp(parse_timestamp("2016-12-31T23:59:60z")) == "2016-12-31T23:59:59.000000Z"
    with pytest.raises(ValueError, match="calendar"):
        parse_timestamp("0001-01-01T00:00:00+14:00")
