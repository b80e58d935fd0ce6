"""The scripts of one command as a suite: orders under names of their own, so many runs at a time, one report each.

One task group holds the suite, one scope each run. With fail-fast the first script that does not pass ends the others.
"""

from __future__ import annotations

import urllib.parse
from collections.abc import Sequence
from typing import Final

import anyio
import anyio.to_thread

from k6ci.cloud.tail import tail_log
from k6ci.errors import ExitCode
from k6ci.preflight import Ready
from k6ci.results.assemble import failed_run_report, run_report
from k6ci.results.collect import measure
from k6ci.results.model import Measurements, RunReport, Verdict
from k6ci.runs.api import ApiRunner, Equipment
from k6ci.runs.deadline import GRACE_SECONDS, Deadline
from k6ci.runs.logtail import Tail
from k6ci.runs.observer import Audience
from k6ci.runs.order import Outcome, RunRequest
from k6ci.settings.model import Settings
from k6ci.settings.parse import is_loopback

_COLLECT_SECONDS: Final = 60.0
_SHORTEST_COLLECT_SECONDS: Final = 2.0
_LATE_SECONDS: Final = 2.0


def log_tail(settings: Settings, ready: Ready) -> Tail | None:
    """The log tail, if it is wanted. An emulator's token goes to no real tail, and the other way round."""
    is_loopback_tail = is_loopback(urllib.parse.urlsplit(settings.logs_tail_url).hostname)
    if not settings.show_logs or is_loopback_tail is not settings.is_emulated:
        return None
    return lambda run_id, since, opened: tail_log(settings.logs_tail_url, ready.token, run_id, since, opened)


async def run_suite(
    settings: Settings, orders: Sequence[RunRequest], equipment: Equipment, audience: Audience
) -> list[RunReport]:
    """Run every order, at most `max-parallel` at a time; a signal ends them all, each with a report of its own."""
    reports: dict[int, RunReport] = {}
    # Not a limiter: it would let in whoever comes first, and the scripts are to begin in their order.
    places = anyio.Semaphore(settings.max_parallel)

    async def one(number: int, order: RunRequest) -> None:
        try:
            reports[number] = report = await _report_of(settings, order, equipment, audience, is_alone=len(orders) == 1)
        finally:
            places.release()
        if settings.fail_fast and report.decision.verdict not in (Verdict.PASSED, Verdict.SKIPPED):
            equipment.interruption.halt(f"{order.archive.script} did not pass (fail-fast)")

    async with anyio.create_task_group() as group:
        for number, order in enumerate(orders):
            await places.acquire()
            group.start_soon(one, number, order)
    return [reports[number] for number in sorted(reports)]


async def _report_of(
    settings: Settings, order: RunRequest, equipment: Equipment, audience: Audience, *, is_alone: bool
) -> RunReport:
    runner = ApiRunner(equipment, audience.of(order.archive.script, is_alone=is_alone))
    outcome = await runner.run(order)
    try:
        measurements = await _collect(outcome, equipment)
        return _reported(settings, outcome, measurements, equipment.interruption.exit_code)
    except Exception as error:
        if outcome.requested_at is None:
            raise
        return failed_run_report(outcome, error)  # there was a run: its end is told, whatever we stumble over


async def _collect(outcome: Outcome, equipment: Equipment) -> Measurements:
    """The metrics of an ended run; none when the job is being cancelled, because its time is short."""
    if outcome.run is None or not outcome.run.is_terminal or outcome.problem is not None:
        return Measurements()
    client, options = equipment.client, outcome.order.archive.options
    deadline = Deadline.after(equipment.clock, outcome.requested_at or 0.0, outcome.order.patience.total)
    within = deadline.left(_COLLECT_SECONDS, grace=GRACE_SECONDS, at_least=_SHORTEST_COLLECT_SECONDS)
    with equipment.interruption.scope(), anyio.move_on_after(within):
        found = await measure(client, outcome.run.id, options)
        if found.has_samples is False:  # a verdict depends on it, and metrics may arrive a little late
            await equipment.clock.sleep(_LATE_SECONDS)
            found = await measure(client, outcome.run.id, options)
        return found
    return Measurements(problems=("the metrics were not waited for",))


def _reported(
    settings: Settings, outcome: Outcome, measurements: Measurements, cancelled_by: ExitCode | None
) -> RunReport:
    return run_report(
        outcome,
        measurements,
        cancelled_by=cancelled_by,
        allows_no_samples=settings.allow_no_samples,
        wanted_checks_rate=settings.min_checks_rate,
        is_ci=settings.is_ci,
    )
