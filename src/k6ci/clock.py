"""Time: the one place that reads clocks and sleeps, so that tests can hand in another."""

from __future__ import annotations

import datetime as dt
import time
from typing import Protocol

import anyio


class Clock(Protocol):
    """What the story asks of time. Durations are seconds."""

    def now(self) -> dt.datetime:
        """The wall clock, always with a zone (UTC)."""

    def monotonic(self) -> float:
        """Seconds that never run backwards, from an arbitrary start."""

    async def sleep(self, seconds: float) -> None:
        """Let others work for so long; cancellable."""


class SystemClock:
    """The clock of the machine."""

    def now(self) -> dt.datetime:
        """The wall clock in UTC."""
        return dt.datetime.now(dt.UTC)

    def monotonic(self) -> float:
        """Seconds since an arbitrary start."""
        return time.monotonic()

    async def sleep(self, seconds: float) -> None:
        """Sleep in the event loop."""
        await anyio.sleep(max(0.0, seconds))
