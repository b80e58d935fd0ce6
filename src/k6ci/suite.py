"""The scripts of one command as a suite: limited parallelism, one report each, and fail-fast.

One task group holds the suite, one scope each run. With fail-fast the first script that does not pass ends the others.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

import anyio

from k6ci.results.assemble import failed_run_report, run_report
from k6ci.results.collect import collect
from k6ci.results.model import RunReport, Verdict
from k6ci.results.verdict import Policy
from k6ci.runs.listener import RunListener, SuiteListener
from k6ci.runs.request import RunRequest
from k6ci.runs.runner import Runner, RunServices


async def run_suite(
    requests: Sequence[RunRequest],
    runner_for: Callable[[RunListener], Runner],
    services: RunServices,
    listener: SuiteListener,
    policy: Policy,
    *,
    max_parallel: int,
    fail_fast: bool,
    is_ci: bool,
) -> list[RunReport]:
    """Run every request, at most `max_parallel` at a time; a signal ends them all, each with a report of its own."""
    reports: dict[int, RunReport] = {}
    # Not a limiter: it would let in whoever comes first, and the scripts are to begin in their order.
    slots = anyio.Semaphore(max_parallel)

    async def one(number: int, request: RunRequest) -> None:
        try:
            runner = runner_for(listener.of(request.archive.script, is_alone=len(requests) == 1))
            reports[number] = report = await _report_of(request, runner, services, policy, is_ci=is_ci)
        finally:
            slots.release()
        if fail_fast and report.decision.verdict not in (Verdict.PASSED, Verdict.SKIPPED):
            services.interruption.halt(f"{request.archive.script} did not pass (fail-fast)")

    async with anyio.create_task_group() as group:
        for number, request in enumerate(requests):
            await slots.acquire()
            group.start_soon(one, number, request)
    return [reports[number] for number in sorted(reports)]


async def _report_of(
    request: RunRequest, runner: Runner, services: RunServices, policy: Policy, *, is_ci: bool
) -> RunReport:
    result = await runner.run(request)
    try:
        measurements = await collect(result, services)
        return run_report(result, measurements, policy, cancelled_by=services.interruption.exit_code, is_ci=is_ci)
    except Exception as error:
        if result.requested_at is None:
            raise
        return failed_run_report(result, error)  # there was a run: its end is reported, whatever fails here
