"""Whether iterations measured anything: what setup() and teardown() measured proves nothing about the load.

Where the tags `scenario` or `group` are off or set by the script (k6/script_options.py), the other one tells alone. A
scenario's name that is not declared was set while the script ran (`exec.vu.metrics.tags`): then the group tells.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from k6ci.cloud.models import Sample
from k6ci.k6.script_options import SampleTags

BY_ORIGIN: Final = "by (scenario, group)"
_OUTSIDE: Final = ("::setup", "::teardown")


def of_iterations(samples: Sequence[Sample], tags: SampleTags) -> list[Sample]:
    """Those of a vector, grouped by scenario and group, that iterations made; all of them if the tags cannot tell."""
    if not tags.can_tell:
        return list(samples)
    if tags.scenarios is not None:
        named = [sample for sample in samples if _has_scenario(sample, tags, tags.scenarios)]
        # A cloud that gives no scenario at all is asked for the groups.
        if named or not tags.has_groups or any(sample.label("scenario") for sample in samples):
            return named
    return [sample for sample in samples if not _is_outside(sample.label("group"))]


def _has_scenario(sample: Sample, tags: SampleTags, scenarios: Sequence[str]) -> bool:
    name = sample.label("scenario")
    return name in scenarios or (tags.has_groups and bool(name) and not _is_outside(sample.label("group")))


def _is_outside(group: str) -> bool:
    return any(group == name or group.startswith(f"{name}::") for name in _OUTSIDE)
