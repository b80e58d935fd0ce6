"""The control routes under /_emulator: state, journal, faults, run scenarios, overrides of runs."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field
from starlette.routing import Route

from k6ci.emulator.faults import FaultRequest
from k6ci.emulator.presentation import show_load_test, show_project, show_run
from k6ci.emulator.records import Concurrency
from k6ci.emulator.run_scenario import RunScenarioRequest, RunScenarios
from k6ci.emulator.script import Script
from k6ci.emulator.timestamps import format_timestamp
from k6ci.emulator.wire import json_response, list_response, no_content, path_id, read_json

if TYPE_CHECKING:
    from starlette.requests import Request
    from starlette.responses import Response

    from k6ci.emulator.run import Run
    from k6ci.emulator.services import EmulatorServices


class RunOverrideRequest(BaseModel):
    """POST /_emulator/runs/{id}: override what a run shows.

    Attributes:
        set: fields of the run and the values that it shows, of any type.
        metrics: values of v5 aggregates over the whole run, by metric and query with a space between.
        until_abort: the override ends when an abort is accepted.
        clear: earlier overrides are removed first.
        stop: the execution is stopped.
    """

    model_config = ConfigDict(strict=True, extra="forbid")
    set: dict[str, Any] = Field(default_factory=dict)
    metrics: dict[str, float] = Field(default_factory=dict)
    until_abort: bool = False
    clear: bool = False
    stop: bool = False


class ReplaceScriptRequest(BaseModel):
    """POST /_emulator/replace-script: replace the script of a load test, as a parallel job could.

    Attributes:
        script: the source.
        load_test_id: the load test; null for any.
        when: `start` for just before its next start, `now` for at once.
    """

    model_config = ConfigDict(strict=True, extra="forbid")
    script: Annotated[str, Field(min_length=1)]
    load_test_id: int | None = None
    when: Literal["start", "now"] = "start"


class ConcurrencyRequest(BaseModel):
    """POST /_emulator/concurrency: the maximum of active runs (null: none), and the error of further starts."""

    model_config = ConfigDict(strict=True, extra="forbid")
    limit: Annotated[int, Field(ge=0)] | None
    status: Literal[403, 409, 429] = 429
    retry_after_seconds: Annotated[int, Field(ge=0)] | None = None


class UsageRequest(BaseModel):
    """POST /_emulator/spent: the VUh that a project has used this month, in addition to those of its runs here."""

    model_config = ConfigDict(strict=True, extra="forbid")
    project_id: int
    vuh: Annotated[float, Field(ge=0)]


class Control:
    """The handlers."""

    def __init__(self, services: EmulatorServices) -> None:
        self._services = services
        self._state = services.state

    async def state(self, _: Request) -> Response:
        """Show projects, load tests, runs and active faults."""
        state, config, now = self._state, self._services.config, self._services.clock.now()
        return json_response(
            {
                "stack_id": config.stack_id,
                "stack_url": config.stack_url,
                "progression": config.progression.value,
                "projects": [show_project(project, state.label_keys) for project in state.projects.values()],
                "load_tests": [show_load_test(load_test) for load_test in state.load_tests.values()],
                "runs": [
                    {k: v for k, v in show_run(run, now).items() if k != "options"} for run in state.runs.values()
                ],
                "faults": [fault.describe() for fault in self._services.faults.faults],
                "requests": len(self._services.journal),
            }
        )

    async def faults(self, _: Request) -> Response:
        """List the active faults."""
        return list_response(fault.describe() for fault in self._services.faults.faults)

    async def add_fault(self, request: Request) -> Response:
        """Add a fault."""
        body = await read_json(request, FaultRequest)
        old_runs = frozenset(run.id for run in self._state.runs.values() if run.has_ended)
        return json_response(self._services.faults.add(body, old_runs).describe(), 201)

    async def clear_faults(self, _: Request) -> Response:
        """Remove all faults."""
        self._services.faults.clear()
        return no_content()

    async def add_scenario(self, request: Request) -> Response:
        """Add a scenario for runs that are started later."""
        return json_response(self._state.scenarios.add(await read_json(request, RunScenarioRequest)), 201)

    async def scenarios(self, _: Request) -> Response:
        """List the scenarios, with how many starts are left of each."""
        return list_response(self._state.scenarios.describe())

    async def clear_scenarios(self, _: Request) -> Response:
        """Remove all scenarios; started runs keep theirs."""
        self._state.scenarios = RunScenarios()
        return no_content()

    async def concurrency(self, request: Request) -> Response:
        """Set the concurrency limit."""
        body = await read_json(request, ConcurrencyRequest)
        limited = None if body.limit is None else Concurrency(body.limit, body.status, body.retry_after_seconds)
        self._state.concurrency = limited
        return no_content()

    async def spent(self, request: Request) -> Response:
        """Set the VUh that a project has used this month."""
        body = await read_json(request, UsageRequest)
        project = self._state.project(body.project_id)
        self._state.projects[project.id] = replace(project, spent_vuh=body.vuh)
        return no_content()

    async def journal(self, _: Request) -> Response:
        """List the received requests."""
        return list_response(entry.describe() for entry in self._services.journal.entries())

    async def clear_journal(self, _: Request) -> Response:
        """Delete the journal."""
        self._services.journal.clear()
        return no_content()

    async def run(self, request: Request) -> Response:
        """Show the real state of a run, without overrides."""
        return json_response(self._record(self._state.run(path_id(request))))

    async def set_run(self, request: Request) -> Response:
        """Override what a run shows."""
        run = self._state.run(path_id(request))
        body = await read_json(request, RunOverrideRequest)
        if body.clear:
            run.overrides.clear()
            run.metric_overrides.clear()
        if body.stop:
            run.stop.set()
        run.override(body.set, until_abort=body.until_abort)
        run.metric_overrides.update(body.metrics)
        return json_response(self._record(run))

    async def replace_script(self, request: Request) -> Response:
        """Replace the script of a load test, at once or at its next start."""
        body = await read_json(request, ReplaceScriptRequest)
        script = Script(body.script.encode())
        if body.when == "start":
            self._state.replacements.add(body.load_test_id, script)
        else:
            load_test = self._state.load_test(body.load_test_id or 0)
            self._state.update_load_test(replace(load_test, script=script))
        return no_content()

    async def reset(self, _: Request) -> Response:
        """Stop all runs and return to the initial state."""
        for run in self._state.runs.values():
            run.stop.set()
        self._state.reset()
        self._services.faults.clear()
        self._services.journal.clear()
        return no_content()

    def _record(self, run: Run) -> dict[str, Any]:
        ended = run.ended
        return {
            "id": run.id,
            "status": run.status.value,
            "status_history": [[entry.status.value, format_timestamp(entry.entered)] for entry in run.history],
            "result": run.result and run.result.value,
            "reason": run.result_reason and run.result_reason.message,
            "exit_code": run.exit_code,
            "ended": ended and format_timestamp(ended),
            "execution_seconds": run.execution_seconds(self._services.clock.now()),
            "abort_requested": run.abort_requested_by is not None,
            "load_test_id": run.load_test_id,
            "polls": run.polls,
            "overrides": run.overrides,
        }


def routes(services: EmulatorServices) -> list[Route]:
    """The control routes."""
    on = Control(services)
    return [
        Route("/_emulator/state", on.state, methods=["GET"]),
        Route("/_emulator/faults", on.faults, methods=["GET"]),
        Route("/_emulator/faults", on.add_fault, methods=["POST"]),
        Route("/_emulator/faults", on.clear_faults, methods=["DELETE"]),
        Route("/_emulator/run-scenarios", on.scenarios, methods=["GET"]),
        Route("/_emulator/run-scenarios", on.add_scenario, methods=["POST"]),
        Route("/_emulator/run-scenarios", on.clear_scenarios, methods=["DELETE"]),
        Route("/_emulator/concurrency", on.concurrency, methods=["POST"]),
        Route("/_emulator/spent", on.spent, methods=["POST"]),
        Route("/_emulator/journal", on.journal, methods=["GET"]),
        Route("/_emulator/journal", on.clear_journal, methods=["DELETE"]),
        Route("/_emulator/runs/{id}", on.run, methods=["GET"]),
        Route("/_emulator/runs/{id}", on.set_run, methods=["POST"]),
        Route("/_emulator/replace-script", on.replace_script, methods=["POST"]),
        Route("/_emulator/reset", on.reset, methods=["POST"]),
    ]
