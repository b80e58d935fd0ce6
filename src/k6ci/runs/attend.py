"""Attends to one run that exists: verifies its script, watches it to its end, and stops it when it must not go on.

It needs no more than the run file has, so that another process can do it. Whatever goes wrong here, the run is not left
without anybody watching.
"""

from __future__ import annotations

import contextlib
import dataclasses
import datetime as dt
import traceback
from typing import Final

import anyio

from k6ci.cloud.failures import CallError
from k6ci.cloud.models import TestRun
from k6ci.errors import K6ciError, OutcomeUnknownError, SettingsError, collapsed
from k6ci.runs.deadline import Deadline
from k6ci.runs.launch import Launched
from k6ci.runs.listener import RunListener
from k6ci.runs.result import RunResult
from k6ci.runs.run_note import RunNote
from k6ci.runs.run_record import RunEntry
from k6ci.runs.runner import RunServices
from k6ci.runs.script_verification import Fingerprint, executes
from k6ci.runs.stale_runs import surely_ours
from k6ci.runs.stop import Stopped, Stopping
from k6ci.runs.watch import ContactLostError, DeadlineError, Watch

_STOP_SECONDS: Final = 5.0
_LATE_STOP_SECONDS: Final = 30.0
_VERIFICATION_SECONDS: Final = 20.0
_CONFIRM_SECONDS: Final = 2.0
# Of what a signal leaves: the rest is for the stop.
_CONFIRM_RESERVE_SECONDS: Final = 4.0
# The run is not watched meanwhile.
_NOTE_SECONDS: Final = 5.0


async def launched_before(services: RunServices, entry: RunEntry) -> Launched:
    """A run that another process has launched, from its entry in the run file alone.

    Raises:
        SettingsError: the entry does not say enough: it was not started, or an earlier k6ci wrote it.
        CallError: the cloud does not tell about it.
    """
    if entry.run_id is None or entry.plan is None or entry.timeouts_since is None:
        raise SettingsError(
            f"{entry.script}: the run file does not say enough to wait for its run.",
            "`k6ci abort` stops it; a run that this version of k6ci starts can be waited for.",
        )
    run = await services.client.test_run(entry.run_id)
    elapsed = services.clock.now() - dt.datetime.fromisoformat(entry.timeouts_since)
    requested_at = services.clock.monotonic() - max(0.0, elapsed.total_seconds())
    return Launched(entry, entry.plan, run, requested_at, is_confirmed=True)


async def attend(services: RunServices, listener: RunListener, launched: Launched) -> RunResult:
    """Watch a run to its end, or stop it: its script is another job's, a timeout passed, a signal came."""
    attendance = _Attendance(services, listener, launched)
    try:
        await attendance.to_the_end()
    except Exception as error:  # noqa: BLE001 -- a full disk or a bug: the run is stopped and reported
        return await attendance.rescued(error)
    except BaseException:
        await attendance.rescued(None)
        raise
    return attendance.result()


async def rescue(
    services: RunServices, listener: RunListener, launched: Launched, error: Exception | None
) -> RunResult:
    """Stop a run whose launch ended with an accident."""
    return await _Attendance(services, listener, launched).rescued(error)


def accident(error: Exception, where: str) -> OutcomeUnknownError:
    """The error for an accident of our own after a start was requested; `where` names the place to look at."""
    found = collapsed(error)
    if isinstance(found, OSError):
        what = f"k6ci failed after the start: {found.strerror or type(found).__name__}"
    else:
        what = f"A bug in k6ci ended the watching of the run: {type(found).__name__}{_place_of(found)}"
    return OutcomeUnknownError(f"{what}.", f"Look at {where} for what is still running; `k6ci abort` stops it.")


def _place_of(error: BaseException) -> str:
    """Where it was raised, for the report of a bug; the text of the error may hold anything."""
    frames = traceback.extract_tb(error.__traceback__)
    return f" in {frames[-1].name}, line {frames[-1].lineno}" if frames else ""


