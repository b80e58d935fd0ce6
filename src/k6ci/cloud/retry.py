"""Which failed requests are sent again, and when: exponential back-off with jitter, `Retry-After` honoured.

Every request that k6ci sends may be repeated: reads, PUT, abort and validation change nothing twice, `start` carries an
idempotency key, and a second create of a load test answers 409, which finds the first.
"""

from __future__ import annotations

import dataclasses
import random
from collections.abc import Awaitable, Callable
from typing import Final, TypeVar

from k6ci.clock import Clock
from k6ci.cloud.failures import ApiError, CallError

Answer = TypeVar("Answer")

# No try begins later than this after the first: a server that lets each of them drip to its limit is not waited for.
_LAST_TRY_SECONDS: Final = 60.0
# More doublings change nothing, and a power without a limit overflows.
_MAX_DOUBLINGS: Final = 32


@dataclasses.dataclass(frozen=True)
class RetryPolicy:
    """At most `attempts` tries; waits grow from `first_seconds` to `longest_seconds`, whatever Retry-After says."""

    attempts: int = 4
    first_seconds: float = 0.5
    longest_seconds: float = 20.0

    def pause(self, attempt: int, error: CallError) -> float:
        """Seconds before the next try, after so many failures in a row; the API's Retry-After replaces the back-off."""
        asked = error.retry_after if isinstance(error, ApiError) else None
        return self.backoff(attempt) if asked is None else min(asked, self.longest_seconds)

    def backoff(self, attempt: int) -> float:
        """Seconds before the next try, after so many failures in a row, whatever the API asks for."""
        grown = self.first_seconds * 2.0 ** min(attempt - 1, _MAX_DOUBLINGS)
        jitter = random.uniform(0.0, self.first_seconds)  # noqa: S311 -- keeps jobs apart; no secret depends on it
        return min(grown + jitter, self.longest_seconds)


ONCE = RetryPolicy(attempts=1)


async def retried(call: Callable[[], Awaitable[Answer]], policy: RetryPolicy, clock: Clock) -> Answer:
    """The answer of `call`, tried again while its failure is a transient one.

    Raises:
        CallError: of the last try.
    """
    begun, attempt = clock.monotonic(), 0
    while True:
        attempt += 1
        try:
            return await call()
        except CallError as error:
            is_last = attempt >= policy.attempts or clock.monotonic() - begun >= _LAST_TRY_SECONDS
            if is_last or not error.is_transient:
                raise
            pause = policy.pause(attempt, error)
        await clock.sleep(pause)
