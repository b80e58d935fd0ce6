"""RunScenarios: what a test orders for the runs that will be started next. Their script is executed all the same."""

from __future__ import annotations

import enum
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field

if TYPE_CHECKING:
    from collections.abc import Mapping

Holdable = Literal["created", "queued", "initializing", "running", "processing_metrics"]
Abortable = Literal["created", "queued", "initializing", "running"]


@enum.unique
class EndedBy(enum.Enum):
    """Who ends a run before its time."""

    USER = "user"
    SYSTEM = "system"
    SCRIPT = "script"
    THRESHOLD = "threshold"
    LIMIT = "limit"


class RunScenarioRequest(BaseModel):
    """The JSON of POST /_emulator/run-scenarios.

    load_test_id: whose starts are meant (null: any); count: how many of them (null: all); skip: how many before them
    are left alone.
    hold: the status that the run stays in, for hold_seconds (null: until it is aborted); before `running` nothing is
    executed meanwhile, as with a load zone that is off-line. abort_from: the first status in which an abort is taken.
    ended_by: how the run ends, after_seconds into `running`, or with its script if that ends earlier.
    result_late_polls: how many polls of the completed run show no result yet (null: all of them).
    shown_statuses: what the first polls show as the status, one after the other, instead of the real one.
    """

    model_config = ConfigDict(strict=True, extra="forbid")
    load_test_id: int | None = None
    count: Annotated[int, Field(ge=1)] | None = 1
    skip: Annotated[int, Field(ge=0)] = 0
    hold: Holdable | None = None
    hold_seconds: Annotated[float, Field(ge=0, le=86_400)] | None = None
    abort_from: Abortable = "running"
    ended_by: Literal["user", "system", "script", "threshold", "limit"] | None = None
    after_seconds: Annotated[float, Field(ge=0, le=86_400)] = 0.0
    result_late_polls: Annotated[int, Field(ge=0)] | None = 0
    shown_statuses: Annotated[list[str], Field(max_length=1_000)] = Field(default_factory=list)


@dataclass(frozen=True)
class RunScenario:
    """What one run lives through. The default is an ordinary run."""

    hold: str | None = None
    hold_seconds: float | None = None
    abort_from: str = "running"
    ended_by: EndedBy | None = None
    after_seconds: float = 0.0
    result_late_polls: int | None = 0
    shown_statuses: tuple[str, ...] = ()

    def shown(self, body: Mapping[str, Any], *, polls: int, ended_polls: int) -> dict[str, Any]:
        """The run as its `polls`-th poll shows it, the `ended_polls`-th since it is completed."""
        if polls <= len(self.shown_statuses):
            word = self.shown_statuses[polls - 1]
            entry = {"type": word, "entered": body["status_details"]["entered"], "extra": None}
            untold = {"status": word, "status_details": entry, "result": None, "result_details": None, "ended": None}
            return {**body, **untold, "status_history": [*body["status_history"], entry]}
        is_late = self.result_late_polls is None or ended_polls <= self.result_late_polls
        if body["status"] == "completed" and is_late:
            return {**body, "result": None, "result_details": None}
        return dict(body)


@dataclass
class _Ordered:
    id: int
    load_test_id: int | None
    left: int | None
    skip: int
    scenario: RunScenario


class RunScenarios:
    """All that were ordered and not yet met; each start takes the first that fits."""

    def __init__(self) -> None:
        self._ordered: list[_Ordered] = []
        self._count = 0

    def order(self, order: RunScenarioRequest) -> dict[str, Any]:
        """Keep one more; its JSON."""
        self._count += 1
        scenario = RunScenario(
            order.hold,
            order.hold_seconds,
            order.abort_from,
            EndedBy(order.ended_by) if order.ended_by is not None else None,
            order.after_seconds,
            order.result_late_polls,
            tuple(order.shown_statuses),
        )
        self._ordered.append(_Ordered(self._count, order.load_test_id, order.count, order.skip, scenario))
        return self.describe()[-1]

    def describe(self) -> list[dict[str, Any]]:
        """The JSON of all."""
        return [_described(ordered) for ordered in self._ordered]

    def take(self, load_test_id: int) -> RunScenario:
        """The scenario of a run that starts now."""
        for ordered in self._ordered:
            if ordered.left == 0 or ordered.load_test_id not in {None, load_test_id}:
                continue
            if ordered.skip > 0:
                ordered.skip -= 1
                continue
            ordered.left = None if ordered.left is None else ordered.left - 1
            return ordered.scenario
        return RunScenario()


def _described(ordered: _Ordered) -> dict[str, Any]:
    own = {"id": ordered.id, "load_test_id": ordered.load_test_id, "left": ordered.left, "skip": ordered.skip}
    ended_by = ordered.scenario.ended_by
    return {**own, **asdict(ordered.scenario), "ended_by": ended_by and ended_by.value}
