"""Brings one run into being: the load test with our script in it, a place among the concurrent tests, the start.

Whatever happens on the way, afterwards it is known whether a run exists, or said that it is not known.
"""

from __future__ import annotations

import contextlib
import dataclasses
import secrets
from typing import Final

import anyio

from k6ci.clock import Clock
from k6ci.cloud.client import CloudClient
from k6ci.cloud.failures import CONFLICT, SERVER_ERROR, ApiError, BadAnswerError, CallError, is_place_taken
from k6ci.cloud.models import LoadTest, TestRun
from k6ci.cloud.retry import RetryPolicy
from k6ci.errors import CloudUnreachableError, OutcomeUnknownError, QuotaError, SettingsError
from k6ci.runs.interruption import Interruption
from k6ci.runs.leftover import lost_runs
from k6ci.runs.observer import Observer
from k6ci.runs.order import Order, Outcome
from k6ci.runs.runfile import RunEntry, RunFile

# What a signal leaves for looking for the run and stopping it, when the start has not been answered by then.
_STOP_RESERVE_SECONDS: Final = 3.0
_SEARCH_SECONDS: Final = 10.0
_SEARCH_RESERVE_SECONDS: Final = 1.5
_SECOND_LOOK_SECONDS: Final = 1.0
_LOOK_SECONDS: Final = 5.0
_REQUEST: Final = RetryPolicy()
_PLACE: Final = RetryPolicy(first_seconds=2.0, longest_seconds=30.0)


