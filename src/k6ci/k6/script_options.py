"""What the evaluation of a run needs of its script's options: the thresholds, and how samples are tagged.

k6 gives the samples of setup() and teardown() the groups `::setup` and `::teardown` (or groups below) and no scenario;
those of iterations have the name of their scenario, whatever their group (seen at 0.57.0 and 1.1.0). A script may
switch either tag off (`systemTags`), or set it itself (`tags`).
"""

from __future__ import annotations

import dataclasses
import hashlib
import json
from collections.abc import Mapping
from typing import Any, Final

_DEFAULT_SCENARIO: Final = "default"
# Keys of `options.cloud` that do not change the load: who runs it, and what it is called.
_NAMES: Final = frozenset({"name", "note", "token"})
_OPEN_EXECUTORS: Final = ("constant-arrival-rate", "ramping-arrival-rate")


@dataclasses.dataclass(frozen=True)
class SampleTags:
    """By which tags the samples of iterations are known.

    Attributes:
        scenarios: the names of the script's scenarios; None if the tag `scenario` is off, or the script's own.
        has_groups: whether the tag `group` is on, and k6's own.
    """

    scenarios: tuple[str, ...] | None = None
    has_groups: bool = False

    @property
    def can_tell(self) -> bool:
        """Whether samples of iterations can be told from others at all."""
        return self.scenarios is not None or self.has_groups


def sample_tags_of(options: Mapping[str, Any]) -> SampleTags:
    """The tags by the options of a script as its archive has them."""
    system_tags, own = options.get("systemTags"), options.get("tags")
    listed = system_tags if isinstance(system_tags, list) else ["scenario", "group"]
    own = own if isinstance(own, dict) else {}
    scenarios = options.get("scenarios")
    names = tuple(scenarios) if isinstance(scenarios, dict) and scenarios else (_DEFAULT_SCENARIO,)
    has_scenarios = "scenario" in listed and "scenario" not in own
    return SampleTags(names if has_scenarios else None, "group" in listed and "group" not in own)


def thresholds_of(options: Mapping[str, Any]) -> dict[str, tuple[str, ...]]:
    """The expressions of `options.thresholds` by metric, where each is a string or an object with `threshold`."""
    found = options.get("thresholds")
    return {metric: _expressions(entries) for metric, entries in found.items()} if isinstance(found, dict) else {}


def _expressions(entries: object) -> tuple[str, ...]:
    listed = entries if isinstance(entries, list) else [entries]
    return tuple(str(entry.get("threshold", "") if isinstance(entry, dict) else entry) for entry in listed)


def options_digest(options: Mapping[str, Any]) -> str:
    """A SHA-256 over the options without name, note and token: runs with the same digest have the same load."""
    kept = {**options, "cloud": _unnamed(options.get("cloud"))}
    if isinstance(ext := options.get("ext"), dict):
        kept["ext"] = {**ext, "loadimpact": _unnamed(ext.get("loadimpact"))}
    return hashlib.sha256(json.dumps(kept, sort_keys=True).encode()).hexdigest()


def is_closed_model(options: Mapping[str, Any]) -> bool:
    """Whether the number of VUs determines the load in every scenario, and not a rate at which iterations arrive."""
    scenarios = options.get("scenarios")
    listed = scenarios.values() if isinstance(scenarios, dict) else ()
    return not any(isinstance(one, dict) and one.get("executor") in _OPEN_EXECUTORS for one in listed)


def _unnamed(section: object) -> object:
    return {name: value for name, value in section.items() if name not in _NAMES} if isinstance(section, dict) else None
