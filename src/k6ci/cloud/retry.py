"""Which failed requests are sent again, and when: exponential back-off with jitter, `Retry-After` honoured.

Every request that k6ci sends may be repeated: reads, PUT, abort and validation change nothing twice, `start` carries an
idempotency key, and a second create of a load test answers 409, which leads to the first.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Awaitable, Callable
from typing import Final, TypeVar

import tenacity

from k6ci.clock import Clock
from k6ci.cloud.failures import ApiError, CallError

Answer = TypeVar("Answer")

# No try begins later than this after the first: a server that lets each of them drip to its limit is not waited for.
_LAST_TRY_SECONDS: Final = 60.0


@dataclasses.dataclass(frozen=True)
class RetryPolicy:
    """At most `attempts` tries; waits grow from `first_seconds` to `longest_seconds`, whatever Retry-After says."""

    attempts: int = 4
    first_seconds: float = 0.5
    longest_seconds: float = 20.0

    def wait(self, state: tenacity.RetryCallState) -> float:
        """Seconds before the next try."""
        error = state.outcome.exception() if state.outcome else None
        return self.pause(state.attempt_number, error)

    def pause(self, attempt: int, error: BaseException | None = None) -> float:
        """Seconds after so many failures in a row, for loops of their own that wait as retries do."""
        asked = error.retry_after if isinstance(error, ApiError) else None
        if asked is not None:
            return min(asked, self.longest_seconds)
        return self.backoff(attempt)

    def backoff(self, attempt: int) -> float:
        """The same, whatever the server asked for."""
        state = tenacity.RetryCallState(tenacity.AsyncRetrying(), None, (), {})
        state.attempt_number = attempt
        return tenacity.wait_exponential_jitter(
            multiplier=self.first_seconds, max=self.longest_seconds, jitter=self.first_seconds
        )(state)


ONCE = RetryPolicy(attempts=1)


def is_transient(error: BaseException) -> bool:
    """Whether the same request may succeed a little later."""
    return isinstance(error, CallError) and error.is_transient


async def retried(call: Callable[[], Awaitable[Answer]], policy: RetryPolicy, clock: Clock) -> Answer:
    """The answer of `call`, tried again while its failure is a transient one.

    Raises:
        CallError: of the last try.
    """
    retrying = tenacity.AsyncRetrying(
        sleep=clock.sleep,
        stop=tenacity.stop_after_attempt(policy.attempts) | tenacity.stop_after_delay(_LAST_TRY_SECONDS),
        wait=policy.wait,
        retry=tenacity.retry_if_exception(is_transient),
        reraise=True,
    )
    return await retrying(call)
