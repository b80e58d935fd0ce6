"""Stops a run: asks until the cloud accepts the request or the run has ended.

409 says "not running", which is the answer before the load begins, too (OpenAPI 1.12.0): so the status decides.
"""

from __future__ import annotations

import dataclasses
import itertools
from typing import Final

import anyio

from k6ci.clock import Clock
from k6ci.cloud.client import CloudClient
from k6ci.cloud.failures import CONFLICT, ApiError, CallError
from k6ci.cloud.models import TestRun
from k6ci.cloud.retry import RetryPolicy

# Quick at first, because a signal leaves seconds; then no burden to a cloud that has trouble.
_PAUSE_SECONDS: Final = 0.3
_QUICK_TRIES: Final = 20
_LATER_PAUSE_SECONDS: Final = 2.0
_TROUBLE: Final = RetryPolicy(first_seconds=_PAUSE_SECONDS, longest_seconds=5.0)
# The request may have been accepted although its answer does not arrive: then the status of the run decides.
_ANSWER_SECONDS: Final = 2.5


@dataclasses.dataclass(frozen=True)
class Stopped:
    """The result: `is_confirmed` if the cloud accepted the request or the run is over; `run` as last seen."""

    is_confirmed: bool
    run: TestRun | None
    problem: str | None = None


async def stop_run(client: CloudClient, run_id: int, clock: Clock, *, within_seconds: float) -> Stopped:
    """Stop a run and wait for its end, for so long; never raises for what the cloud does."""
    stopping = Stopping(client, run_id, clock)
    with anyio.move_on_after(within_seconds):
        await stopping.go()
    return stopping.result


class Stopping:
    """One attempt at stopping a run, which may be cancelled at any point: `result` is what is known by then."""

    def __init__(self, client: CloudClient, run_id: int, clock: Clock, known: TestRun | None = None) -> None:
        self._client, self._run_id, self._clock, self._known = client, run_id, clock, known
        self._run: TestRun | None = None
        self._is_confirmed = self._is_refused = False
        self._problem = "no answer in time"

    @property
    def result(self) -> Stopped:
        """What is known so far."""
        return Stopped(self._is_confirmed, self._run, None if self._is_confirmed else self._problem)

    async def go(self) -> None:
        """Ask until the run has ended, or the cloud refuses for good."""
        failures = 0
        for attempt in itertools.count(1):
            pause = _PAUSE_SECONDS if attempt <= _QUICK_TRIES else _LATER_PAUSE_SECONDS
            try:
                if not self._is_confirmed:
                    await self._ask()
                with anyio.fail_after(_ANSWER_SECONDS):
                    self._run = await self._client.test_run(self._run_id, of=self._known, once=True)
                if self._run.is_terminal:
                    self._is_confirmed = True
                    return
                if self._is_refused:
                    return
                failures = 0
            except TimeoutError:
                self._problem = "no answer in time"
            except CallError as error:
                self._problem = str(error)
                if not error.is_transient:
                    return
                failures += 1
                pause = _TROUBLE.pause(failures, error)
            await self._clock.sleep(pause)

    async def _ask(self) -> None:
        try:
            with anyio.move_on_after(_ANSWER_SECONDS) as answering:
                await self._client.abort(self._run_id)
            self._is_confirmed = not answering.cancelled_caught
        except ApiError as error:
            if error.is_transient:
                raise
            self._problem, self._is_refused = str(error), error.status != CONFLICT  # even so it may have ended by now
