"""What is known of a run before it starts, for whoever watches and evaluates it; run.json holds it, too."""

from __future__ import annotations

import dataclasses
import math
from collections.abc import Callable, Mapping
from typing import Final

from k6ci.k6.archive import Archive
from k6ci.k6.script_options import SampleTags, is_closed_model, options_digest, sample_tags_of, thresholds_of
from k6ci.runs.timeouts import Timeouts

# Of one run in run.json; longer thresholds are omitted there, so that the run.json of a suite stays readable.
_MAX_THRESHOLD_CHARACTERS: Final = 64 * 1024


@dataclasses.dataclass(frozen=True)
class RunPlan:
    """The plan of a run.

    Attributes:
        planned_seconds: from the first iteration to the planned end; None if the number of iterations decides.
        longest_seconds: the maximum duration as k6 computes it, with the graceful stop.
        thresholds: the expressions of `options.thresholds`, by metric.
        sample_tags: how samples of iterations are recognised.
        timeouts: the limits of the run.
        vuh_estimate: the estimate of the cloud in virtual user hours.
        options_digest: of the options that determine the load.
        is_closed_model: whether the number of VUs determines the load.
        is_confirmation: whether the run confirms the result of another one.
    """

    planned_seconds: float | None = None
    longest_seconds: float | None = None
    thresholds: Mapping[str, tuple[str, ...]] = dataclasses.field(default_factory=dict)
    sample_tags: SampleTags = dataclasses.field(default_factory=SampleTags)
    timeouts: Timeouts = dataclasses.field(default_factory=Timeouts)
    vuh_estimate: float | None = None
    options_digest: str = ""
    is_closed_model: bool = False
    is_confirmation: bool = False

    @classmethod
    def of(
        cls, archive: Archive, timeouts: Timeouts, vuh_estimate: float | None, *, is_confirmation: bool = False
    ) -> RunPlan:
        """The plan of an archived script."""
        return cls(
            archive.plan.planned_seconds,
            archive.plan.longest_seconds,
            thresholds_of(archive.options),
            sample_tags_of(archive.options),
            timeouts,
            vuh_estimate,
            options_digest(archive.options),
            is_closed_model(archive.options),
            is_confirmation,
        )

    def storable(self, redact: Callable[[str], str]) -> RunPlan:
        """The plan as run.json has it: redacted, without infinite numbers or invalid Unicode, and of limited size."""

        def stored(text: str) -> str:
            return plain(redact(text))

        thresholds = {stored(metric): tuple(map(stored, texts)) for metric, texts in self.thresholds.items()}
        size = sum(len(metric) + sum(map(len, texts)) for metric, texts in thresholds.items())
        scenarios = self.sample_tags.scenarios
        if scenarios is not None:
            scenarios = tuple(map(stored, scenarios))
        return dataclasses.replace(
            self,
            planned_seconds=_finite(self.planned_seconds),
            longest_seconds=_finite(self.longest_seconds),
            thresholds=thresholds if size <= _MAX_THRESHOLD_CHARACTERS else {},
            sample_tags=dataclasses.replace(self.sample_tags, scenarios=scenarios),
            vuh_estimate=_finite(self.vuh_estimate),
        )


def plain(text: str) -> str:
    """A text as JSON can hold it: bytes of file names that are not UTF-8 become escapes."""
    return text.encode("utf-8", "backslashreplace").decode()


def _finite(number: float | None) -> float | None:
    return number if number is not None and math.isfinite(number) else None
