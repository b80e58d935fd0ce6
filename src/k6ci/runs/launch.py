"""Launches one run: stores the script in its load test, waits for a free test slot, starts, and writes the run file.

Whatever happens on the way, afterwards it is known whether a run exists, or said that it is not known.
"""

from __future__ import annotations

import contextlib
import dataclasses
import secrets
from typing import Final

from k6ci.cloud.failures import CONFLICT, ApiError, CallError, is_concurrency_limit
from k6ci.cloud.models import LoadTest, TestRun
from k6ci.cloud.retry import RetryPolicy
from k6ci.errors import CloudUnreachableError, K6ciError, QuotaError, SettingsError
from k6ci.runs.listener import RunListener
from k6ci.runs.plan import RunPlan, plain
from k6ci.runs.request import RunRequest
from k6ci.runs.result import RunResult
from k6ci.runs.run_record import RunEntry
from k6ci.runs.runner import RunServices
from k6ci.runs.start_request import StartRequest, unknown_start

# Repetitions share a key, so that a start that took place although it was refused is not followed by a second one. The
# cloud remembers a key for 10 minutes (OpenAPI 1.12.0).
_KEY_SECONDS: Final = 540.0
_LAST_LOOK_SECONDS: Final = 5.0
_MAX_NAME_CHARACTERS: Final = 4000
_SLOT: Final = RetryPolicy(first_seconds=2.0, longest_seconds=30.0)


@dataclasses.dataclass(frozen=True)
class Launched:
    """A run that exists.

    Attributes:
        entry: its entry in the run file.
        plan: what was known of it before it started.
        run: the run as the answer to the start, or the list of runs, described it.
        requested_at: when the start was requested (monotonic seconds of this process); timeouts count from then.
        is_confirmed: whether more than the answer to the start says that this is our run.
        warnings: sentences for the report.
    """

    entry: RunEntry
    plan: RunPlan
    run: TestRun
    requested_at: float
    is_confirmed: bool = False
    warnings: tuple[str, ...] = ()


