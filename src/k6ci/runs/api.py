"""ApiRunner: drives one run through the REST API, from the upload to the end, and cleans up behind itself.

Why not `k6 cloud run`: it puts the token into the archive, polls for ever when the API fails, and leaves the run going
when a signal arrives during upload or start.
"""

from __future__ import annotations

import contextlib
import dataclasses
import traceback
from collections.abc import Awaitable, Callable
from typing import Final

import anyio

from k6ci.clock import Clock
from k6ci.cloud.client import CloudClient
from k6ci.cloud.failures import CallError, explained
from k6ci.cloud.models import TestRun
from k6ci.errors import K6ciError, OutcomeUnknownError
from k6ci.runs.deadline import Deadline
from k6ci.runs.interruption import Interruption
from k6ci.runs.launch import Launch
from k6ci.runs.leftover import surely_ours
from k6ci.runs.logtail import Tail
from k6ci.runs.mark import Job, Mark
from k6ci.runs.observer import Observer
from k6ci.runs.order import Outcome, RunRequest
from k6ci.runs.readback import executes, fingerprint
from k6ci.runs.runfile import RunEntry, RunFile
from k6ci.runs.stop import Stopped, Stopping
from k6ci.runs.watch import ContactLostError, DeadlineError, Watch

_STOP_SECONDS: Final = 5.0
_LATE_STOP_SECONDS: Final = 30.0
_READ_BACK_SECONDS: Final = 20.0
_CONFIRM_SECONDS: Final = 2.0
# Of what a signal leaves: the rest is for the stop.
_CONFIRM_RESERVE_SECONDS: Final = 4.0
# Nobody watches the run meanwhile.
_MARK_SECONDS: Final = 5.0


@dataclasses.dataclass(frozen=True)
class Equipment:
    """What the runs of a suite share. `announce` is called as soon as a run exists and the run file knows it."""

    client: CloudClient
    clock: Clock
    run_file: RunFile
    interruption: Interruption
    announce: Callable[[], Awaitable[None]]
    tail: Tail | None = None
    job: Job | None = None


