"""The request that starts a run: repeated until its effect is known, and verified then.

Once it was sent, no answer is taken to say that nothing runs without a look at the runs of the load test.
"""

from __future__ import annotations

import contextlib
from typing import Final

import anyio

from k6ci.clock import Clock
from k6ci.cloud.client import CloudClient
from k6ci.cloud.failures import SERVER_ERROR, ApiError, BadAnswerError, CallError, NotSentError, is_concurrency_limit
from k6ci.cloud.models import TestRun
from k6ci.cloud.retry import RetryPolicy
from k6ci.errors import OutcomeUnknownError
from k6ci.runs.deadline import Deadline
from k6ci.runs.interruption import Interruption
from k6ci.runs.run_record import RunEntry
from k6ci.runs.stale_runs import lost_runs

# What is left after a signal for finding the run and stopping it, if the start has not been answered by then.
_STOP_RESERVE_SECONDS: Final = 3.0
_SEARCH_SECONDS: Final = 10.0
_SEARCH_RESERVE_SECONDS: Final = 1.5
# After the deadline: the rest of its grace is for stopping what is found.
_LATE_SEARCH_SECONDS: Final = 3.0
_SECOND_LOOK_SECONDS: Final = 1.0
_LOOK_SECONDS: Final = 5.0
_REQUEST: Final = RetryPolicy()


class StartRequest:
    """Requests a start, and searches for its run when an answer is lost or invalid."""

    def __init__(self, client: CloudClient, clock: Clock, interruption: Interruption) -> None:
        self._client, self._clock, self._interruption = client, clock, interruption

    async def send(self, entry: RunEntry, within_seconds: float | None) -> TestRun:
        """The started run.

        Raises:
            CallError: the cloud refuses, or was never reached, and nothing was started.
            OutcomeUnknownError: it is not known whether a run was started.
        """
        deadline = Deadline.after(self._clock, self._clock.monotonic(), within_seconds)
        failures: list[CallError] = []
        with self._interruption.patient(deadline.left(), reserve=_STOP_RESERVE_SECONDS):
            if run := await self._requested(entry, failures):
                return run
        if failures and all(isinstance(error, NotSentError) for error in failures):
            raise failures[-1]
        within = deadline.left(_SEARCH_SECONDS, grace=_LATE_SEARCH_SECONDS)
        found = await self.search(entry, within)
        if found is not None and len(found) == 1:
            return found[0]
        if found == [] and failures and _is_refusal(failures[-1]) and not self._interruption.is_over:
            raise failures[-1]
        raise unknown_start(entry, failures, found)

    async def search(self, entry: RunEntry, within_seconds: float) -> list[TestRun] | None:
        """Look twice for the run that an entry may have started; None when they cannot be listed."""
        with self._interruption.patient(within_seconds, reserve=_SEARCH_RESERVE_SECONDS):
            try:
                found = await lost_runs(self._client, entry)
                if not found:
                    await self._clock.sleep(_SECOND_LOOK_SECONDS)
                    found = await lost_runs(self._client, entry)
            except (CallError, OSError, ValueError):
                return None
            return found
        return None

    async def _requested(self, entry: RunEntry, failures: list[CallError]) -> TestRun | None:
        """Request the start until there is an answer; None when the effect of the requests is not known.

        A refusal proves that there is no run, unless an answer was lost before it: the lost run may be what takes the
        last place. Repeated with the same key, a request starts nothing twice by contract; looking first does not rely
        on it. An answer that cannot be read most likely belongs to a start that took place: it is not repeated.
        """
        for attempt in range(1, _REQUEST.attempts + 1):
            try:
                return await self._client.start(entry.load_test_id, entry.project_id, entry.idempotency_key)
            except CallError as error:
                if _is_refusal(error) and not failures:
                    if run := await self._started_nevertheless(entry, error):
                        return run
                    raise
                failures.append(error)
                if _is_refusal(error) or isinstance(error, BadAnswerError) or not error.is_transient:
                    break
                if attempt == _REQUEST.attempts:
                    break
                pause = _REQUEST.pause(attempt, error)
            await self._clock.sleep(pause)
            if isinstance(failures[-1], NotSentError):
                continue
            with contextlib.suppress(CallError, OSError), anyio.move_on_after(_LOOK_SECONDS):
                if found := await lost_runs(self._client, entry):
                    return found[0] if len(found) == 1 else None
        return None

    async def _started_nevertheless(self, entry: RunEntry, error: CallError) -> TestRun | None:
        """A run that was started although the start was refused.

        It is not looked for at the concurrency limit, when other jobs start the same script.
        """
        if isinstance(error, ApiError) and is_concurrency_limit(error):
            return None
        with contextlib.suppress(CallError, OSError), anyio.move_on_after(_SEARCH_RESERVE_SECONDS):
            found = await lost_runs(self._client, entry)
            return found[0] if len(found) == 1 else None
        return None


def _is_refusal(error: CallError) -> bool:
    """Whether an answer means that nothing was started. A 429 does: it may be the concurrency limit."""
    return isinstance(error, ApiError) and error.status < SERVER_ERROR


def unknown_start(entry: RunEntry, failures: list[CallError], found: list[TestRun] | None) -> OutcomeUnknownError:
    """The error when requests may have started one of the runs `found`; None when these cannot be listed."""
    why = f": {failures[-1]}" if failures else ""
    runs = f"the runs of the load test {entry.load_test_name!r} (id {entry.load_test_id})"
    which = f"Look at {runs} and stop what is still running; `k6ci abort` looks for it again."
    if found:
        which = f"It may be one of {', '.join(str(run.id) for run in found)} (`k6ci abort ID` stops one). {which}"
    seen = "; no such run is listed" if found == [] else ""
    return OutcomeUnknownError(
        f"The cloud did not say whether the run was started{why}{seen}.",
        which,
    )
