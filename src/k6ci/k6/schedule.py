"""The plan of a run, read from what k6 says of its scenarios: when it should end, how long it may take, how many VUs.

Executors and their keys: k6 lib/executor. Those that end after a number of iterations have no planned end.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from typing import Any, Final

from k6ci.settings.parse import seconds_of

# k6's own default for the graceful stop, within which a scenario may outlive its duration.
_GRACE_SECONDS: Final = 30.0


@dataclasses.dataclass(frozen=True)
class Plan:
    """What a script asks for.

    `planned_seconds` is from the first iteration to the planned end, None when no clock decides about it;
    `longest_seconds` and `max_vus` are k6's own computation of the most that it can take; `browser_vus` an upper bound.
    """

    planned_seconds: float | None = None
    longest_seconds: float | None = None
    max_vus: int | None = None
    browser_vus: int = 0


def plan_of(requirements: Mapping[str, Any]) -> Plan:
    """The plan in the answer of `k6 inspect --execution-requirements`."""
    found = requirements.get("scenarios")
    scenarios = found if isinstance(found, dict) else {}
    return Plan(
        planned_seconds(scenarios),
        _seconds(requirements.get("totalDuration")),
        requirements.get("maxVUs"),
        _browser_vus(scenarios),
    )


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


def _browser_vus(scenarios: Mapping[str, Any]) -> int:
    """The most browser VUs at one time; scenarios without a planned end are taken to last."""
    spans = [
        (_seconds(scenario.get("startTime")) or 0.0, _end_of(scenario), _most_vus(scenario))
        for scenario in scenarios.values()
        if isinstance(scenario.get("options"), dict) and scenario["options"].get("browser")
    ]
    return max(
        (
            sum(vus for start, end, vus in spans if start <= moment and (end is None or moment < end + _GRACE_SECONDS))
            for moment, _, _ in spans
        ),
        default=0,
    )


def _most_vus(scenario: Mapping[str, Any]) -> int:
    counts = [scenario.get(key) for key in ("vus", "maxVUs", "preAllocatedVUs", "startVUs")]
    if scenario.get("executor") == "ramping-vus":
        counts += [stage.get("target") for stage in scenario.get("stages") or ()]
    return max((count for count in counts if isinstance(count, int)), default=1)


def _seconds(text: object) -> float | None:
    try:
        return seconds_of(str(text)) if text else None
    except ValueError:
        return None