class ApiRunner:
    """Runs one order, and tells its observer."""

    def __init__(self, equipment: Equipment, observer: Observer) -> None:
        self._client, self._clock = equipment.client, equipment.clock
        self._interruption, self._run_file = equipment.interruption, equipment.run_file
        self._equipment = equipment
        self._observer = observer
        self._launch = Launch(self._client, self._clock, observer, self._run_file, self._interruption)

    async def run(self, order: RunRequest) -> Outcome:
        """Run an order to its end; problems are in the outcome, not raised."""
        outcome = Outcome(order)
        try:
            with self._interruption.scope():
                await self._launch.store(outcome)
            if not self._interruption.is_over:
                await self._start_and_watch(outcome)
        except CallError as error:
            outcome.problem = explained(error, self._client.origin)
        except K6ciError as error:
            outcome.problem = error
        finally:
            with contextlib.suppress(OSError):
                self._observer.ended()
        if self._interruption.is_over and self._interruption.signal is None:
            outcome.halted = self._interruption.why
        return outcome

    async def _start_and_watch(self, outcome: Outcome) -> None:
        try:
            await self._to_the_end(outcome)
        except (K6ciError, CallError):
            raise  # a refusal: there is no run
        except Exception as error:  # noqa: BLE001 -- a full disk or a bug: the run is looked for, stopped, and told of
            await self._rescue(outcome, error)
        except BaseException:
            await self._rescue(outcome, None)
            raise

    async def _rescue(self, outcome: Outcome, error: Exception | None) -> None:
        """Something went wrong here after the start was requested: the run must not go on without anybody watching."""
        if error is not None and outcome.requested_at is None:
            raise error
        if outcome.run is None and outcome.entry is not None and outcome.requested_at is not None:
            found = await self._launch.request.search(outcome.entry, _STOP_SECONDS)
            if found is not None and len(found) == 1:
                self._launch.found(outcome, outcome.entry, found[0])
                outcome.is_confirmed = True
        if outcome.run is not None and not outcome.run.is_terminal and outcome.stopped is None:
            await self._stop(outcome, "k6ci failed", _STOP_SECONDS)
        if error is not None:
            outcome.problem = _failed(error, outcome)
        if outcome.run is not None and outcome.run.is_terminal and outcome.entry is not None:
            self._note(outcome, dataclasses.replace(outcome.entry, has_ended=True))

    async def _to_the_end(self, outcome: Outcome) -> None:
        entry = await self._launch.start(outcome)
        if entry is None or outcome.run is None or outcome.requested_at is None:
            return
        self._note(outcome, entry)  # first: whoever reads that it was started finds it in the file
        await self._equipment.announce()
        self._observer.started(outcome.run, outcome.url)
        with self._interruption.scope() as uninterrupted:
            await self._watch(outcome, outcome.run, entry, outcome.requested_at)
        if uninterrupted.cancelled_caught:
            await self._stop(outcome, self._interruption.why or "", _LATE_STOP_SECONDS)
        if outcome.run.is_terminal:  # a request to stop that was merely taken leaves work to the second net
            self._note(outcome, dataclasses.replace(outcome.entry or entry, has_ended=True))

    def _note(self, outcome: Outcome, entry: RunEntry) -> None:
        """Keep the run file up to date; a disk that is full by now does not change what the run is."""
        try:
            self._run_file.put(entry)
        except OSError as error:
            self._warn(outcome, f"The run file could not be written: {error.strerror}.")

    async def _watch(self, outcome: Outcome, run: TestRun, entry: RunEntry, requested_at: float) -> None:
        order = outcome.order
        watch = Watch(
            self._client,
            self._clock,
            self._observer,
            run=run,
            url=outcome.url,
            plan=order.archive.plan,
            requested_at=requested_at,
            patience=order.patience,
            tail=self._equipment.tail,
        )
        try:
            async with anyio.create_task_group() as group:
                group.start_soon(self._mark, run, entry)
                await self._read_back(outcome, run.id, watch.deadline)
            if outcome.is_ours is False:
                await self._stop(outcome, "it executes another job's script", watch.seconds_to_stop)
                return
            await watch.to_the_end()
        except DeadlineError as error:
            _seen(outcome, watch)
            outcome.overdue = str(error)
            await self._stop(outcome, outcome.overdue, watch.seconds_to_stop)
        except ContactLostError as error:
            _seen(outcome, watch)
            outcome.problem = error.problem
            await self._stop(outcome, "contact with it was lost", min(_STOP_SECONDS, watch.seconds_to_stop))
        finally:
            if outcome.stopped is None:
                _seen(outcome, watch)

    async def _mark(self, run: TestRun, entry: RunEntry) -> None:
        """Write into the run's note which job started it; a convenience, so a failure is not worth a word."""
        if self._equipment.job is None or run.note:
            return
        with contextlib.suppress(CallError), anyio.move_on_after(_MARK_SECONDS):
            await self._client.write_note(run.id, Mark(self._equipment.job, entry.idempotency_key).text())

    async def _read_back(self, outcome: Outcome, run_id: int, deadline: Deadline) -> None:
        """Two jobs that share a load test can replace each other's script between upload and start."""
        try:
            with anyio.fail_after(deadline.left(_READ_BACK_SECONDS)):
                outcome.is_ours = await executes(self._client, run_id, fingerprint(outcome.order.archive))
        except TimeoutError:
            self._warn(outcome, "The run's script could not be read back in time, so it was not compared.")
        except (CallError, OSError) as error:
            self._warn(outcome, f"The run's script could not be read back, so it was not compared: {error}.")

    async def _stop(self, outcome: Outcome, why: str, within_seconds: float) -> None:
        if outcome.run is None:
            return
        with contextlib.suppress(OSError):  # nobody may be there to read it: a terminal that hung up
            self._observer.stopping(why)
        begun = self._clock.monotonic()
        if not outcome.is_confirmed and not await self._confirm(outcome):
            outcome.stopped = Stopped(is_confirmed=False, run=None, problem="it is not a run of this load test")
            return
        stopping = Stopping(self._client, outcome.run.id, self._clock, outcome.run)
        with self._interruption.patient(within_seconds - (self._clock.monotonic() - begun)):
            await stopping.go()
        outcome.stopped = stopping.result
        outcome.run = stopping.result.run or outcome.run

    async def _confirm(self, outcome: Outcome) -> bool:
        """Before the first look at a run: whoever answered the start may have named somebody else's."""
        if outcome.run is None or outcome.entry is None:
            return False
        with self._interruption.patient(_CONFIRM_SECONDS, reserve=_CONFIRM_RESERVE_SECONDS):
            try:
                found = await surely_ours(self._client, outcome.entry, outcome.run)
            except (CallError, OSError, ValueError):
                return True  # nothing speaks against it
            if found is None:
                return False
            if found.id != outcome.run.id:
                self._note(outcome, self._launch.found(outcome, outcome.entry, found))
        return True

    def _warn(self, outcome: Outcome, text: str) -> None:
        outcome.warnings.append(text)
        self._observer.warned(text)


def _seen(outcome: Outcome, watch: Watch) -> None:
    """What the watch has seen last."""
    outcome.run = watch.run
    outcome.is_confirmed |= watch.is_confirmed


def _failed(error: Exception, outcome: Outcome) -> OutcomeUnknownError:
    """What to tell of an accident of our own after the start; 97 when the run was stopped, else 98."""
    while isinstance(error, ExceptionGroup):
        error = error.exceptions[0]
    if isinstance(error, OSError):
        what = f"k6ci failed after the start: {error.strerror or type(error).__name__}"
    else:
        what = f"A bug in k6ci ended the watching of the run: {type(error).__name__}{_place_of(error)}"
    where = outcome.url or (f"test run {outcome.run.id}" if outcome.run else f"the load test {outcome.order.name!r}")
    return OutcomeUnknownError(f"{what}.", f"Look at {where} for what goes on; `k6ci abort` stops it.")


def _place_of(error: Exception) -> str:
    """Where it was raised, for the report of a bug; the text of the error may hold anything."""
    frames = traceback.extract_tb(error.__traceback__)
    return f" in {frames[-1].name}, line {frames[-1].lineno}" if frames else ""