class Launch:
    """Stores and starts one order; the outcome is filled on the way."""

    def __init__(
        self, client: CloudClient, clock: Clock, observer: Observer, run_file: RunFile, interruption: Interruption
    ) -> None:
        self._client, self._clock, self._observer = client, clock, observer
        self._run_file, self._interruption = run_file, interruption

    async def store(self, outcome: Outcome) -> None:
        """Create the load test, or replace its script."""
        order = outcome.order
        test, is_new = await self._load_test(order)
        outcome.load_test_id = test.id
        self._observer.stored(order.name, is_new=is_new)

    async def start(self, outcome: Outcome) -> RunEntry | None:
        """Start the run, waiting for a place if need be; None when there is none, and the outcome says why.

        Raises:
            CallError: the cloud refuses, and nothing was started.
            QuotaError: there was no place in time.
        """
        waiting_since = self._clock.monotonic()
        attempt = 0
        while True:
            try:
                return await self._start_once(outcome)
            except ApiError as error:
                if not is_place_taken(error):
                    raise
                attempt += 1
                # Others wait, too: the jitter of our own back-off keeps them apart, whatever Retry-After says.
                pause = max(error.retry_after or 0.0, _PLACE.backoff(attempt))
                self._refuse_late(outcome.order, waiting_since, pause, error)
                self._observer.waiting(str(error), pause)
            with self._interruption.scope() as work:
                await self._clock.sleep(pause)
            if work.cancelled_caught:
                return None

    def _refuse_late(self, order: Order, waiting_since: float, pause: float, error: ApiError) -> None:
        waited = self._clock.monotonic() - waiting_since
        if waited + pause > order.patience.place:
            raise QuotaError(
                f"There is no place for another test: {error}; {waited:.0f} s were waited.",
                "Wait for running tests to end, allow more time (concurrency-timeout), or raise the subscription's "
                "limit. No test run was started.",
            )

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

    async def _start_once(self, outcome: Outcome) -> RunEntry | None:
        """One request for a start, with a key of its own, written down before it is sent."""
        if outcome.load_test_id is None:
            raise OutcomeUnknownError("The load test has vanished between two requests.", "Run again.")
        entry = self._entry(outcome.order, outcome.load_test_id)
        self._write_down(entry)
        try:
            outcome.run = await self._started(entry)
        except CallError:
            with contextlib.suppress(OSError):
                self._run_file.drop(entry)  # refused: there is nothing to stop
            raise
        if outcome.run is None:
            outcome.problem = OutcomeUnknownError(
                "The cloud did not say whether the run was started.",
                f"Look at the runs of the load test {entry.load_test_name!r} (id {entry.load_test_id}) and stop what "
                "is going on; `k6ci abort` looks for it again.",
            )
            return None
        order = outcome.order
        outcome.url = outcome.run.test_run_details_page_url or _page(order.stack_url, outcome.run.id)
        return dataclasses.replace(entry, run_id=outcome.run.id, run_url=outcome.url)

    def _write_down(self, entry: RunEntry) -> None:
        try:
            self._run_file.put(entry)
        except OSError as error:
            raise SettingsError(
                f"report-dir: the run file {self._run_file.path} cannot be written: {error.strerror}.",
                "Make room, or name another folder: a run that is written down nowhere is not started.",
            ) from None

    def _entry(self, order: Order, load_test_id: int) -> RunEntry:
        return RunEntry(
            order.archive.script,
            order.project_id,
            load_test_id,
            order.name,
            idempotency_key=secrets.token_hex(8),
            start_requested=self._clock.now().isoformat(),
            archive_digest=order.archive.digest,
            entry_digest=order.archive.entry_digest,
        )

    async def _started(self, entry: RunEntry) -> TestRun | None:
        """The started run; None when nobody knows whether there is one. A lost answer is looked for among the runs.

        Raises:
            CallError: the cloud refuses, and nothing was started.
            CloudUnreachableError: no answer came, and no run is to be seen.
        """
        failures: list[CallError] = []
        with self._interruption.patient(reserve=_STOP_RESERVE_SECONDS):
            if run := await self._requested(entry, failures):
                return run
        with self._interruption.patient(_SEARCH_SECONDS, reserve=_SEARCH_RESERVE_SECONDS):
            try:
                found = await lost_runs(self._client, entry)
                if not found:
                    await self._clock.sleep(_SECOND_LOOK_SECONDS)
                    found = await lost_runs(self._client, entry)
            except (CallError, OSError):
                return None
            if not found and not self._interruption.is_over:
                _refuse_unseen(failures)
            return found[0] if len(found) == 1 else None
        return None

    async def _requested(self, entry: RunEntry, failures: list[CallError]) -> TestRun | None:
        """Ask for the start until there is an answer; None when it is not known what the requests did.

        A refusal proves that there is no run, unless an answer was lost before it: the lost run may be what takes the
        last place. Repeated with the same key, a request starts nothing twice by contract; looking first does not rely
        on it.
        """
        for attempt in range(1, _REQUEST.attempts + 1):
            try:
                return await self._client.start(entry.load_test_id, entry.idempotency_key)
            except CallError as error:
                if _is_refusal(error) and not failures:
                    raise
                failures.append(error)
                if _is_refusal(error) or attempt == _REQUEST.attempts:
                    break
                pause = _REQUEST.pause(attempt, error)
            await self._clock.sleep(pause)
            with contextlib.suppress(CallError, OSError), anyio.move_on_after(_LOOK_SECONDS):
                if found := await lost_runs(self._client, entry):
                    return found[0] if len(found) == 1 else None
        return None


def _is_refusal(error: CallError) -> bool:
    """Whether an answer says that the start did not take place. A 429 does: it may mean that there is no place."""
    return isinstance(error, ApiError) and error.status < SERVER_ERROR


def _refuse_unseen(failures: list[CallError]) -> None:
    """No run is to be seen after these failures: raise, unless the cloud said that it had started one."""
    if not failures or any(isinstance(error, BadAnswerError) for error in failures):
        return
    if _is_refusal(failures[-1]):
        raise failures[-1]
    raise CloudUnreachableError(
        f"The start was not answered, and no test run of it is to be seen: {failures[-1]}.",
        "Run again a little later; `k6ci abort` looks for the run once more.",
    )


def _page(stack_url: str | None, run_id: int) -> str | None:
    """Where a person sees a run, when the API did not say."""
    return f"{stack_url}/a/k6-app/runs/{run_id}" if stack_url else None
