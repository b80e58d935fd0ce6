"""Brings one run into being: the load test with our script in it, a place among the concurrent tests, the start.

Whatever happens on the way, afterwards it is known whether a run exists, or said that it is not known.
"""

from __future__ import annotations

import contextlib
import dataclasses
import secrets
from typing import Final

from k6ci.clock import Clock
from k6ci.cloud.client import CloudClient
from k6ci.cloud.failures import CONFLICT, ApiError, CallError, is_place_taken
from k6ci.cloud.models import LoadTest, TestRun
from k6ci.cloud.retry import RetryPolicy
from k6ci.errors import CloudUnreachableError, K6ciError, QuotaError, SettingsError
from k6ci.runs.interruption import Interruption
from k6ci.runs.observer import Observer
from k6ci.runs.order import Outcome, RunRequest
from k6ci.runs.runfile import RunEntry, RunFile
from k6ci.runs.startrequest import StartRequest, unknown_start

# Repetitions share a key, so that a start that took place although it was refused is not followed by a second one. The
# cloud remembers a key for 10 minutes (OpenAPI 1.12.0).
_KEY_SECONDS: Final = 540.0
_LAST_LOOK_SECONDS: Final = 5.0
_LONGEST_NAME: Final = 4000
_PLACE: Final = RetryPolicy(first_seconds=2.0, longest_seconds=30.0)


class Launch:
    """Stores and starts one order; the outcome is filled on the way."""

    def __init__(
        self, client: CloudClient, clock: Clock, observer: Observer, run_file: RunFile, interruption: Interruption
    ) -> None:
        self._client, self._clock, self._observer = client, clock, observer
        self._run_file, self._interruption = run_file, interruption
        self.request = StartRequest(client, clock, interruption)

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
        waiting_since = key_since = self._clock.monotonic()
        entry = self._entry(outcome)
        attempt = 0
        while True:
            try:
                return await self._start_once(outcome, entry)
            except ApiError as error:
                if not is_place_taken(error):
                    raise
                attempt += 1
                # Others wait, too: the jitter of our own back-off keeps them apart, whatever Retry-After says.
                pause = max(error.retry_after or 0.0, _PLACE.backoff(attempt))
                if self._is_late(outcome.order, waiting_since, pause):
                    raise await self._too_late(entry, waiting_since, error) from None
                self._observer.waiting(str(error), pause)
            with self._interruption.scope() as work:
                await self._clock.sleep(pause)
            if work.cancelled_caught:
                return None
            if self._clock.monotonic() - key_since > _KEY_SECONDS:
                entry, key_since = self._entry(outcome), self._clock.monotonic()

    def _is_late(self, order: RunRequest, waiting_since: float, pause: float) -> bool:
        return self._clock.monotonic() - waiting_since + pause > order.patience.place

    async def _too_late(self, entry: RunEntry, waiting_since: float, error: ApiError) -> K6ciError:
        """Why the wait for a place ended: there was none, or a refused request started a run nevertheless."""
        if found := await self.request.search(entry, _LAST_LOOK_SECONDS):
            self._write_down(entry)  # `k6ci abort` looks for it
            return unknown_start(entry, [error], found)
        waited = self._clock.monotonic() - waiting_since
        return QuotaError(
            f"Concurrency limit reached; gave up after {waited:.0f} s ({error}).",
            "Wait for running tests to end, allow more time (concurrency-timeout), or raise the subscription's "
            "limit. No test run was started.",
        )

    async def _load_test(self, order: RunRequest) -> tuple[LoadTest, bool]:
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

    async def _create(self, order: RunRequest) -> LoadTest | None:
        """A new load test; None when another job was faster and has the name now."""
        try:
            return await self._client.create_load_test(order.project_id, order.name, order.archive.path)
        except ApiError as error:
            if error.status == CONFLICT:
                return None
            raise

    async def _start_once(self, outcome: Outcome, entry: RunEntry) -> RunEntry | None:
        """One request for a start, written down before it is sent."""
        outcome.entry = entry
        self._write_down(entry)
        outcome.requested_at = self._clock.monotonic()
        try:
            found = await self.request.sent(entry, outcome.order.patience.total)
        except CallError:
            outcome.requested_at = None
            with contextlib.suppress(OSError):
                self._run_file.drop(entry)  # refused: there is nothing to stop
            raise
        if not isinstance(found, TestRun):
            outcome.problem = found
            return None
        return self.found(outcome, entry, found)

    def found(self, outcome: Outcome, entry: RunEntry, run: TestRun) -> RunEntry:
        """Take a run for the one that was started; its entry for the run file."""
        outcome.run = run
        outcome.url = run.test_run_details_page_url or _page(outcome.order.stack_url, run.id)
        outcome.entry = dataclasses.replace(entry, run_id=run.id, run_url=outcome.url)
        return outcome.entry

    def _write_down(self, entry: RunEntry) -> None:
        try:
            self._run_file.put(entry)
        except OSError as error:
            raise SettingsError(
                f"report-dir: the run file {self._run_file.path} cannot be written: {error.strerror}.",
                "Make room, or name another folder: a run that is written down nowhere is not started.",
            ) from None

    def _entry(self, outcome: Outcome) -> RunEntry:
        """What is written down about a start, with an idempotency key of its own."""
        if outcome.load_test_id is None:
            raise AssertionError("a load test is stored before it is started")
        order, load_test_id = outcome.order, outcome.load_test_id
        return RunEntry(
            script=_plain(order.archive.script),
            api=self._client.origin,
            stack_id=self._client.stack_id or 0,
            project_id=order.project_id,
            load_test_id=load_test_id,
            load_test_name=_plain(order.name),
            idempotency_key=secrets.token_hex(8),
            start_requested=self._clock.now().isoformat(),
            archive_digest=order.archive.digest,
            entry_digest=order.archive.entry_digest,
            place=self._run_file.place,
        )


def _plain(text: str) -> str:
    """A name as JSON can hold it: names of files may have bytes that are no text."""
    return text.encode("utf-8", "backslashreplace").decode()[:_LONGEST_NAME]


def _page(stack_url: str | None, run_id: int) -> str | None:
    """Where a person sees a run, when the API did not say."""
    return f"{stack_url}/a/k6-app/runs/{run_id}" if stack_url else None
