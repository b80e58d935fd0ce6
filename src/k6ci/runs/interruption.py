"""Signals as cancellation, with a budget: work ends at once, and cleaning up has a limited number of seconds.

The first of SIGINT, SIGTERM and SIGHUP ends the work and leaves time to stop what runs in the cloud; the second leaves
a moment; the third gives up. GitHub sends SIGINT, after 7.5 s SIGTERM, and kills after another 2.5 s.

`halt` ends the work without a signal: a suite that fails fast.
"""

from __future__ import annotations

import asyncio
import contextlib
import signal
from collections.abc import Iterator
from types import FrameType
from typing import Final

import anyio

from k6ci.errors import ExitCode

FIRST_SECONDS: Final = 7.0
SECOND_SECONDS: Final = 1.5

_NAMES: Final = ("SIGHUP", "SIGINT", "SIGTERM", "SIGBREAK")
_CODES: Final = {"SIGHUP": ExitCode.SIGHUP, "SIGINT": ExitCode.SIGINT, "SIGTERM": ExitCode.SIGTERM}


def hang_up() -> None:
    """Raise SIGHUP, where it is handled: the output has no reader any more, as when a terminal or a runner is lost."""
    number = getattr(signal, "SIGHUP", signal.SIGTERM)
    if callable(signal.getsignal(number)):
        signal.raise_signal(number)


class Interruption:
    """What ended this process's work, if anything did, and how long cleaning up may take."""

    def __init__(self) -> None:
        self.signal: signal.Signals | None = None
        self.why: str | None = None
        self._received = 0
        self._pending: list[signal.Signals] = []
        self._loop: asyncio.AbstractEventLoop | None = None
        self._deadline: float | None = None
        self._granted = FIRST_SECONDS
        self._work: set[anyio.CancelScope] = set()
        # Of each patient scope its reserve, and the moment before which signals do not end it.
        self._patient: dict[anyio.CancelScope, tuple[float, float]] = {}

    @property
    def is_over(self) -> bool:
        """Whether nothing new may begin."""
        return self.why is not None

    @property
    def halted(self) -> str | None:
        """Why the work ended without a signal, if it did."""
        return self.why if self.signal is None else None

    @property
    def exit_code(self) -> ExitCode | None:
        """129, 130 or 143 after a signal."""
        return None if self.signal is None else _CODES[self.signal.name]

    @contextlib.contextmanager
    def listening(self) -> Iterator[None]:
        """Receive signals until this is left, inside an event loop and around it; belongs into the main thread.

        Handlers of the interpreter, not of the loop: they also work while a report is written, on every system, and
        where a shell had the signal ignored for its background children.
        """
        numbers = [getattr(signal, name) for name in _NAMES if hasattr(signal, name)]
        former = {number: signal.signal(number, self._handle) for number in numbers}
        try:
            yield
        finally:
            for number, handler in former.items():
                signal.signal(number, handler)

    @contextlib.contextmanager
    def attached(self) -> Iterator[None]:
        """Signals reach the running event loop until this is left."""
        self._loop = asyncio.get_running_loop()
        self._drain()
        try:
            yield
        finally:
            self._loop = None

    def _handle(self, number: int, _: FrameType | None) -> None:
        """Runs between any two instructions of the main thread, so it only notes and wakes the loop."""
        name = signal.Signals(number).name
        self._pending.append(signal.SIGTERM if name == "SIGBREAK" else signal.Signals(number))
        if self._loop is not None:
            self._loop.call_soon_threadsafe(self._drain)

    def _drain(self) -> None:
        while self._pending:
            self.interrupt(self._pending.pop(0))

    def interrupt(self, received: signal.Signals) -> None:
        """Take one more signal: the first is remembered, each shortens the time that is left."""
        self._received += 1
        if self.signal is None:
            self.signal = received
            self.why = f"{received.name} was received"
        left = {1: FIRST_SECONDS, 2: SECOND_SECONDS}.get(self._received, 0.0)
        until = anyio.current_time() + left
        if self._deadline is None or until < self._deadline:
            self._deadline, self._granted = until, left
        self._end()
        for scope, (reserve, earliest) in self._patient.items():
            self._shorten(scope, reserve, earliest)

    def _shorten(self, scope: anyio.CancelScope, reserve: float, earliest: float) -> None:
        """A shorter time is divided as the first signal's is: else the second would leave nothing to look and stop."""
        if self._deadline is not None:
            left = self._deadline - reserve * self._granted / FIRST_SECONDS
            scope.deadline = min(scope.deadline, max(left, earliest))

    def halt(self, why: str) -> None:
        """End the work without a signal; cleaning up keeps its own times."""
        self.why = self.why or why
        self._end()

    def _end(self) -> None:
        for scope in self._work:
            scope.cancel()

    @contextlib.contextmanager
    def scope(self) -> Iterator[anyio.CancelScope]:
        """Work: it ends with the first signal; afterwards `cancelled_caught` says whether it did."""
        with anyio.CancelScope() as scope:
            self._work.add(scope)
            if self.is_over:
                scope.cancel()
            try:
                yield scope
            finally:
                self._work.discard(scope)

    @contextlib.contextmanager
    def patient(
        self, seconds: float = float("inf"), *, reserve: float = 0.0, at_least: float = 0.0
    ) -> Iterator[anyio.CancelScope]:
        """Cleaning up, or waiting for an answer that cleaning up needs: so long at most, and within what signals leave.

        Args:
            seconds: the longest time in any case.
            reserve: how many of the FIRST_SECONDS after a signal are left to others; of less time, as large a part.
            at_least: how many seconds are granted even if signals have left less.
        """
        with anyio.CancelScope(shield=True, deadline=anyio.current_time() + seconds) as scope:
            earliest = anyio.current_time() + at_least
            self._patient[scope] = reserve, earliest
            self._shorten(scope, reserve, earliest)
            try:
                yield scope
            finally:
                del self._patient[scope]
