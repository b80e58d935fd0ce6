"""What a use of an action and each of its steps did, as tests read it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from github_runner.commands import Annotation


@dataclass(frozen=True)
class StepReport:
    """What one step did. `outcome` is success, failure, cancelled or skipped; a skipped one has no `exit_code`."""

    id: str
    name: str
    outcome: str
    exit_code: int | None
    outputs: Mapping[str, str]
    summary: str
    signals: Sequence[str]


@dataclass(frozen=True)
class ActionReport:
    """What one use of an action did. `log` is what GitHub shows (masked), `raw_log` what the processes wrote."""

    outcome: str
    outputs: Mapping[str, str]
    steps: Sequence[StepReport]
    log: str
    raw_log: str
    annotations: Sequence[Annotation]
    stopped_lines: Sequence[str]

    def step(self, name: str) -> StepReport:
        return next(step for step in self.steps if name in {step.id, step.name})

    @property
    def summary(self) -> str:
        return "".join(step.summary for step in self.steps)
