"""ApiRunner: drives one run through the REST API, from the options check to the end, and cleans up behind itself.

Why not `k6 cloud run`: it puts the token into the archive, polls for ever when the API fails, and leaves the run going
when a signal arrives during upload or start.
"""

from __future__ import annotations

import contextlib
import dataclasses
import datetime as dt
import pathlib
import secrets
import tempfile
from collections.abc import Callable
from typing import Final

import anyio

from k6ci.clock import Clock
from k6ci.cloud.client import CloudClient
from k6ci.cloud.failures import CONFLICT, ApiError, CallError, explained
from k6ci.cloud.models import LoadTest, TestRun
from k6ci.errors import CloudUnreachableError, K6ciError, OutcomeUnknownError
from k6ci.k6.schedule import planned_seconds
from k6ci.runs.interruption import Interruption
from k6ci.runs.observer import Observer
from k6ci.runs.order import Order, Outcome
from k6ci.runs.readback import is_ours
from k6ci.runs.runfile import RunEntry, RunFile
from k6ci.runs.stop import stop_run
from k6ci.runs.watch import ContactLostError, DeadlineError, Tail, Watch

# GitHub gives 7.5 s between its first signal and its second.
_STOP_SECONDS: Final = 5.0
_START_GRACE_SECONDS: Final = 4.0
_LATE_STOP_SECONDS: Final = 30.0
_READBACK_SECONDS: Final = 20.0
_SEARCH_SECONDS: Final = 4.0


