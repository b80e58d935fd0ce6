"""Run scenarios: how the next started runs deviate from an ordinary run. Their script is executed in any case."""

from __future__ import annotations

import enum
from dataclasses import dataclass
from typing import TYPE_CHECKING, Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field

if TYPE_CHECKING:
    from collections.abc import Mapping

Holdable = Literal["created", "queued", "initializing", "running", "processing_metrics"]
Abortable = Literal["created", "queued", "initializing", "running"]


@enum.unique
class EndedBy(enum.Enum):
    """Who ended a run early."""

    USER = "user"
    SYSTEM = "system"
    SCRIPT = "script"
    THRESHOLD = "threshold"
    LIMIT = "limit"


class RunScenario(BaseModel):
    """How one run proceeds. The default is an ordinary run.

    Attributes:
        hold: the status that the run stays in; before `running` nothing is executed meanwhile, as with a load zone
            that is offline.
        hold_seconds: how long; None until it is aborted.
        abort_from: the first status in which an abort is accepted.
        ended_by: who ends the run, `after_seconds` after it starts running, or with its script if that ends earlier.
        after_seconds: see `ended_by`.
        result_late_polls: how many polls of the completed run show no result; None for all.
        shown_statuses: what the first polls show as the status, one after the other.
        metrics: values of v5 aggregates over the whole run instead of the measured ones, by metric and query, such as
            `http_req_duration histogram_quantile(0.95)`.
    """

    model_config = ConfigDict(strict=True, extra="forbid", frozen=True)
    hold: Holdable | None = None
    hold_seconds: Annotated[float, Field(ge=0, le=86_400)] | None = None
    abort_from: Abortable = "running"
    ended_by: EndedBy | None = None
    after_seconds: Annotated[float, Field(ge=0, le=86_400)] = 0.0
    result_late_polls: Annotated[int, Field(ge=0)] | None = 0
    shown_statuses: Annotated[list[str], Field(max_length=1_000)] = Field(default_factory=list)
    metrics: Annotated[dict[str, float], Field(max_length=1_000)] = Field(default_factory=dict)

    def shown(self, body: Mapping[str, Any], *, polls: int, ended_polls: int) -> dict[str, Any]:
        """Return the JSON of a run as a poll shows it.

        Args:
            body: the JSON of the run without a scenario.
            polls: the number of this poll, from 1.
            ended_polls: the number of this poll among those since the run ended, from 1; 0 before.
        """
        if polls <= len(self.shown_statuses):
            status = self.shown_statuses[polls - 1]
            entry = {"type": status, "entered": body["status_details"]["entered"], "extra": None}
            shown = {"status": status, "status_details": entry, "result": None, "result_details": None, "ended": None}
            return {**body, **shown, "status_history": [*body["status_history"], entry]}
        is_late = self.result_late_polls is None or ended_polls <= self.result_late_polls
        if body["status"] == "completed" and is_late:
            return {**body, "result": None, "result_details": None}
        return dict(body)


class RunScenarioRequest(RunScenario):
    """The JSON of POST /_emulator/run-scenarios: a scenario, and the starts that use it.

    Attributes:
        load_test_id: the load test whose starts use the scenario; null for any.
        count: how many starts use it; null for all.
        skip: how many matching starts before them do not use it.
    """

    load_test_id: int | None = None
    count: Annotated[int, Field(ge=1)] | None = 1
    skip: Annotated[int, Field(ge=0)] = 0


@dataclass
class _Entry:
    id: int
    request: RunScenarioRequest
    left: int | None
    skip: int

    def describe(self) -> dict[str, Any]:
        """Return its JSON."""
        fields = self.request.model_dump(mode="json", exclude={"count"})
        return {**fields, "id": self.id, "left": self.left, "skip": self.skip}


class RunScenarios:
    """The scenarios of the runs to come; each start takes the first that matches."""

    def __init__(self) -> None:
        self._entries: list[_Entry] = []

    def add(self, request: RunScenarioRequest) -> dict[str, Any]:
        """Add a scenario and return its JSON."""
        entry = _Entry(len(self._entries) + 1, request, request.count, request.skip)
        self._entries.append(entry)
        return entry.describe()

    def describe(self) -> list[dict[str, Any]]:
        """Return the JSON of all scenarios."""
        return [entry.describe() for entry in self._entries]

    def take(self, load_test_id: int) -> RunScenario:
        """Return the scenario of a run that starts now; an ordinary one when none matches."""
        for entry in self._entries:
            if entry.left == 0 or entry.request.load_test_id not in {None, load_test_id}:
                continue
            if entry.skip > 0:
                entry.skip -= 1
                continue
            entry.left = None if entry.left is None else entry.left - 1
            return entry.request
        return RunScenario()
