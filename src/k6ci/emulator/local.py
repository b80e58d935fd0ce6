"""Runs that k6 executes outside of the cloud (`--local-execution`, `k6 run -o cloud`) and only reports about."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import anyio

from k6ci.emulator.destiny import EndedBy
from k6ci.emulator.run import Reason, Result, Run, Status
from k6ci.emulator.verdict import CODE_TIMEOUT, VERDICTS, Verdict, aborted_by, stopped_verdict

if TYPE_CHECKING:
    from k6ci.clock import Clock

_FINISHED, _BY_USER = 3, 5
_ENDED_BY = {6: EndedBy.SYSTEM, 7: EndedBy.SCRIPT, 8: EndedBy.THRESHOLD, 9: EndedBy.LIMIT}


@dataclass
class LocalExecution:
    """The client's reports: the time of the last one (monotonic clock), and the verdict at its end."""

    heard: float
    verdict: Verdict | None = None
    ended: anyio.Event = field(default_factory=anyio.Event)

    def finish(self, verdict: Verdict) -> None:
        """Record how the client ended the run; only the first report counts."""
        if self.verdict is None:
            self.verdict = verdict
            self.ended.set()


def verdict_of_client(run_status: int, result_status: int, user: str) -> Verdict:
    """Translate the body of `POST /v1/tests/{ref}`; k6 has evaluated the thresholds. An unknown status is `system`."""
    if run_status == _FINISHED:
        return Verdict(Status.COMPLETED, Result.FAILED if result_status else Result.PASSED)
    if run_status == _BY_USER:
        return Verdict(Status.ABORTED, Result.ERROR, aborted_by(user))
    return VERDICTS[_ENDED_BY.get(run_status, EndedBy.SYSTEM)]


async def attend(run: Run, local: LocalExecution, clock: Clock, *, silence_seconds: float) -> Verdict:
    """The verdict, once the client has ended the run, somebody has stopped it, or nothing was heard for too long."""
    for status in (Status.INITIALIZING, Status.RUNNING):
        run.enter(status, clock.now())
    async with anyio.create_task_group() as group:

        async def wait_for(event: anyio.Event) -> None:
            await event.wait()
            group.cancel_scope.cancel()

        async def wait_for_silence() -> None:
            while (left := local.heard + silence_seconds - clock.monotonic()) > 0:
                await clock.sleep(left)
            group.cancel_scope.cancel()

        async def end_as_ordered() -> None:
            if run.destiny.ended_by is not None:
                await clock.sleep(run.destiny.after_seconds)
                run.stop.set()

        group.start_soon(wait_for, run.stop)
        group.start_soon(wait_for, local.ended)
        group.start_soon(wait_for_silence)
        group.start_soon(end_as_ordered)
    if local.verdict is not None:
        return local.verdict
    if not run.stop.is_set():
        reason = Reason(f"Nothing was heard of the test run for {silence_seconds:.0f} s.", CODE_TIMEOUT)
        return Verdict(Status.ABORTED, Result.ERROR, reason)
    return stopped_verdict(run.abort_requested_by) if run.destiny.ended_by is None else VERDICTS[run.destiny.ended_by]
