"""Whether iterations measured anything: what setup() and teardown() measured proves nothing about the load.

k6 gives the samples of setup and teardown the groups `::setup` and `::teardown` (or groups below) and no scenario;
those of iterations have the name of their scenario, whatever their group (seen at 0.57.0 and 1.1.0). A script may
switch either tag off (`systemTags`), or set it itself (`tags`); then the other one tells alone. A scenario's name that
is not declared was set while the script ran (`exec.vu.metrics.tags`): then the group tells.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping, Sequence
from typing import Any, Final

from k6ci.cloud.models import Sample

BY_ORIGIN: Final = "by (scenario, group)"
_OUTSIDE: Final = ("::setup", "::teardown")
_DEFAULT_SCENARIO: Final = "default"


@dataclasses.dataclass(frozen=True)
class Origin:
    """By which tags samples of iterations are known: the names of the scenarios, and whether groups are tagged.

    `scenarios` is None when the scenario's tag is off or not k6's own.
    """

    scenarios: frozenset[str] | None
    has_groups: bool

    @property
    def is_known(self) -> bool:
        """Whether samples of iterations can be told from others at all."""
        return self.scenarios is not None or self.has_groups

    def of_iterations(self, samples: Sequence[Sample]) -> list[Sample]:
        """Those of a vector, grouped by scenario and group, that iterations made; all of them if it cannot be told."""
        if not self.is_known:
            return list(samples)
        if self.scenarios is not None:
            named = [sample for sample in samples if self._has_scenario(sample)]
            # A cloud that gives no scenario at all is asked for the groups.
            if named or not self.has_groups or any(sample.label("scenario") for sample in samples):
                return named
        return [sample for sample in samples if not _is_outside(sample.label("group"))]

    def _has_scenario(self, sample: Sample) -> bool:
        name = sample.label("scenario")
        is_declared = self.scenarios is not None and name in self.scenarios
        return is_declared or (self.has_groups and bool(name) and not _is_outside(sample.label("group")))


def origin_of(options: Mapping[str, Any]) -> Origin:
    """How a script's iterations are known, by its options as its archive has them."""
    system_tags, own = options.get("systemTags"), options.get("tags")
    listed = system_tags if isinstance(system_tags, list) else ["scenario", "group"]
    own = own if isinstance(own, dict) else {}
    scenarios = options.get("scenarios")
    names = frozenset(scenarios) if isinstance(scenarios, dict) and scenarios else frozenset({_DEFAULT_SCENARIO})
    has_scenarios = "scenario" in listed and "scenario" not in own
    return Origin(names if has_scenarios else None, "group" in listed and "group" not in own)


def _is_outside(group: str) -> bool:
    return any(group == name or group.startswith(f"{name}::") for name in _OUTSIDE)