class _Attendance:
    """One run, and what happened to it so far."""

    def __init__(self, services: RunServices, listener: RunListener, launched: Launched) -> None:
        self._services, self._listener, self._launched = services, listener, launched
        self._client, self._interruption = services.client, services.interruption
        self._entry = launched.entry
        self._watch = Watch(
            services.client,
            services.clock,
            listener,
            run=launched.run,
            url=launched.entry.run_url,
            plan=launched.plan,
            requested_at=launched.requested_at,
            tail=services.tail,
        )
        self._stopped: Stopped | None = None
        self._stopped_run: TestRun | None = None
        self._is_ours: bool | None = None
        self._overdue: str | None = None
        self._problem: K6ciError | None = None
        self._warnings = list(launched.warnings)

    @property
    def _run(self) -> TestRun:
        """The run as it was last seen."""
        return self._stopped_run or self._watch.run

    def result(self) -> RunResult:
        """What became of the run."""
        entry = self._entry
        return RunResult(
            script=entry.script,
            load_test_name=entry.load_test_name,
            project_id=entry.project_id,
            plan=self._launched.plan,
            load_test_id=entry.load_test_id,
            requested_at=self._launched.requested_at,
            run=self._run,
            url=entry.run_url,
            is_ours=self._is_ours,
            overdue=self._overdue,
            halted=self._interruption.halted,
            stopped=self._stopped,
            problem=self._problem,
            archive_digest=entry.archive_digest,
            warnings=tuple(self._warnings),
        )

    async def to_the_end(self) -> None:
        """Watch the run until it has ended or was stopped."""
        with self._interruption.scope() as work:
            await self._watch_or_stop()
        if work.cancelled_caught:
            await self._stop(self._interruption.why or "", _LATE_STOP_SECONDS)
        self._note_end()

    async def rescued(self, error: Exception | None) -> RunResult:
        """The result after an accident: the run must not go on without anybody watching."""
        if not self._run.is_terminal and self._stopped is None:
            await self._stop("k6ci failed", _STOP_SECONDS)
        if error is not None:
            self._problem = accident(error, self._entry.run_url or f"test run {self._run.id}")
        self._note_end()
        return self.result()

    async def _watch_or_stop(self) -> None:
        watch = self._watch
        try:
            async with anyio.create_task_group() as group:
                group.start_soon(self._write_note)
                await self._verify_script(watch.deadline)
            if self._is_ours is False:
                await self._stop("it executes another job's script", watch.seconds_to_stop)
                return
            await watch.to_the_end()
        except DeadlineError as error:
            self._overdue = str(error)
            await self._stop(self._overdue, watch.seconds_to_stop)
        except ContactLostError as error:
            self._problem = error.problem
            await self._stop("contact with it was lost", min(_STOP_SECONDS, watch.seconds_to_stop))

    async def _write_note(self) -> None:
        """Write into the run's note which job started it; a convenience, so that a failure is not reported."""
        if self._services.job is None or self._run.note:
            return
        revision = dataclasses.replace(
            self._services.revision,
            options=self._launched.plan.options_digest,
            script=self._entry.archive_digest,
            is_confirmation=self._launched.plan.is_confirmation,
        )
        note = RunNote(self._services.job, self._entry.idempotency_key, revision)
        with contextlib.suppress(CallError), anyio.move_on_after(_NOTE_SECONDS):
            await self._client.write_note(self._run.id, note.text())

    async def _verify_script(self, deadline: Deadline) -> None:
        """Two jobs that share a load test can replace each other's script between upload and start."""
        uploaded = Fingerprint(self._entry.archive_digest, self._entry.entry_digest)
        try:
            with anyio.fail_after(deadline.left(_VERIFICATION_SECONDS)):
                self._is_ours = await executes(self._client, self._run.id, uploaded)
        except TimeoutError:
            self._warn("The run's script could not be read back in time, so it was not compared.")
        except (CallError, OSError) as error:
            self._warn(f"The run's script could not be read back, so it was not compared: {error}.")

    async def _stop(self, why: str, within_seconds: float) -> None:
        with contextlib.suppress(OSError):  # there may be no reader any more: a terminal that hung up
            self._listener.stopping(why)
        clock = self._services.clock
        begun = clock.monotonic()
        run = await self._confirmed(self._run)
        if run is None:
            self._stopped = Stopped(is_confirmed=False, run=None, problem="it is not a run of this load test")
            return
        stopping = Stopping(self._client, run.id, clock, run)
        with self._interruption.patient(within_seconds - (clock.monotonic() - begun)):
            await stopping.go()
        self._stopped = stopping.result
        self._stopped_run = stopping.result.run or run

    async def _confirmed(self, run: TestRun) -> TestRun | None:
        """The run to stop, None if it may be another job's: before the first look only the start's answer names it."""
        if self._launched.is_confirmed or self._watch.is_confirmed:
            return run
        with self._interruption.patient(_CONFIRM_SECONDS, reserve=_CONFIRM_RESERVE_SECONDS):
            try:
                found = await surely_ours(self._client, self._entry, run)
            except (CallError, OSError, ValueError):
                return run  # nothing contradicts the answer
            if found is not None and found.id != run.id:
                self._write_down(self._entry.of_run(found))
            return found
        return run

    def _note_end(self) -> None:
        """Note the end in the run file; a request to stop that was merely accepted leaves work to `k6ci abort`."""
        if self._run.is_terminal:
            self._write_down(dataclasses.replace(self._entry, has_ended=True))

    def _write_down(self, entry: RunEntry) -> None:
        """Keep the run file up to date; a disk that is full by now does not change what the run is."""
        self._entry = entry
        try:
            self._services.run_file.put(entry)
        except OSError as error:
            self._warn(f"The run file could not be written: {error.strerror}.")

    def _warn(self, text: str) -> None:
        self._warnings.append(text)
        self._listener.warned(text)
