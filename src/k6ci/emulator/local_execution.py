"""Runs that k6 executes itself and reports to the cloud: `cloud run --local-execution` and `run -o cloud`."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import anyio

from k6ci.emulator.final_status import CODE_TIMEOUT, FINAL_STATUSES, FinalStatus, aborted_by, stopped_status
from k6ci.emulator.run import Reason, Result, Run, Status
from k6ci.emulator.run_scenario import EndedBy

if TYPE_CHECKING:
    from k6ci.clock import Clock

_FINISHED, _BY_USER = 3, 5
_ENDED_BY = {6: EndedBy.SYSTEM, 7: EndedBy.SCRIPT, 8: EndedBy.THRESHOLD, 9: EndedBy.LIMIT}


@dataclass
class LocalExecution:
    """What the client has reported: the time of its last report (monotonic clock), and the final status at its end."""

    last_report: float
    final_status: FinalStatus | None = None
    ended: anyio.Event = field(default_factory=anyio.Event)

    def finish(self, final_status: FinalStatus) -> None:
        """Record how the client ended the run; only the first report counts."""
        if self.final_status is None:
            self.final_status = final_status
            self.ended.set()


def final_status_of_client(run_status: int, result_status: int, user: str) -> FinalStatus:
    """Return the final status for the body of `POST /v1/tests/{ref}`; an unknown `run_status` is `system`."""
    if run_status == _FINISHED:
        return FinalStatus(Status.COMPLETED, Result.FAILED if result_status else Result.PASSED)
    if run_status == _BY_USER:
        return FinalStatus(Status.ABORTED, Result.ERROR, aborted_by(user))
    return FINAL_STATUSES[_ENDED_BY.get(run_status, EndedBy.SYSTEM)]


async def wait_for_end(run: Run, local: LocalExecution, clock: Clock, *, silence_seconds: float) -> FinalStatus:
    """Wait until the client ends the run, it is stopped, or the client is silent for `silence_seconds`."""
    for status in (Status.INITIALIZING, Status.RUNNING):
        run.enter(status, clock.now())
    async with anyio.create_task_group() as group:

        async def cancel_when_set(event: anyio.Event) -> None:
            await event.wait()
            group.cancel_scope.cancel()

        async def cancel_when_silent() -> None:
            while (left := local.last_report + silence_seconds - clock.monotonic()) > 0:
                await clock.sleep(left)
            group.cancel_scope.cancel()

        async def end_by_scenario() -> None:
            if run.scenario.ended_by is not None:
                await clock.sleep(run.scenario.after_seconds)
                run.stop.set()

        group.start_soon(cancel_when_set, run.stop)
        group.start_soon(cancel_when_set, local.ended)
        group.start_soon(cancel_when_silent)
        group.start_soon(end_by_scenario)
    if local.final_status is not None:
        return local.final_status
    if not run.stop.is_set():
        reason = Reason(f"The client reported nothing for {silence_seconds:.0f} s.", CODE_TIMEOUT)
        return FinalStatus(Status.ABORTED, Result.ERROR, reason)
    return (
        stopped_status(run.abort_requested_by)
        if run.scenario.ended_by is None
        else FINAL_STATUSES[run.scenario.ended_by]
    )