class Launch:
    """The launch of one request; its attributes tell how far it came when it ends with an exception.

    `requested_at` is None while no request for a start may have had an effect.
    """

    def __init__(self, services: RunServices, listener: RunListener, request: RunRequest) -> None:
        self._services, self._listener, self._request = services, listener, request
        self._client, self._clock = services.client, services.clock
        self._start = StartRequest(services.client, services.clock, services.interruption)
        self._load_test_id: int | None = None
        self._entry: RunEntry | None = None
        self._launched: Launched | None = None
        self.requested_at: float | None = None

    @property
    def load_test_name(self) -> str:
        """The name of the load test."""
        return self._request.name

    def result(self, problem: K6ciError | None = None) -> RunResult:
        """The result of a launch that led to no run."""
        request, entry = self._request, self._entry
        return RunResult(
            script=request.archive.script,
            load_test_name=request.name,
            project_id=request.project_id,
            plan=request.plan,
            load_test_id=self._load_test_id,
            requested_at=self.requested_at,
            url=entry.run_url if entry is not None else None,
            halted=self._services.interruption.halted,
            problem=problem,
        )

    async def store(self) -> int:
        """Create the load test, or replace its script; its ID.

        Raises:
            CallError, CloudUnreachableError: it cannot be stored.
        """
        test, is_new = await self._load_test()
        self._load_test_id = test.id
        self._listener.stored(self._request.name, is_new=is_new)
        return test.id

    async def start(self, load_test_id: int) -> Launched | None:
        """Start the run, waiting for a free test slot if need be; None if the wait was interrupted.

        Raises:
            CallError: the cloud refuses, and nothing was started.
            QuotaError: no test slot became free in time.
            OutcomeUnknownError: it is not known whether a run was started.
        """
        waiting_since = key_since = self._clock.monotonic()
        entry = self._new_entry(load_test_id)
        attempt = 0
        while True:
            try:
                return await self._start_once(entry)
            except ApiError as error:
                if not is_concurrency_limit(error):
                    raise
                attempt += 1
                # Others wait, too: the jitter of our own back-off keeps them apart, whatever Retry-After says.
                pause = max(error.retry_after or 0.0, _SLOT.backoff(attempt))
                if self._clock.monotonic() - waiting_since + pause > self._request.timeouts.concurrency:
                    raise await self._gave_up(entry, waiting_since, error) from None
                self._listener.waiting(str(error), pause)
            with self._services.interruption.scope() as work:
                await self._clock.sleep(pause)
            if work.cancelled_caught:
                return None
            if self._clock.monotonic() - key_since > _KEY_SECONDS:
                entry, key_since = self._new_entry(load_test_id), self._clock.monotonic()

    async def found(self, within_seconds: float) -> Launched | None:
        """The run that was started, looked for after an accident; None if there is none, or more than one may be it."""
        if self._launched is not None or self._entry is None or self.requested_at is None:
            return self._launched
        found = await self._start.search(self._entry, within_seconds)
        if found is None or len(found) != 1:
            return None
        return self._launched_as(self._entry, found[0], self.requested_at, is_confirmed=True)

    async def _gave_up(self, entry: RunEntry, waiting_since: float, error: ApiError) -> K6ciError:
        """Why the wait for a test slot ended: there was none, or a refused request started a run nevertheless."""
        if found := await self._start.search(entry, _LAST_LOOK_SECONDS):
            self._write_down(entry)  # `k6ci abort` looks for it
            return unknown_start(entry, [error], found)
        waited = self._clock.monotonic() - waiting_since
        return QuotaError(
            f"Concurrency limit reached; gave up after {waited:.0f} s ({error}).",
            "Wait for running tests to end, allow more time (concurrency-timeout), or raise the subscription's "
            "limit. No test run was started.",
        )

    async def _load_test(self) -> tuple[LoadTest, bool]:
        """The load test of this name with our script in it, and whether it is new."""
        request = self._request
        found = await self._client.find_load_test(request.project_id, request.name)
        if found is None:
            created = await self._create()
            if created is not None:
                return created, True
            found = await self._client.find_load_test(request.project_id, request.name)
        if found is None:
            raise CloudUnreachableError(
                f"The name {request.name!r} is taken, but no load test has it.", "Run again; no test run was started."
            )
        await self._client.replace_script(found.id, request.archive.path)
        return found, False

    async def _create(self) -> LoadTest | None:
        """A new load test; None when another job was faster and has the name now."""
        request = self._request
        try:
            return await self._client.create_load_test(request.project_id, request.name, request.archive.path)
        except ApiError as error:
            if error.status == CONFLICT:
                return None
            raise

    async def _start_once(self, entry: RunEntry) -> Launched:
        """One request for a start, written down before it is sent."""
        self._entry = entry = dataclasses.replace(entry, timeouts_since=self._now())
        self._write_down(entry)
        self.requested_at = self._clock.monotonic()
        try:
            run = await self._start.send(entry, self._request.timeouts.total)
        except CallError:
            self.requested_at = None
            with contextlib.suppress(OSError):
                self._services.run_file.drop(entry)  # refused: there is nothing to stop
            raise
        launched = self._launched_as(entry, run, self.requested_at)
        try:
            self._services.run_file.put(launched.entry)  # first: whoever reads that it was started finds it in the file
        except OSError as error:  # a disk that is full by now does not change what the run is
            warning = f"The run file could not be written: {error.strerror}."
            self._listener.warned(warning)
            launched = self._launched = dataclasses.replace(launched, warnings=(warning,))
        await self._services.announce()
        self._listener.started(run, launched.entry.run_url)
        return launched

    def _launched_as(
        self, entry: RunEntry, run: TestRun, requested_at: float, *, is_confirmed: bool = False
    ) -> Launched:
        """Take a run for the one that was started."""
        self._entry = entry.of_run(run)
        self._launched = Launched(self._entry, self._request.plan, run, requested_at, is_confirmed)
        return self._launched

    def _write_down(self, entry: RunEntry) -> None:
        try:
            self._services.run_file.put(entry)
        except OSError as error:
            raise SettingsError(
                f"report-dir: the run file {self._services.run_file.path} cannot be written: {error.strerror}.",
                "Make room, or name another folder: a run that is written down nowhere is not started.",
            ) from None

    def _new_entry(self, load_test_id: int) -> RunEntry:
        """What is written down about a start, with an idempotency key of its own."""
        request = self._request
        return RunEntry(
            script=plain(request.archive.script)[:_MAX_NAME_CHARACTERS],
            api=self._client.origin,
            stack_id=self._client.stack_id or 0,
            stack_url=request.stack_url,
            project_id=request.project_id,
            load_test_id=load_test_id,
            load_test_name=plain(request.name)[:_MAX_NAME_CHARACTERS],
            idempotency_key=secrets.token_hex(8),
            start_requested=self._now(),
            archive_digest=request.archive.digest,
            entry_digest=request.archive.entry_digest,
            place=self._services.run_file.place,
            plan=request.plan.storable(self._services.redact),
        )

    def _now(self) -> str:
        return self._clock.now().isoformat()
