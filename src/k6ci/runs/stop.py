"""Stops a run: asks until the cloud has taken the request or the run has ended.

409 says "not running", which is the answer before the load begins, too (OpenAPI 1.12.0): so the status decides.
"""

from __future__ import annotations

import dataclasses
from typing import Final

import anyio

from k6ci.clock import Clock
from k6ci.cloud.client import CloudClient
from k6ci.cloud.failures import CONFLICT, ApiError, CallError
from k6ci.cloud.models import TestRun

_PAUSE_SECONDS: Final = 0.3


@dataclasses.dataclass(frozen=True)
class Stopped:
    """What came of it: `is_confirmed` when the cloud took the request or the run is over; `run` as last seen."""

    is_confirmed: bool
    run: TestRun | None
    problem: str | None = None


async def stop_run(client: CloudClient, run_id: int, clock: Clock, *, within_seconds: float) -> Stopped:
    """Stop a run and wait for its end, for so long; never raises for what the cloud does."""
    attempt = _Attempt(client, run_id, clock)
    with anyio.move_on_after(within_seconds):
        await attempt.go()
    return Stopped(attempt.is_confirmed, attempt.run, None if attempt.is_confirmed else attempt.problem)


class _Attempt:
    def __init__(self, client: CloudClient, run_id: int, clock: Clock) -> None:
        self._client, self._run_id, self._clock = client, run_id, clock
        self.run: TestRun | None = None
        self.is_confirmed = False
        self.problem = "no answer in time"

    async def go(self) -> None:
        while True:
            try:
                if not self.is_confirmed:
                    await self._ask()
                self.run = await self._client.test_run(self._run_id, once=True)
                if self.run.is_terminal:
                    self.is_confirmed = True
                    return
            except CallError as error:
                self.problem = str(error)
                if not error.is_transient:
                    return
            await self._clock.sleep(_PAUSE_SECONDS)

    async def _ask(self) -> None:
        try:
            await self._client.abort(self._run_id)
            self.is_confirmed = True
        except ApiError as error:
            if error.status != CONFLICT:
                raise
            self.problem = str(error)
