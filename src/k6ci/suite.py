"""The scripts of one command as a suite: limited parallelism, a report each, confirmation runs, and fail-fast.

One task group holds the suite, one scope each run. With fail-fast the first script that does not pass ends the others.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Awaitable, Callable, Sequence

import anyio
from anyio.abc import TaskGroup

from k6ci.cloud.models import TestRun
from k6ci.history.comparison import NewRun, comparison_of
from k6ci.history.earlier_runs import History, read_history
from k6ci.results.assemble import failed_run_report, run_report
from k6ci.results.collect import collect
from k6ci.results.comparison import Comparison, ComparisonOutcome
from k6ci.results.model import Measurements, Metrics, RunReport, Verdict
from k6ci.results.verdict_input import Policy
from k6ci.runs.listener import RunListener, SuiteListener
from k6ci.runs.request import RunRequest
from k6ci.runs.result import RunResult
from k6ci.runs.run_note import Revision
from k6ci.runs.runner import Runner, RunServices


@dataclasses.dataclass(frozen=True)
class ComparisonPolicy:
    """How runs are compared with their history.

    Attributes:
        is_wanted: whether they are compared at all.
        regression_limit: the smallest relative change that counts, 0.1 for 10 %.
        confirmation_runs: how many further runs confirm a slower one.
        max_vuh: the budget of the suite in VUh, with confirmation runs; None for no limit.
    """

    is_wanted: bool = False
    regression_limit: float = 0.1
    confirmation_runs: int = 0
    max_vuh: float | None = None


class _Budget:
    """The estimated VUh of the suite so far."""

    def __init__(self, requests: Sequence[RunRequest], limit: float | None) -> None:
        self._limit = limit
        self._used = sum(request.vuh_estimate or 0.0 for request in requests)

    def allows(self, vuh: float) -> bool:
        """Whether so much more fits; it is used then."""
        if self._limit is not None and self._used + vuh > self._limit:
            return False
        self._used += vuh
        return True


async def run_suite(
    requests: Sequence[RunRequest],
    runner_for: Callable[[RunListener], Runner],
    services: RunServices,
    listener: SuiteListener,
    policy: Policy,
    comparison: ComparisonPolicy,
    *,
    max_parallel: int,
    fail_fast: bool,
    is_ci: bool,
) -> list[RunReport]:
    """Run every request, at most `max_parallel` at a time; a signal ends them all, each with a report of its own.

    Beside the runs, the metrics of as many ended ones are read.
    """
    reports: dict[int, list[RunReport]] = {}
    # Not a limiter: it would let in whoever comes first, and the scripts are to begin in their order.
    slots, readers = anyio.Semaphore(max_parallel), anyio.Semaphore(max_parallel)
    # Its verdict decides whether others may begin, or its comparison whether it is repeated: it keeps its slot.
    keeps_slot = fail_fast or comparison.confirmation_runs > 0
    budget = _Budget(requests, comparison.max_vuh)

    async def one(number: int, request: RunRequest) -> None:
        held = slots

        async def ended() -> None:
            """The next script begins while the metrics of this one are read."""
            nonlocal held
            if not keeps_slot:
                await readers.acquire()
                slots.release()
                held = readers

        try:
            runner = runner_for(listener.of(request.archive.script, is_alone=len(requests) == 1))
            script = _Script(request, runner, services, listener, policy, comparison, budget, ended, is_ci=is_ci)
            reports[number] = found = await script.reports()
        finally:
            held.release()
        if fail_fast and any(report.decision.verdict not in (Verdict.PASSED, Verdict.SKIPPED) for report in found):
            services.interruption.halt(f"{request.archive.script} did not pass (fail-fast)")

    async with anyio.create_task_group() as group:
        for number, request in enumerate(requests):
            await slots.acquire()
            group.start_soon(one, number, request)
    return [report for number in sorted(reports) for report in reports[number]]


class _Script:
    """One script of the suite: its run, its comparison, and the runs that confirm it."""

    def __init__(
        self,
        request: RunRequest,
        runner: Runner,
        services: RunServices,
        listener: SuiteListener,
        policy: Policy,
        comparison: ComparisonPolicy,
        budget: _Budget,
        ended: Callable[[], Awaitable[None]],
        *,
        is_ci: bool,
    ) -> None:
        self._request, self._runner, self._services, self._listener = request, runner, services, listener
        self._policy, self._comparison, self._budget, self._is_ci = policy, comparison, budget, is_ci
        self._ended = ended
        self._history: History | None = None
        self._has_read: anyio.Event | None = None

    async def reports(self) -> list[RunReport]:
        """The report of the run, and of each confirmation run."""
        found: list[RunReport] = []
        async with anyio.create_task_group() as beside:
            try:
                found = await self._reports(beside)
            finally:
                beside.cancel_scope.cancel()
        return found

    async def _reports(self, beside: TaskGroup) -> list[RunReport]:
        """The reports; the history is read while the run goes on, so that nobody waits for it at the end."""

        def started(run: TestRun) -> None:
            if self._comparison.is_wanted and run.test_id is not None:
                self._has_read = anyio.Event()
                beside.start_soon(self._read_history, run, run.test_id, self._has_read)

        result = await self._runner.run(self._request, started)
        await self._ended()
        confirmations: list[RunReport] = []
        try:
            measurements = await collect(result, self._services)
            history = await self._history_of(result)
            comparison = None
            if history is not None and result.run is not None:
                comparison = await self._compared(result, measurements, history, confirmations)
            return [self._report(result, measurements, comparison), *confirmations]
        except Exception as error:
            if result.requested_at is None:
                raise
            # There was a run: its end is reported, whatever fails here.
            return [failed_run_report(result, error), *confirmations]

    def _report(self, result: RunResult, measurements: Measurements, comparison: Comparison | None) -> RunReport:
        cancelled_by = self._services.interruption.exit_code
        return run_report(
            result,
            measurements,
            self._policy,
            cancelled_by=cancelled_by,
            is_ci=self._is_ci,
            comparison=comparison,
        )

    async def _read_history(self, run: TestRun, load_test_id: int, has_read: anyio.Event) -> None:
        options = self._request.plan.options_digest
        with self._services.interruption.scope():
            self._history = await read_history(self._services.client, load_test_id, run, Revision(options=options))
        has_read.set()

    async def _history_of(self, result: RunResult) -> History | None:
        """The earlier runs; None if the run has no end to compare, or the job is being cancelled."""
        run = result.run
        if self._has_read is None or result.problem is not None or result.is_ours is False:
            return None
        if run is None or not run.is_terminal:
            return None
        with self._services.interruption.scope():
            await self._has_read.wait()
        return self._history

    async def _compared(
        self, result: RunResult, measurements: Measurements, history: History, confirmations: list[RunReport]
    ) -> Comparison | None:
        """The comparison; a slower run is confirmed by further runs first, whose reports `confirmations` gets.

        Without a confirmation the comparison of the one run stands, which has the same error rate.
        """
        if result.run is None:
            return None
        new = NewRun(result.run, _revision(result), result.plan.is_closed_model, measurements)
        limit = self._comparison.regression_limit
        first = comparison_of(new, history, regression_limit=limit)
        wanted = self._comparison.confirmation_runs
        if not wanted or first.outcome not in (ComparisonOutcome.SUSPICIOUS, ComparisonOutcome.REGRESSED):
            return first
        vuh = wanted * (self._request.vuh_estimate or 0.0)
        if not self._budget.allows(vuh):
            said = f"Not confirmed: {wanted} further runs would cost about {vuh:.4g} VUh, beyond max-vuh-suite."
            return dataclasses.replace(first, notes=(*first.notes, said))
        self._listener.warned(f"{result.script}: {first.outcome.value}; {wanted} further runs confirm that")
        found: dict[int, Metrics] = {}
        for number in range(wanted):
            problem = await self._confirm(result.run.id, number + 1, confirmations, found)
            if problem:
                return dataclasses.replace(first, notes=(*first.notes, problem))
        return comparison_of(new, history, regression_limit=limit, confirmations=found)

    async def _confirm(
        self, run_id: int, number: int, confirmations: list[RunReport], found: dict[int, Metrics]
    ) -> str:
        """One confirmation run; a sentence if it has no metrics that count."""
        if self._services.interruption.is_over:
            return "Not confirmed: the job ended before."
        result = await self._runner.run(dataclasses.replace(self._request, is_confirmation=True))
        if result.run is None and result.requested_at is None:
            return f"Not confirmed: {result.problem.cause if result.problem else 'no further run was started.'}"
        measurements = await collect(result, self._services)
        report = self._report(result, measurements, None)
        script = f"{result.script} (confirmation {number})"
        confirmations.append(dataclasses.replace(report, script=script, confirms=run_id))
        if result.run is None or result.run.status != "completed":
            return "Not confirmed: a further run did not end by itself."
        if measurements.problems:
            return f"Not confirmed: the metrics of a further run are incomplete: {measurements.problems[0]}."
        found[result.run.id] = measurements.metrics
        return ""


def _revision(result: RunResult) -> Revision:
    return Revision(options=result.plan.options_digest, script=result.archive_digest)
