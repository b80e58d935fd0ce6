"""The plan of a script's options: maximum VUs and longest duration, as in k6's execution requirements.

Source of the defaults: the executors' documentation of k6 (gracefulStop and gracefulRampDown 30s, maxDuration 10m).
"""

from __future__ import annotations

import itertools
import math
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

_UNIT_SECONDS = {"h": 3600.0, "m": 60.0, "s": 1.0, "ms": 1e-3, "us": 1e-6, "µs": 1e-6, "ns": 1e-9, "d": 86_400.0}
_PART = re.compile(r"(\d+(?:\.\d+)?)(ms|us|µs|ns|[dhms])")
_GRACEFUL_SECONDS = 30.0
_MAX_DURATION_SECONDS = 600.0
_VUS_LIMIT = 10_000_000
_LONGEST_SECONDS = 365 * 86_400.0


class OptionsError(ValueError):
    """The options are invalid; the message names the option and the reason."""


@dataclass(frozen=True)
class Plan:
    """Maximum VUs; the longest duration with graceful stops (`duration_seconds`) and without (`load_seconds`)."""

    max_vus: int
    max_browser_vus: int
    duration_seconds: int
    load_seconds: int = 0


@dataclass(frozen=True)
class _Span:
    start: float
    load_end: float
    end: float
    vus: int
    is_browser: bool


def plan_of(options: Mapping[str, Any]) -> Plan:
    """Return the plan of an options object as k6 writes it (scenarios or the shortcuts); raises OptionsError."""
    spans = [_scenario(name, scenario) for name, scenario in _scenarios(options).items()]
    return Plan(
        max_vus=_peak(spans),
        max_browser_vus=_peak([span for span in spans if span.is_browser]),
        duration_seconds=math.ceil(max((span.end for span in spans), default=0.0)),
        load_seconds=math.ceil(max((span.load_end for span in spans), default=0.0)),
    )


def seconds_of(value: Any) -> float:
    """Return the seconds of a k6 duration: text such as `1m30s`, or a number of milliseconds. Raises OptionsError."""
    if isinstance(value, int | float) and not isinstance(value, bool):
        seconds = value / 1000 if abs(value) <= 1000 * _LONGEST_SECONDS else math.inf
    elif isinstance(value, str) and value:
        seconds = _seconds_of_text(value)
    else:
        raise OptionsError(f"not a duration: {_shown(value)}")
    if not 0 <= seconds <= _LONGEST_SECONDS:
        raise OptionsError(f"not a possible duration: {_shown(value)}")
    return seconds


def _seconds_of_text(text: str) -> float:
    if re.fullmatch(r"\d{1,15}(\.\d{1,9})?", text, re.ASCII):
        return float(text) / 1000
    parts = _PART.findall(text)
    if not parts or "".join(number + unit for number, unit in parts) != text:
        raise OptionsError(f"not a duration: {text[:64]!r}")
    return sum(float(number) * _UNIT_SECONDS[unit] for number, unit in parts)


def _scenarios(options: Mapping[str, Any]) -> dict[str, Mapping[str, Any]]:
    scenarios = options.get("scenarios")
    if isinstance(scenarios, Mapping) and scenarios:
        return {str(name): _mapping(name, scenario) for name, scenario in scenarios.items()}
    vus, duration = options.get("vus"), options.get("duration")
    if options.get("stages"):
        short = {"executor": "ramping-vus", "stages": options["stages"], "startVUs": vus or 1}
    elif options.get("iterations"):
        short = {"executor": "shared-iterations", "iterations": options["iterations"], "vus": vus or 1}
        short |= {"maxDuration": duration} if duration else {}
    elif duration:
        short = {"executor": "constant-vus", "vus": vus or 1, "duration": duration}
    else:
        short = {"executor": "per-vu-iterations", "vus": vus or 1, "iterations": 1}
    return {"default": short}


def _scenario(name: str, scenario: Mapping[str, Any]) -> _Span:
    executor = scenario.get("executor")
    if not isinstance(executor, str):
        raise OptionsError(f"scenario {name[:64]}: no executor")
    start = _optional_seconds(scenario, "startTime", 0.0)
    graceful = _optional_seconds(scenario, "gracefulStop", _GRACEFUL_SECONDS)
    if executor in {"shared-iterations", "per-vu-iterations"}:
        duration = _optional_seconds(scenario, "maxDuration", _MAX_DURATION_SECONDS)
        vus = _count(scenario, "vus", 1)
    elif executor in {"constant-vus", "externally-controlled"}:
        duration, vus = seconds_of(scenario.get("duration")), _count(scenario, "vus", 1)
        vus = max(vus, _count(scenario, "maxVUs", 0))
        graceful = 0.0 if executor == "externally-controlled" else graceful
    elif executor == "ramping-vus":
        stages = _stages(name, scenario)
        duration, vus = _length(stages), max(_count(scenario, "startVUs", 1), *(_count(s, "target", 0) for s in stages))
        graceful = max(graceful, _optional_seconds(scenario, "gracefulRampDown", _GRACEFUL_SECONDS))
    elif executor in {"constant-arrival-rate", "ramping-arrival-rate"}:
        is_ramping = executor == "ramping-arrival-rate"
        duration = _length(_stages(name, scenario)) if is_ramping else seconds_of(scenario.get("duration"))
        vus = max(_count(scenario, "preAllocatedVUs", 1), _count(scenario, "maxVUs", 0))
    else:
        raise OptionsError(f"scenario {name[:64]}: unknown executor {_shown(executor)}")
    return _Span(start, start + duration, start + duration + graceful, vus, _is_browser(scenario))


def _peak(spans: list[_Span]) -> int:
    """Return the maximum number of VUs at any time. A span that begins when another ends does not overlap it."""
    changes = [(span.start, span.vus) for span in spans]
    changes += [(max(span.end, span.start + 1e-9), -span.vus) for span in spans]
    return max(itertools.accumulate((change for _, change in sorted(changes)), initial=0))


def _is_browser(scenario: Mapping[str, Any]) -> bool:
    options = scenario.get("options")
    return isinstance(options, Mapping) and bool(options.get("browser"))


def _stages(name: str, scenario: Mapping[str, Any]) -> list[Mapping[str, Any]]:
    stages = scenario.get("stages")
    if not isinstance(stages, list) or not stages:
        raise OptionsError(f"scenario {name[:64]}: no stages")
    return [_mapping(name, stage) for stage in stages]


def _length(stages: list[Mapping[str, Any]]) -> float:
    return sum(seconds_of(stage.get("duration")) for stage in stages)


def _mapping(name: object, value: Any) -> Mapping[str, Any]:
    if not isinstance(value, Mapping):
        raise OptionsError(f"scenario {str(name)[:64]}: not an object")
    return value


def _optional_seconds(scenario: Mapping[str, Any], key: str, default: float) -> float:
    return default if scenario.get(key) is None else seconds_of(scenario[key])


def _count(scenario: Mapping[str, Any], key: str, default: int) -> int:
    value = scenario.get(key)
    if value is None:
        return default
    if not isinstance(value, int) or isinstance(value, bool) or not 0 <= value <= _VUS_LIMIT:
        raise OptionsError(f"{key} is not a number of VUs: {_shown(value)}")
    return value


def _shown(value: Any) -> str:
    """Return an invalid value, shortened for a message."""
    return repr(value)[:64]
