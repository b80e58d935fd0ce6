"""Executes a run from `created` to its final status: validation, queue, execution by k6, metrics."""

from __future__ import annotations

from typing import TYPE_CHECKING

import anyio
import anyio.to_thread

from k6ci.emulator.archive import read_archive
from k6ci.emulator.config import Progression, StatusDelays
from k6ci.emulator.execution import InspectError
from k6ci.emulator.final_status import (
    CODE_OTHER,
    FINAL_STATUSES,
    FinalStatus,
    final_status_of,
    is_complete,
    stopped_status,
)
from k6ci.emulator.local_execution import wait_for_end
from k6ci.emulator.metrics.samples import SampleReader
from k6ci.emulator.plan import OptionsError, plan_of
from k6ci.emulator.preparation import prepare
from k6ci.emulator.run import EMULATED_ZONE, Reason, Result, Run, Status
from k6ci.emulator.run_scenario import EndedBy
from k6ci.emulator.script import ScriptError, without_secrets
from k6ci.emulator.script_log import LogReader
from k6ci.errors import collapsed

if TYPE_CHECKING:
    from k6ci.emulator.execution import K6
    from k6ci.emulator.local_execution import LocalExecution
    from k6ci.emulator.stack_state import StackState
    from k6ci.k6.supervision import Ended
    from k6ci.redaction import Redactor

CODE_VALIDATION = 4001
SLOTS = 50
_NO_DELAYS = StatusDelays(0, 0, 0, 0)


class ValidationError(Exception):
    """The script or its options are invalid: the run goes from `created` to `aborted`."""


class LimitError(ValidationError):
    """The run exceeds a limit of its project."""


