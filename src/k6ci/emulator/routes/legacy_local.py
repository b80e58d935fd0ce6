"""The API of k6 before 2.0 for runs that k6 executes itself: `cloud run --local-execution` and `run -o cloud`.

Facts: cloudapi/api.go and output/cloud of grafana/k6 v1.1.0. The runs are those of REST v6; k6 measures, and
evaluates the thresholds.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Literal

import anyio.to_thread
from pydantic import Field

from k6ci.emulator.bodies import Body, TestName, Whole
from k6ci.emulator.http_error import HttpError
from k6ci.emulator.local_execution import LocalExecution, final_status_of_client
from k6ci.emulator.metrics.pushed import Pushed, PushError, read_push
from k6ci.emulator.metrics.snappy import SnappyError, decompress
from k6ci.emulator.plan import Plan
from k6ci.emulator.routes.legacy import reference_body
from k6ci.emulator.routes.legacy_wire import legacy_routes, reference_of, token_check
from k6ci.emulator.routes.test_runs import ANONYMOUS
from k6ci.emulator.uploads import LocalForm, read_local_form
from k6ci.emulator.wire import json_response, no_content, read_body, read_json

if TYPE_CHECKING:
    from starlette.requests import Request
    from starlette.responses import Response
    from starlette.routing import Route

    from k6ci.emulator.run import Run
    from k6ci.emulator.services import EmulatorServices

PUSH_LIMIT_BYTES = 8 << 20
INFLATED_LIMIT_BYTES = 16 << 20
_LABEL_LIMIT = 1_000


class LocalTest(Body):
    """POST /v1/tests without an archive."""

    name: TestName
    project_id: Whole | None = None
    vus: Annotated[Whole, Field(ge=0, le=10_000_000)] = 0
    duration: Annotated[Whole, Field(ge=0, le=365 * 86_400)] = 0


class Finish(Body):
    """POST /v1/tests/{reference}."""

    result_status: Literal[0, 1]
    run_status: int


class LegacyLocal:
    """The handlers."""

    def __init__(self, services: EmulatorServices) -> None:
        self._services = services
        self._state = services.state

    async def create(self, request: Request) -> Response:
        """Begin a run that the client executes, with an archive (multipart) or without one (JSON)."""
        if request.headers.get("content-type", "").lower().startswith("multipart/"):
            form = await read_local_form(request)
        else:
            body = await read_json(request, LocalTest)
            form = LocalForm(body.name, body.project_id or None, body.vus, body.duration, None)
        key, now = request.headers.get("k6-idempotency-key"), self._services.clock.now()
        earlier = self._state.idempotency_keys.find("local", key, now)
        reference = self._begin(form) if earlier is None else earlier
        self._state.idempotency_keys.keep("local", key, reference, now)
        return json_response(reference_body(self._services, reference))

    def _begin(self, form: LocalForm) -> int:
        project = self._state.accessible_project(form.project_id)
        run, _ = self._state.start(self._state.store_script(project, form.name, form.script), None)
        run.script, run.plan = form.script, Plan(form.vus, 0, form.duration)
        run.local = LocalExecution(self._services.clock.monotonic())
        self._services.launch(run)
        return run.id

    async def push(self, request: Request) -> Response:
        """Store pushed metrics; 403 with code 4 for a run that has ended, after which k6 stops pushing."""
        run = self._state.run(reference_of(request))
        body = await read_body(request, PUSH_LIMIT_BYTES)
        local = self._local(run)
        try:
            pushed = await anyio.to_thread.run_sync(_read, body)
        except (PushError, SnappyError) as error:
            raise HttpError(400, f"{error}.") from error
        local.last_report = self._services.clock.monotonic()
        for series in pushed:
            _store(run, series)
        return no_content()

    async def finish(self, request: Request) -> Response:
        """Record how the client ended its run; a run that was stopped before stays stopped."""
        run = self._state.run(reference_of(request))
        body = await read_json(request, Finish)
        if run.local is None:
            raise HttpError(403, "The test run is not executed by its client.")
        user = self._services.config.user_email or ANONYMOUS
        run.local.finish(final_status_of_client(body.run_status, body.result_status, user))
        return no_content()

    def _local(self, run: Run) -> LocalExecution:
        if run.local is None:
            raise HttpError(403, "The test run is not executed by its client.")
        if run.has_ended or run.stop.is_set():
            raise HttpError(403, "The test run has ended.")
        return run.local


def _read(body: bytes) -> list[Pushed]:
    return read_push(decompress(body, INFLATED_LIMIT_BYTES))


def _store(run: Run, pushed: Pushed) -> None:
    metric = run.metrics.declare(pushed.metric, pushed.kind)
    if metric.kind is not pushed.kind:
        return
    labels = {name[:_LABEL_LIMIT]: value[:_LABEL_LIMIT] for name, value in pushed.labels.items()}
    series = run.metrics.series(metric, labels)
    for second, cell in pushed.cells:
        run.metrics.merge(metric, series, cell, second)


def routes(services: EmulatorServices) -> list[Route]:
    """Return the routes."""
    on, check = LegacyLocal(services), token_check(services.config)
    return [
        *legacy_routes("POST", "/v1/tests", on.create, check),
        *legacy_routes("POST", "/v1/tests/{reference}", on.finish, check),
        *legacy_routes("POST", "/v2/metrics/{reference}", on.push, check),
    ]
