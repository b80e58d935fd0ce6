"""The control routes under /_emulator: faults, journal, state, and the hands that tests lay on runs."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field
from starlette.routing import Route

from k6ci.emulator.faults import FaultRequest
from k6ci.emulator.http_error import HttpError
from k6ci.emulator.presentation import show_load_test, show_project, show_run
from k6ci.emulator.records import Concurrency
from k6ci.emulator.run_scenario import RunScenarioRequest, RunScenarios
from k6ci.emulator.script import Script
from k6ci.emulator.timestamps import format_timestamp
from k6ci.emulator.wire import answer, no_content, path_id, read_json, values

if TYPE_CHECKING:
    from starlette.requests import Request
    from starlette.responses import Response

    from k6ci.emulator.run import Run
    from k6ci.emulator.services import EmulatorServices


class RunOverrideRequest(BaseModel):
    """POST /_emulator/runs/{id}: fields of the run to show instead of the truth, whatever they are.

    until_abort: they hold until an abort is accepted. clear: earlier ones are dropped first. stop: the execution ends.
    """

    model_config = ConfigDict(strict=True, extra="forbid")
    set: dict[str, Any] = Field(default_factory=dict)
    until_abort: bool = False
    clear: bool = False
    stop: bool = False


class ReplaceScriptRequest(BaseModel):
    """POST /_emulator/replace-script: play another job that uploads its script under the same name.

    when `start`: at the next start of that load test (null: of any), just before the run takes it; `now`: at once.
    """

    model_config = ConfigDict(strict=True, extra="forbid")
    script: Annotated[str, Field(min_length=1)]
    load_test_id: int | None = None
    when: Literal["start", "now"] = "start"


class ConcurrencyRequest(BaseModel):
    """POST /_emulator/concurrency: how many runs may go on at a time (null: any number), and what a start says then."""

    model_config = ConfigDict(strict=True, extra="forbid")
    limit: Annotated[int, Field(ge=0)] | None
    status: Literal[403, 409, 429] = 429
    retry_after_seconds: Annotated[int, Field(ge=0)] | None = None


class UsageRequest(BaseModel):
    """POST /_emulator/spent: the VUh that a project has spent this month, beside those of its known runs."""

    model_config = ConfigDict(strict=True, extra="forbid")
    project_id: int
    vuh: Annotated[float, Field(ge=0)]


class Control:
    """The handlers."""

    def __init__(self, services: EmulatorServices) -> None:
        self._services = services
        self._state = services.state

    async def state(self, _: Request) -> Response:
        """The whole state in short."""
        state, config, now = self._state, self._services.config, self._services.clock.now()
        return answer(
            {
                "stack_id": config.stack_id,
                "stack_url": config.stack_url,
                "progression": config.progression.value,
                "projects": [show_project(project) for project in state.projects.values()],
                "load_tests": [show_load_test(load_test) for load_test in state.load_tests.values()],
                "runs": [
                    {k: v for k, v in show_run(run, now).items() if k != "options"} for run in state.runs.values()
                ],
                "faults": [fault.describe() for fault in self._services.faults.faults],
                "requests": len(self._services.journal),
            }
        )

    async def faults(self, _: Request) -> Response:
        """The faults in force."""
        return values(fault.describe() for fault in self._services.faults.faults)

    async def add_fault(self, request: Request) -> Response:
        """Order one more."""
        order = await read_json(request, FaultRequest)
        old_runs = frozenset(run.id for run in self._state.runs.values() if run.has_ended)
        try:
            return answer(self._services.faults.order(order, old_runs).describe(), 201)
        except ValueError as error:
            raise HttpError(400, str(error), target="kind") from error

    async def clear_faults(self, _: Request) -> Response:
        """Lift them all."""
        self._services.faults.clear()
        return no_content()

    async def add_scenario(self, request: Request) -> Response:
        """Order what a run that is started later will live through."""
        return answer(self._state.scenarios.order(await read_json(request, RunScenarioRequest)), 201)

    async def scenarios(self, _: Request) -> Response:
        """The scenarios, with how many are left of each."""
        return values(self._state.scenarios.describe())

    async def clear_scenarios(self, _: Request) -> Response:
        """Forget those that were not met; runs that met theirs keep it."""
        self._state.scenarios = RunScenarios()
        return no_content()

    async def concurrency(self, request: Request) -> Response:
        """Limit how many runs may go on at a time."""
        body = await read_json(request, ConcurrencyRequest)
        limited = None if body.limit is None else Concurrency(body.limit, body.status, body.retry_after_seconds)
        self._state.concurrency = limited
        return no_content()

    async def spent(self, request: Request) -> Response:
        """Say what a project has spent this month."""
        body = await read_json(request, UsageRequest)
        project = self._state.project(body.project_id)
        self._state.projects[project.id] = replace(project, spent_vuh=body.vuh)
        return no_content()

    async def journal(self, _: Request) -> Response:
        """The requests that came in."""
        return values(entry.describe() for entry in self._services.journal.entries())

    async def clear_journal(self, _: Request) -> Response:
        """Forget them."""
        self._services.journal.clear()
        return no_content()

    async def run(self, request: Request) -> Response:
        """The truth about a run, whatever it shows."""
        return answer(self._truth(self._state.run(path_id(request))))

    async def set_run(self, request: Request) -> Response:
        """Make a run show what a test wants."""
        run = self._state.run(path_id(request))
        body = await read_json(request, RunOverrideRequest)
        if body.clear:
            run.overrides.clear()
        if body.stop:
            run.stop.set()
        run.override(body.set, until_abort=body.until_abort)
        return answer(self._truth(run))

    async def replace_script(self, request: Request) -> Response:
        """Put another script in the place of an uploaded one."""
        body = await read_json(request, ReplaceScriptRequest)
        script = Script(body.script.encode())
        if body.when == "start":
            self._state.replace_at_start(body.load_test_id, script)
        else:
            load_test = self._state.load_test(body.load_test_id or 0)
            self._state.update_load_test(replace(load_test, script=script))
        return no_content()

    async def reset(self, _: Request) -> Response:
        """Stop what runs, and begin again."""
        for run in self._state.runs.values():
            run.stop.set()
        self._state.reset()
        self._services.faults.clear()
        self._services.journal.clear()
        return no_content()

    def _truth(self, run: Run) -> dict[str, Any]:
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
    """The control surface."""
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
