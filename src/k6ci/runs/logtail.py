"""Follows the log of one run: reconnects a broken tail, and omits lines that would flood the job's own log.

A tail does not influence the verdict: at worst there is a warning.
"""

from __future__ import annotations

import contextlib
from collections.abc import AsyncGenerator, Callable
from typing import Final

from k6ci.clock import Clock
from k6ci.cloud.failures import CallError
from k6ci.cloud.models import TestRun
from k6ci.cloud.retry import RetryPolicy
from k6ci.cloud.tail import LogLine
from k6ci.runs.listener import RunListener

# The log of a run, by its ID, from a moment on (nanoseconds since the epoch); calls back when it is connected.
Tail = Callable[[int, int, Callable[[], None]], AsyncGenerator[LogLine, None]]

_BURST_LINES: Final = 500
_LINES_PER_MINUTE: Final = 50
_MINUTE: Final = 60.0
_RECONNECTION: Final = RetryPolicy(attempts=8, first_seconds=0.5, longest_seconds=30.0)
# The log of a script that is longer is not followed any more: its lines would only cost time.
_MAX_LINES: Final = 1_000_000
# The first lines may be older than the moment at which we learn of the run.
_HEAD_START_SECONDS: Final = 1.0


class LineLimit:
    """A limit of lines: a burst, and some more per minute; counts the lines that are omitted."""

    def __init__(self, now: float) -> None:
        self.omitted = 0
        self._room = _BURST_LINES
        self._minute = now

    def admits(self, now: float) -> bool:
        """Whether one more line is shown."""
        while now - self._minute >= _MINUTE:
            self._minute += _MINUTE
            self._room = min(_BURST_LINES, self._room + _LINES_PER_MINUTE)
        if self._room > 0:
            self._room -= 1
            return True
        self.omitted += 1
        return False

    def take_count(self) -> int:
        """How many lines were omitted since the last call."""
        count, self.omitted = self.omitted, 0
        return count


class LogFollower:
    """Shows a run's log to its listener until it is cancelled."""

    def __init__(self, tail: Tail, run: TestRun, clock: Clock, listener: RunListener) -> None:
        self._tail, self._run_id, self._clock, self._listener = tail, run.id, clock, listener
        created = run.created or clock.now()
        self._since = int((created.timestamp() - _HEAD_START_SECONDS) * 1e9)
        self._limit = LineLimit(clock.monotonic())
        self._breaks = self._lines = 0
        self._problem: str | None = None

    async def follow(self) -> None:
        """Tail the log; a connection that ends, or was never there, is tried again from the newest line on."""
        try:
            while self._breaks < _RECONNECTION.attempts and self._lines <= _MAX_LINES:
                if not await self._is_worth_another():
                    break
                self._breaks += 1
                await self._clock.sleep(_RECONNECTION.backoff(self._breaks))
        finally:
            self._tell_omitted()
            if self._problem is not None:
                self._listener.warned(f"The script's log is not shown (any more): {self._problem}.")

    async def _is_worth_another(self) -> bool:
        """Follow one connection to its end; whether it makes sense to try again."""
        try:
            await self._connection()
        except CallError as error:
            self._problem = str(error)
            return error.is_transient
        except OSError:  # nobody reads our output any more, which is not the tail's business
            raise
        except Exception as error:  # noqa: BLE001 -- whatever a tail does to its reader, it does not decide about the run
            self._problem = f"it cannot be read ({type(error).__name__})"
            return False
        return True

    async def _connection(self) -> None:
        async with contextlib.aclosing(self._tail(self._run_id, self._since, self._opened)) as lines:
            async for line in lines:
                self._breaks = 0
                self._lines += 1
                if self._lines > _MAX_LINES:
                    self._problem = f"it has more than {_MAX_LINES:,} lines"
                    return
                self._since = max(self._since, line.at + 1)
                if self._limit.admits(self._clock.monotonic()):
                    self._tell_omitted()
                    self._listener.logged(line)

    def _opened(self) -> None:
        self._problem = None

    def _tell_omitted(self) -> None:
        if count := self._limit.take_count():
            self._listener.omitted(count)
