"""Test runs: start, list, read, annotate, star, save, abort, delete."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import anyio
from starlette.routing import Route

from k6ci.emulator.bodies import PatchTestRun
from k6ci.emulator.config import Progression
from k6ci.emulator.final_status import aborted_by
from k6ci.emulator.http_error import HttpError
from k6ci.emulator.presentation import has_begun, may_be_aborted, show_run, show_started_run, visible_status
from k6ci.emulator.routes.load_tests import script_response
from k6ci.emulator.run import EMULATED_ZONE, TERMINAL, is_terminal
from k6ci.emulator.timestamps import parse_timestamp
from k6ci.emulator.wire import Listing, flag, json_response, no_content, path_id, query_of, read_json, reject_query

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Iterable, Mapping

    from starlette.requests import Request
    from starlette.responses import Response

    from k6ci.emulator.run import Run
    from k6ci.emulator.services import EmulatorServices

_DATES = ("created_after", "created_before")
_LIST = Listing(filters=_DATES)
_TEST_LIST = Listing(filters=(*_DATES, "is_starred"), order_fields=("created",))
_KEY_LIMIT = 36
_PREFIX = "/cloud/v6"
ANONYMOUS = "stack-token@example.com"


class TestRuns:
    """The handlers."""

    def __init__(self, services: EmulatorServices) -> None:
        self._services = services
        self._state = services.state

    async def start(self, request: Request) -> Response:
        """Start a load test; a repeated idempotency key returns the same run for ten minutes."""
        reject_query(request)
        load_test = self._state.load_test(path_id(request))
        key = request.headers.get("k6-idempotency-key")
        if key is not None and not 1 <= len(key) <= _KEY_LIMIT:
            raise HttpError(403, f"An idempotency key has 1 to {_KEY_LIMIT} characters.", target="K6-Idempotency-Key")
        run, is_new = self._state.start(load_test, key)
        if is_new:
            self._services.launch(run)
        return json_response(
            show_started_run(run, self._services.config, self._now(), steps=0 if is_new else self._steps(run))
        )

    async def all(self, request: Request) -> Response:
        """List all runs."""
        query = _LIST.query(request)
        return _LIST.page(request, query, _between(self._state.runs.values(), query), self._show)

    async def of_load_test(self, request: Request) -> Response:
        """List the runs of one load test."""
        load_test = self._state.load_test(path_id(request))
        query = _TEST_LIST.query(request)
        is_starred = flag(query, "is_starred")
        found = [
            run
            for run in _between(self._state.runs.values(), query)
            if run.load_test_id == load_test.id and is_starred in {None, run.is_starred}
        ]
        return _TEST_LIST.page(request, query, found, self._show)

    async def one(self, request: Request) -> Response:
        """Show a run; the configured progression decides how long the request is held and which status it shows."""
        reject_query(request)
        run = self._run(request)
        await self.progressed(run)
        shown = self._show(run)
        run.polls += 1
        run.ended_polls += is_terminal(shown["status"])
        return json_response(run.scenario.shown(shown, polls=run.polls, ended_polls=run.ended_polls))

    async def patch(self, request: Request) -> Response:
        """Change the note of a run."""
        run = self._run(request)
        query_of(request)
        run.note = (await read_json(request, PatchTestRun)).note
        return no_content()

    async def delete(self, request: Request) -> Response:
        """Delete a run; 409 before its end."""
        reject_query(request)
        run = self._run(request)
        if visible_status(run, self._steps(run)) not in TERMINAL:
            raise HttpError(409, "A test run cannot be deleted while it is running.")
        self._state.delete_run(run)
        return no_content()

    async def abort(self, request: Request) -> Response:
        """Abort a run; 409 before `running` (or the status of its scenario), after its end and the second time."""
        reject_query(request)
        run = self._run(request)
        status = visible_status(run, self._steps(run))
        if (
            not may_be_aborted(run, status)
            or status in TERMINAL
            or (run.stop.is_set() and "status" not in run.overrides)
        ):
            raise HttpError(409, f"Cannot abort a test run that is {status}.")
        self.stop(run)
        return no_content()

    def stop(self, run: Run) -> None:
        """Stop the execution, and record that the user of the token aborted it."""
        run.abort_requested_by = self._services.config.user_email or ANONYMOUS
        run.stop.set()
        if run.overridden_until_abort:
            run.abort_overridden(self._now(), aborted_by(run.abort_requested_by))

    async def script(self, request: Request) -> Response:
        """Return the script that the run executes."""
        reject_query(request)
        script = self._run(request).script
        if script is None:
            raise HttpError(404, "The test run has no script.")
        return script_response(request, script, is_strict=False)

    async def distribution(self, request: Request) -> Response:
        """Show the load generators, all on this machine; 404 before `running`, and when the script was not executed."""
        reject_query(request)
        run = self._run(request)
        if not has_begun(visible_status(run, self._steps(run))) or run.execution_seconds(self._now()) == 0:
            raise HttpError(404, "The test run has no distribution.")
        zone = {"percentage": 100, "nodes": [{"size": "emulated", "public_ip": "127.0.0.1"}]}
        return json_response({"distribution": {EMULATED_ZONE: zone}})

    async def star(self, request: Request) -> Response:
        """Star a run."""
        reject_query(request)
        self._run(request).is_starred = True
        return no_content()

    async def unstar(self, request: Request) -> Response:
        """Remove the star of a run."""
        reject_query(request)
        self._run(request).is_starred = False
        return no_content()

    async def save(self, request: Request) -> Response:
        """Keep the results of a run for ever."""
        reject_query(request)
        self._run(request).is_saved = True
        return no_content()

    async def unsave(self, request: Request) -> Response:
        """Let the results of a run expire."""
        reject_query(request)
        self._run(request).is_saved = False
        return no_content()

    async def progressed(self, run: Run) -> int | None:
        """Hold the request as the progression requires; return how many status changes are shown, None for all."""
        config = self._services.config
        if config.progression is Progression.REAL:
            return None
        wanted = run.steps_shown + 1
        with anyio.move_on_after(config.hold_seconds):
            while not run.has_ended and "status" not in run.overrides:
                if config.progression is Progression.STEPPED and len(run.history) > wanted:
                    break
                await run.changed.wait()
        run.steps_shown = min(wanted, len(run.history) - 1)
        return self._steps(run)

    def _steps(self, run: Run) -> int | None:
        return run.steps_shown if self._services.config.progression is Progression.STEPPED else None

    def _show(self, run: Run) -> dict[str, Any]:
        return show_run(run, self._now(), steps=self._steps(run))

    def _run(self, request: Request) -> Run:
        return self._state.run(path_id(request))

    def _now(self) -> dt.datetime:
        return self._services.clock.now()


def _between(runs: Iterable[Run], query: Mapping[str, str]) -> list[Run]:
    after, before = (_timestamp(query, name) for name in _DATES)
    return [run for run in runs if (after is None or run.created >= after) and (before is None or run.created < before)]


def _timestamp(query: Mapping[str, str], name: str) -> dt.datetime | None:
    if name not in query:
        return None
    try:
        return parse_timestamp(query[name])
    except ValueError as error:
        raise HttpError(400, str(error), target=name) from error


def routes(services: EmulatorServices) -> list[Route]:
    """Return the routes."""
    on = TestRuns(services)
    actions = {"abort": on.abort, "star": on.star, "unstar": on.unstar, "save": on.save, "unsave": on.unsave}
    return [
        Route(f"{_PREFIX}/load_tests/{{id}}/start", on.start, methods=["POST"]),
        Route(f"{_PREFIX}/load_tests/{{id}}/test_runs", on.of_load_test, methods=["GET"]),
        Route(f"{_PREFIX}/test_runs", on.all, methods=["GET"]),
        Route(f"{_PREFIX}/test_runs/{{id}}", on.one, methods=["GET"]),
        Route(f"{_PREFIX}/test_runs/{{id}}", on.patch, methods=["PATCH"]),
        Route(f"{_PREFIX}/test_runs/{{id}}", on.delete, methods=["DELETE"]),
        Route(f"{_PREFIX}/test_runs/{{id}}/script", on.script, methods=["GET"]),
        Route(f"{_PREFIX}/test_runs/{{id}}/distribution", on.distribution, methods=["GET"]),
        *(Route(f"{_PREFIX}/test_runs/{{id}}/{name}", handler, methods=["POST"]) for name, handler in actions.items()),
    ]
