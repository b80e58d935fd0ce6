"""Schedules of load tests."""

from __future__ import annotations

from typing import TYPE_CHECKING

from starlette.routing import Route

from k6ci.emulator.bodies import CreateSchedule, RecurrenceRule
from k6ci.emulator.instants import parse_instant
from k6ci.emulator.presentation import show_schedule
from k6ci.emulator.refusal import Refusal, not_found
from k6ci.emulator.schedules import Cron, Frequency, Recurrence, Schedule, toggled
from k6ci.emulator.wire import Listing, answer, no_content, path_id, query_of, read_json, refuse_query

if TYPE_CHECKING:
    from starlette.requests import Request
    from starlette.responses import Response

    from k6ci.emulator.stage import Stage

_LIST = Listing()
_PREFIX = "/cloud/v6"


class Schedules:
    """The handlers."""

    def __init__(self, stage: Stage) -> None:
        self._stage = stage
        self._world = stage.world

    async def all(self, request: Request) -> Response:
        """List the schedules."""
        now = self._stage.clock.now()
        query = _LIST.query(request)
        return _LIST.page(request, query, list(self._world.schedules.values()), lambda s: show_schedule(s, now))

    async def of_load_test(self, request: Request) -> Response:
        """Show the schedule of a load test."""
        refuse_query(request)
        load_test = self._world.load_test(path_id(request))
        found = next((s for s in self._world.schedules.values() if s.load_test_id == load_test.id), None)
        if found is None:
            raise Refusal(404, "The load test has no schedule.")
        return self._answer(found)

    async def create(self, request: Request) -> Response:
        """Set the schedule of a load test, in place of the one that it has."""
        load_test = self._world.load_test(path_id(request))
        query_of(request)
        body = await read_json(request, CreateSchedule)
        schedule = Schedule(
            id=self._world.next_id("schedule"),
            load_test_id=load_test.id,
            starts=parse_instant(body.starts),
            recurrence=_recurrence(body.recurrence_rule),
            cron=Cron(body.cron.schedule, body.cron.time_zone) if body.cron is not None else None,
            is_deactivated=False,
            created_by=self._stage.config.user_email,
        )
        kept = {key: plan for key, plan in self._world.schedules.items() if plan.load_test_id != load_test.id}
        self._world.schedules = {**kept, schedule.id: schedule}
        return self._answer(schedule)

    async def one(self, request: Request) -> Response:
        """Show a schedule."""
        refuse_query(request)
        return self._answer(self._schedule(request))

    async def delete(self, request: Request) -> Response:
        """Delete it."""
        refuse_query(request)
        del self._world.schedules[self._schedule(request).id]
        return no_content()

    async def activate(self, request: Request) -> Response:
        """Switch it on; 409 when it has expired."""
        refuse_query(request)
        schedule = self._schedule(request)
        if schedule.next_run(self._stage.clock.now()) is None:
            raise Refusal(409, "An expired schedule cannot be activated.")
        self._world.schedules[schedule.id] = toggled(schedule, is_deactivated=False)
        return no_content()

    async def deactivate(self, request: Request) -> Response:
        """Switch it off."""
        refuse_query(request)
        schedule = self._schedule(request)
        self._world.schedules[schedule.id] = toggled(schedule, is_deactivated=True)
        return no_content()

    def _answer(self, schedule: Schedule) -> Response:
        return answer(show_schedule(schedule, self._stage.clock.now()))

    def _schedule(self, request: Request) -> Schedule:
        schedule = self._world.schedules.get(path_id(request))
        if schedule is None:
            raise not_found("Schedule")
        return schedule


def _recurrence(rule: RecurrenceRule | None) -> Recurrence | None:
    if rule is None:
        return None
    until = None if rule.until is None else parse_instant(rule.until)
    byday = None if rule.byday is None else tuple(rule.byday)
    return Recurrence(Frequency(rule.frequency), rule.interval, byday, until, rule.count)


def routes(stage: Stage) -> list[Route]:
    """The schedule resource."""
    on = Schedules(stage)
    return [
        Route(f"{_PREFIX}/schedules", on.all, methods=["GET"]),
        Route(f"{_PREFIX}/load_tests/{{id}}/schedule", on.of_load_test, methods=["GET"]),
        Route(f"{_PREFIX}/load_tests/{{id}}/schedule", on.create, methods=["POST"]),
        Route(f"{_PREFIX}/schedules/{{id}}", on.one, methods=["GET"]),
        Route(f"{_PREFIX}/schedules/{{id}}", on.delete, methods=["DELETE"]),
        Route(f"{_PREFIX}/schedules/{{id}}/activate", on.activate, methods=["POST"]),
        Route(f"{_PREFIX}/schedules/{{id}}/deactivate", on.deactivate, methods=["POST"]),
    ]