class ApiRunner:
    """Runs orders one at a time; `announce` is called as soon as a run exists and the run file knows it."""

    def __init__(
        self,
        client: CloudClient,
        clock: Clock,
        observer: Observer,
        run_file: RunFile,
        interruption: Interruption,
        announce: Callable[[], None],
        tail: Tail | None = None,
    ) -> None:
        self._client, self._clock, self._observer = client, clock, observer
        self._run_file, self._interruption, self._announce, self._tail = run_file, interruption, announce, tail

    async def run(self, order: Order) -> Outcome:
        """Run an order to its end; problems are in the outcome, not raised."""
        outcome = Outcome(order)
        try:
            with self._interruption.scope():
                await self._store(outcome)
            if self._interruption.signal is None:
                await self._start_and_watch(outcome)
        except CallError as error:
            outcome.problem = explained(error, self._client.origin)
        except K6ciError as error:
            outcome.problem = error
        return outcome

    async def _store(self, outcome: Outcome) -> None:
        """Validate the options, then create the load test or replace its script."""
        order = outcome.order
        validated = await self._client.validate_options(order.project_id, order.archive.options)
        outcome.vuh_estimate = validated.vuh_usage
        self._observer.estimated(order.archive.script, validated.vuh_usage)
        test, is_new = await self._load_test(order)
        outcome.load_test_id = test.id
        self._observer.stored(order.archive.script, order.name, is_new=is_new)

    async def _load_test(self, order: Order) -> tuple[LoadTest, bool]:
        """The load test of this name with our script in it, and whether it is new."""
        found = await self._client.find_load_test(order.project_id, order.name)
        if found is None:
            created = await self._create(order)
            if created is not None:
                return created, True
            found = await self._client.find_load_test(order.project_id, order.name)
        if found is None:
            raise CloudUnreachableError(
                f"The name {order.name!r} is taken, but no load test has it.", "Run again; no test run was started."
            )
        await self._client.replace_script(found.id, order.archive.path)
        return found, False

    async def _create(self, order: Order) -> LoadTest | None:
        """A new load test; None when another job was faster and has the name now."""
        try:
            return await self._client.create_load_test(order.project_id, order.name, order.archive.path)
        except ApiError as error:
            if error.status == CONFLICT:
                return None
            raise

    async def _start_and_watch(self, outcome: Outcome) -> None:
        try:
            await self._to_the_end(outcome)
        except BaseException:
            # Whatever went wrong here, a full disk or a bug: the run must not go on without anybody watching it.
            if outcome.run is not None and not outcome.run.is_terminal and outcome.stopped is None:
                await self._stop(outcome, "k6ci failed", _STOP_SECONDS)
            raise

    async def _to_the_end(self, outcome: Outcome) -> None:
        requested_at = self._clock.monotonic()
        entry = await self._start(outcome)
        if entry is None or outcome.run is None:
            return
        with self._interruption.scope() as uninterrupted:
            await self._watch(outcome, outcome.run, requested_at)
        if uninterrupted.cancelled_caught:
            signal = self._interruption.signal
            await self._stop(outcome, f"{signal.name if signal else 'a signal'} was received", _STOP_SECONDS)
        if outcome.run.is_terminal or (outcome.stopped and outcome.stopped.is_confirmed):
            self._note(outcome, dataclasses.replace(entry, has_ended=True))

    async def _start(self, outcome: Outcome) -> RunEntry | None:
        """Start the run; a signal in the middle waits a little for the answer, so that the run can be stopped."""
        order, load_test_id = outcome.order, outcome.load_test_id
        if load_test_id is None:
            raise OutcomeUnknownError("The load test has vanished between two requests.", "Run again.")
        key = secrets.token_hex(8)
        requested = self._clock.now()
        entry = RunEntry(order.archive.script, order.project_id, load_test_id, order.name, key, requested.isoformat())
        self._run_file.put(entry)
        try:
            outcome.run = await self._send_start(load_test_id, key, requested)
        except CallError:
            self._note(outcome, dataclasses.replace(entry, has_ended=True))  # refused: there is nothing to stop
            raise
        if outcome.run is None:
            outcome.problem = OutcomeUnknownError(
                "The cloud did not say whether the run was started.",
                f"Look at the runs of the load test {order.name!r} (id {load_test_id}) and stop what is going on.",
            )
            return None
        outcome.url = outcome.run.test_run_details_page_url or _page(order.stack_url, outcome.run.id)
        entry = dataclasses.replace(entry, run_id=outcome.run.id, run_url=outcome.url)
        self._observer.started(order.archive.script, outcome.run, outcome.url)
        self._note(outcome, entry)
        self._announce()
        return entry

    def _note(self, outcome: Outcome, entry: RunEntry) -> None:
        """Keep the run file up to date; a disk that is full by now does not change what the run is."""
        try:
            self._run_file.put(entry)
        except OSError as error:
            self._warn(outcome, f"The run file could not be written: {error.strerror}.")

    async def _send_start(self, load_test_id: int, key: str, requested: dt.datetime) -> TestRun | None:
        """The started run; None when nobody knows whether there is one. A lost answer is looked for among the runs."""
        lost: CallError | None = None
        with self._interruption.scope(grace_seconds=_START_GRACE_SECONDS):
            try:
                return await self._client.start(load_test_id, key)
            except CallError as error:
                if not error.is_transient:
                    raise
                lost = error
        with anyio.move_on_after(_SEARCH_SECONDS):
            try:
                found = await self._client.runs_since(load_test_id, requested)
            except CallError:
                return None
            if not found and lost is not None:
                raise lost
            return found[0] if len(found) == 1 else None
        return None

    async def _watch(self, outcome: Outcome, run: TestRun, requested_at: float) -> None:
        order = outcome.order
        watch = Watch(
            self._client,
            self._clock,
            self._observer,
            run=run,
            url=outcome.url,
            planned_seconds=planned_seconds(order.archive.scenarios),
            requested_at=requested_at,
            patience=order.patience,
            tail=self._tail,
        )
        try:
            await self._read_back(outcome, run.id)
            if outcome.is_ours is False:
                await self._stop(outcome, "it executes another job's script", _LATE_STOP_SECONDS)
                return
            await watch.to_the_end()
        except DeadlineError:
            outcome.has_timed_out = True
            await self._stop(outcome, "it did not end in time", _LATE_STOP_SECONDS)
        except ContactLostError as error:
            outcome.problem = error.problem
            await self._stop(outcome, "contact with it was lost", _STOP_SECONDS)
        finally:
            if outcome.stopped is None or outcome.stopped.run is None:
                outcome.run = watch.run

    async def _read_back(self, outcome: Outcome, run_id: int) -> None:
        """Two jobs that share a load test can replace each other's script between upload and start."""
        with tempfile.TemporaryDirectory(prefix="k6ci-") as folder:
            path = pathlib.Path(folder) / "script"
            try:
                with anyio.fail_after(_READBACK_SECONDS), path.open("wb") as file:
                    async with contextlib.aclosing(self._client.run_script(run_id)) as chunks:
                        async for chunk in chunks:
                            file.write(chunk)
                outcome.is_ours = is_ours(path, outcome.order.archive)
            except (CallError, OSError) as error:  # a TimeoutError is an OSError
                self._warn(outcome, f"The run's script could not be read back, so it was not compared: {error}.")

    async def _stop(self, outcome: Outcome, why: str, within_seconds: float) -> None:
        if outcome.run is None:
            return
        with contextlib.suppress(OSError):  # nobody may be there to read it: a terminal that hung up
            self._observer.stopping(why)
        with anyio.CancelScope(shield=True):
            stopped = await stop_run(self._client, outcome.run.id, self._clock, within_seconds=within_seconds)
        outcome.stopped = stopped
        outcome.run = stopped.run or outcome.run

    def _warn(self, outcome: Outcome, text: str) -> None:
        outcome.warnings.append(text)
        self._observer.warned(text)


def _page(stack_url: str | None, run_id: int) -> str | None:
    """Where a person sees a run, when the API did not say."""
    return f"{stack_url}/a/k6-app/runs/{run_id}" if stack_url else None
