"""Schedules of load tests."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

from starlette.routing import Route

from k6ci.emulator.bodies import CreateSchedule
from k6ci.emulator.http_error import HttpError, not_found
from k6ci.emulator.presentation import show_schedule
from k6ci.emulator.schedules import Schedule
from k6ci.emulator.wire import Listing, json_response, no_content, path_id, query_of, read_json, reject_query

if TYPE_CHECKING:
    from starlette.requests import Request
    from starlette.responses import Response

    from k6ci.emulator.services import EmulatorServices

_LIST = Listing()
_PREFIX = "/cloud/v6"


class Schedules:
    """The handlers."""

    def __init__(self, services: EmulatorServices) -> None:
        self._services = services
        self._state = services.state

    async def all(self, request: Request) -> Response:
        """List the schedules."""
        query = _LIST.query(request)
        return _LIST.page(request, query, list(self._state.schedules.values()), self._show)

    async def of_load_test(self, request: Request) -> Response:
        """Show the schedule of a load test."""
        reject_query(request)
        load_test = self._state.load_test(path_id(request))
        found = next((one for one in self._state.schedules.values() if one.load_test_id == load_test.id), None)
        if found is None:
            raise HttpError(404, "The load test has no schedule.")
        return json_response(self._show(found))

    async def create(self, request: Request) -> Response:
        """Create the schedule of a load test, which replaces an earlier one."""
        load_test = self._state.load_test(path_id(request))
        query_of(request)
        body = await read_json(request, CreateSchedule)
        schedule = Schedule(
            id=self._state.next_id("schedule"),
            load_test_id=load_test.id,
            starts=body.starts,
            recurrence=None if body.recurrence_rule is None else body.recurrence_rule.recurrence(),
            cron=None if body.cron is None else body.cron.cron(),
            is_deactivated=False,
            created_by=self._services.config.user_email,
        )
        self._state.set_schedule(load_test, schedule)
        return json_response(self._show(schedule))

    async def one(self, request: Request) -> Response:
        """Show a schedule."""
        reject_query(request)
        return json_response(self._show(self._schedule(request)))

    async def delete(self, request: Request) -> Response:
        """Delete a schedule."""
        reject_query(request)
        del self._state.schedules[self._schedule(request).id]
        return no_content()

    async def activate(self, request: Request) -> Response:
        """Activate a schedule; 409 when it has expired."""
        reject_query(request)
        schedule = self._schedule(request)
        if schedule.next_run(self._services.clock.now()) is None:
            raise HttpError(409, "An expired schedule cannot be activated.")
        self._state.schedules[schedule.id] = replace(schedule, is_deactivated=False)
        return no_content()

    async def deactivate(self, request: Request) -> Response:
        """Deactivate a schedule."""
        reject_query(request)
        schedule = self._schedule(request)
        self._state.schedules[schedule.id] = replace(schedule, is_deactivated=True)
        return no_content()

    def _show(self, schedule: Schedule) -> dict[str, Any]:
        return show_schedule(schedule, self._services.clock.now())

    def _schedule(self, request: Request) -> Schedule:
        schedule = self._state.schedules.get(path_id(request))
        if schedule is None:
            raise not_found("Schedule")
        return schedule


def routes(services: EmulatorServices) -> list[Route]:
    """Return the routes."""
    on = Schedules(services)
    return [
        Route(f"{_PREFIX}/schedules", on.all, methods=["GET"]),
        Route(f"{_PREFIX}/load_tests/{{id}}/schedule", on.of_load_test, methods=["GET"]),
        Route(f"{_PREFIX}/load_tests/{{id}}/schedule", on.create, methods=["POST"]),
        Route(f"{_PREFIX}/schedules/{{id}}", on.one, methods=["GET"]),
        Route(f"{_PREFIX}/schedules/{{id}}", on.delete, methods=["DELETE"]),
        Route(f"{_PREFIX}/schedules/{{id}}/activate", on.activate, methods=["POST"]),
        Route(f"{_PREFIX}/schedules/{{id}}/deactivate", on.deactivate, methods=["POST"]),
    ]
