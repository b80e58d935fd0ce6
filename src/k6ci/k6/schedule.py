"""When a run is expected to end, read from its scenarios: the plan, without the grace that stragglers may get.

Executors and their keys: k6 lib/executor. Those that end after a number of iterations have no planned end.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from k6ci.settings.parse import seconds_of


def planned_seconds(scenarios: Mapping[str, Any]) -> float | None:
    """Seconds from the first iteration to the planned end; None when no clock decides about it."""
    ends = [_end_of(scenario) for scenario in scenarios.values()]
    known = [end for end in ends if end is not None]
    return max(known) if known and len(known) == len(ends) else None


def _end_of(scenario: Mapping[str, Any]) -> float | None:
    try:
        start = seconds_of(str(scenario.get("startTime") or "0s"))
        if stages := scenario.get("stages"):
            return start + sum(seconds_of(str(stage["duration"])) for stage in stages)
        if duration := scenario.get("duration"):
            return start + seconds_of(str(duration))
    except (ValueError, KeyError, TypeError):
        return None
    return None
