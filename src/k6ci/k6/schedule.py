"""The plan of a run, read from the output of `k6 inspect`: its planned end, maximum duration and VUs.

Executors and their keys: k6 lib/executor. Those that end after a number of iterations have no planned end.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping, Sequence
from typing import Any, Final

from k6ci.settings.parse import seconds_of

# k6's default gracefulStop: iterations may end this much later than the duration of their scenario.
_GRACE_SECONDS: Final = 30.0
# k6's default maxDuration of scenarios that end after a number of iterations.
_MAX_DURATION: Final = "10m"


@dataclasses.dataclass(frozen=True)
class Plan:
    """The load that a script's options describe.

    Attributes:
        planned_seconds: from the first iteration to the planned end; None if the number of iterations decides.
        longest_seconds: the maximum duration as k6 computes it, with the graceful stop.
        max_vus: the maximum number of VUs as k6 computes it.
        browser_vus: an upper bound of the VUs that use a browser.
        load_seconds: how long iterations may start, without the graceful stop; subscription limits count this.
    """

    planned_seconds: float | None = None
    longest_seconds: float | None = None
    max_vus: int | None = None
    browser_vus: int = 0
    load_seconds: float | None = None


def plan_of(requirements: Mapping[str, Any]) -> Plan:
    """The plan in the output of `k6 inspect --execution-requirements`; unknown or malformed parts are omitted."""
    found = requirements.get("scenarios")
    scenarios = [one for one in found.values() if isinstance(one, dict)] if isinstance(found, dict) else []
    ends = [_end_of(scenario) for scenario in scenarios]
    known = [end for end in ends if end is not None]
    longest = _seconds(requirements.get("totalDuration"))
    limits = [_latest_of(scenario) if end is None else end for scenario, end in zip(scenarios, ends, strict=True)]
    return Plan(
        max(known) if known and len(known) == len(ends) else None,
        longest,
        _count(requirements.get("maxVUs")),
        _browser_vus(scenarios),
        max((limit for limit in limits if limit is not None), default=longest) if None not in limits else longest,
    )


def _end_of(scenario: Mapping[str, Any]) -> float | None:
    """Seconds to the planned end of a scenario; None if the number of iterations decides."""
    start = _seconds(scenario.get("startTime") or "0s")
    if start is None:
        return None
    if stages := scenario.get("stages"):
        lengths = [_seconds(stage.get("duration")) for stage in _stages(stages)]
        known = [length for length in lengths if length is not None]
        return start + sum(known) if len(known) == len(lengths) else None
    length = _seconds(scenario.get("duration"))
    return None if length is None else start + length


def _latest_of(scenario: Mapping[str, Any]) -> float | None:
    """Seconds until k6 interrupts a scenario that ends after a number of iterations."""
    start, limit = _seconds(scenario.get("startTime") or "0s"), _seconds(scenario.get("maxDuration") or _MAX_DURATION)
    return None if start is None or limit is None else start + limit


def _browser_vus(scenarios: Sequence[Mapping[str, Any]]) -> int:
    """The maximum number of concurrent browser VUs; scenarios without a planned end count until the end of the test."""
    spans = [
        (_seconds(scenario.get("startTime")) or 0.0, _end_of(scenario), _max_vus(scenario))
        for scenario in scenarios
        if isinstance(scenario.get("options"), dict) and scenario["options"].get("browser")
    ]
    return max(
        (
            sum(vus for start, end, vus in spans if start <= moment and (end is None or moment < end + _GRACE_SECONDS))
            for moment, _, _ in spans
        ),
        default=0,
    )


def _max_vus(scenario: Mapping[str, Any]) -> int:
    counts = [_count(scenario.get(key)) for key in ("vus", "maxVUs", "preAllocatedVUs", "startVUs")]
    if scenario.get("executor") == "ramping-vus":
        counts += [_count(stage.get("target")) for stage in _stages(scenario.get("stages"))]
    return max((count for count in counts if count is not None), default=1)


def _stages(found: object) -> list[Mapping[str, Any]]:
    return [stage for stage in found if isinstance(stage, dict)] if isinstance(found, list) else []


def _count(found: object) -> int | None:
    return found if isinstance(found, int) and not isinstance(found, bool) and found >= 0 else None


def _seconds(text: object) -> float | None:
    try:
        return seconds_of(str(text)) if text else None
    except ValueError:
        return None