class RunExecutor:
    """Executes the runs of a stack, at most SLOTS at a time."""

    def __init__(self, state: StackState, k6: K6, redactor: Redactor) -> None:
        self._state = state
        self._k6 = k6
        self._redactor = redactor
        self._slots = anyio.Semaphore(SLOTS)
        is_immediate = state.config.progression is Progression.IMMEDIATE
        self._delays = _NO_DELAYS if is_immediate else state.config.status_delays

    async def execute(self, run: Run) -> None:
        """Execute a run to its end. An error ends this run as aborted; a cancellation ends its k6 process."""
        try:
            await self._execute(run)
        except OSError as error:
            self._fail(run, f"k6 cannot be executed: {error.strerror}.")
        except Exception as error:  # noqa: BLE001  (an error in one run must not end the other runs)
            self._fail(run, f"The emulator failed with an unexpected {_kind_of(error)}.")

    async def _execute(self, run: Run) -> None:
        if run.local is not None:
            await self._complete(run, await self._follow_client(run, run.local))
        elif await self._acquire_slot(run):
            try:
                await self._execute_in_slot(run)
            finally:
                self._slots.release()
        else:
            self._finish(run, stopped_status(run.abort_requested_by))

    async def _acquire_slot(self, run: Run) -> bool:
        """Wait for a slot; False when the run is stopped first."""
        has_slot = False
        async with anyio.create_task_group() as group:

            async def cancel_when_stopped() -> None:
                await run.stop.wait()
                group.cancel_scope.cancel()

            group.start_soon(cancel_when_stopped)
            await self._slots.acquire()
            has_slot = True
            group.cancel_scope.cancel()
        return has_slot

    async def _execute_in_slot(self, run: Run) -> None:
        try:
            archive = await self._validate(run)
        except ValidationError as error:
            ended_by = EndedBy.LIMIT if isinstance(error, LimitError) else None
            reason = Reason(str(error), CODE_VALIDATION, ended_by=ended_by)
            self._finish(run, FinalStatus(Status.ABORTED, Result.ERROR, reason))
            return
        if await self._is_stopped_before_running(run):
            self._finish(run, stopped_status(run.abort_requested_by))
            return
        ended, messages = await self._run_k6(run, archive)
        run.exit_code = ended.exit_code
        if run.scenario.ended_by is not None:
            final_status = FINAL_STATUSES[run.scenario.ended_by]
        elif await self._is_stopped_in(run, Status.RUNNING):
            final_status = stopped_status(run.abort_requested_by)
        else:
            final_status = final_status_of(ended, messages, stopped_by=run.abort_requested_by)
        await self._complete(run, final_status)

    async def _follow_client(self, run: Run, local: LocalExecution) -> FinalStatus:
        """Wait for the end of a run that its client executes; its options and plan come from the archive, if any."""
        if run.script is not None and run.script.is_archive:
            try:
                archive = await anyio.to_thread.run_sync(read_archive, run.script.content)
                run.options, run.plan = without_secrets(archive.options), plan_of(archive.options)
                run.dependencies = archive.dependencies
            except (OptionsError, ScriptError) as error:
                run.log.write(0, {"level": "warning"}, self._redactor.text(f"The archive cannot be read: {error}"))
        return await wait_for_end(run, local, self._state.clock, silence_seconds=self._state.config.silence_seconds)

    async def _complete(self, run: Run, final_status: FinalStatus) -> None:
        """Enter the final status, by way of `processing_metrics` when it is `completed`."""
        clock = self._state.clock
        if final_status.status is Status.COMPLETED:
            run.enter(Status.PROCESSING_METRICS, clock.now())
            await clock.sleep(self._delays.processing_metrics)
            if await self._is_stopped_in(run, Status.PROCESSING_METRICS):
                final_status = stopped_status(run.abort_requested_by)
        self._finish(run, final_status)

    async def _is_stopped_before_running(self, run: Run) -> bool:
        """Enter the statuses up to `initializing`; True when the run is stopped in one of them."""
        for status, delay_seconds in (
            (Status.CREATED, self._delays.created),
            (Status.QUEUED, self._delays.queued),
            (Status.INITIALIZING, 0.0),  # _begin_running waits for its delay while k6 starts
        ):
            if status is not Status.CREATED:
                run.enter(status, self._state.clock.now())
            await self._state.clock.sleep(delay_seconds)
            if await self._is_stopped_in(run, status) or run.stop.is_set():
                return True
        return False

    async def _is_stopped_in(self, run: Run, status: Status) -> bool:
        """Wait as long as the scenario holds the run in this status; True when the run is stopped meanwhile."""
        if run.scenario.hold != status.value:
            return False
        with anyio.move_on_after(run.scenario.hold_seconds):
            await run.stop.wait()
        return run.stop.is_set()

    def _finish(self, run: Run, final_status: FinalStatus) -> None:
        if run.is_abort_final:
            final_status = stopped_status(run.abort_requested_by)
        run.result = final_status.result
        run.result_reason = final_status.reason
        run.enter(
            final_status.status,
            self._state.clock.now(),
            final_status.reason if final_status.status is Status.ABORTED else None,
        )

    def _fail(self, run: Run, message: str) -> None:
        if not run.has_ended:
            self._finish(run, FinalStatus(Status.ABORTED, Result.ERROR, Reason(message, CODE_OTHER)))

    async def _validate(self, run: Run) -> bytes:
        """Return the archive for k6; options, plan and dependencies of the run are set. Raises ValidationError."""
        if run.script is None:
            raise ValidationError("The load test has no script.")
        try:
            prepared = await prepare(run.script, self._k6)
            run.plan = plan_of(prepared.options)
        except (InspectError, OptionsError, ScriptError) as error:
            raise ValidationError(self._redactor.text(str(error))) from error
        run.options = without_secrets(prepared.options)
        run.dependencies = prepared.dependencies
        run.k6_version = "v" + ".".join(map(str, await self._k6.version()))
        project = self._state.projects.get(run.project_id)
        problem = self._state.excess_of(project, run, run.plan) if project is not None else None
        if problem is not None:
            raise LimitError(problem)
        return prepared.archive

    async def _run_k6(self, run: Run, archive: bytes) -> tuple[Ended, list[str]]:
        """Run k6, and enter `running` meanwhile; return how k6 ended and the errors that it logged."""
        if run.plan is None:
            raise AssertionError("only validated runs are executed")
        begun = self._state.clock.now()
        reader, log = SampleReader(run.metrics), LogReader(run, self._redactor, self._state.clock)
        async with anyio.create_task_group() as group:
            group.start_soon(self._begin_running, run)
            ended = await self._k6.run(
                archive,
                on_samples=reader.feed,
                on_log=log.feed,
                stop=run.stop,
                limit_seconds=run.plan.duration_seconds + self._state.config.limit_seconds,
                variables={
                    "K6_CLOUDRUN_INSTANCE_ID": "0",
                    "K6_CLOUDRUN_LOAD_ZONE": EMULATED_ZONE,
                    "K6_CLOUDRUN_TEST_RUN_ID": str(run.id),
                },
            )
            group.cancel_scope.cancel()
        if run.status is Status.INITIALIZING and is_complete(ended):
            run.enter(Status.RUNNING, begun)
        return ended, log.messages

    async def _begin_running(self, run: Run) -> None:
        await self._state.clock.sleep(self._delays.initializing)
        run.enter(Status.RUNNING, self._state.clock.now())
        if run.scenario.ended_by is not None:
            await self._state.clock.sleep(run.scenario.after_seconds)
            run.stop.set()


def _kind_of(error: Exception) -> str:
    """Return the class name of an error, without the group that wraps it; messages may hold a secret."""
    return type(collapsed(error)).__name__
