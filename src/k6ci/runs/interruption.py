"""Signals as cancellation: SIGINT, SIGTERM and SIGHUP end the scopes that are open, now or after a grace.

What has to be cleaned up is done outside those scopes, by whoever opened them.
"""

from __future__ import annotations

import asyncio
import contextlib
import signal
from collections.abc import Iterator
from typing import Final

import anyio

from k6ci.errors import ExitCode

_CODES: Final = {"SIGHUP": ExitCode.SIGHUP, "SIGINT": ExitCode.SIGINT, "SIGTERM": ExitCode.SIGTERM}
_SIGNALS: Final = tuple(getattr(signal, name) for name in _CODES if hasattr(signal, name))


class Interruption:
    """The one signal that ended this process's work, if any."""

    def __init__(self) -> None:
        self.signal: signal.Signals | None = None
        self._scopes: dict[anyio.CancelScope, float] = {}

    @property
    def exit_code(self) -> ExitCode | None:
        """129, 130 or 143 after a signal."""
        return None if self.signal is None else _CODES[self.signal.name]

    async def listen(self, *, task_status: anyio.abc.TaskStatus[None] = anyio.TASK_STATUS_IGNORED) -> None:
        """Receive signals until cancelled; run it as a task of the story's group, by `start`.

        A handler is installed even where a shell had the signal ignored for its background children.
        """
        try:
            with anyio.open_signal_receiver(*_SIGNALS) as received:
                task_status.started()
                async for number in received:
                    self.interrupt(signal.Signals(number))
        except NotImplementedError:  # an event loop of Windows
            await self._listen_without_loop(task_status)

    async def _listen_without_loop(self, task_status: anyio.abc.TaskStatus[None]) -> None:
        """Handlers of the interpreter, which hand the signal to the loop; SIGBREAK is Windows' word for SIGTERM."""
        loop = asyncio.get_running_loop()
        names = [name for name in ("SIGINT", "SIGTERM", "SIGBREAK") if hasattr(signal, name)]

        def handle(number: int, _: object) -> None:
            received = signal.SIGINT if number == signal.SIGINT else signal.SIGTERM
            loop.call_soon_threadsafe(self.interrupt, received)

        former = {name: signal.signal(getattr(signal, name), handle) for name in names}
        task_status.started()
        try:
            await anyio.sleep_forever()
        finally:
            for name, handler in former.items():
                signal.signal(getattr(signal, name), handler)

    def interrupt(self, received: signal.Signals) -> None:
        """Remember the first signal and end the open scopes."""
        if self.signal is None:
            self.signal = received
        for scope, grace_seconds in self._scopes.items():
            _end(scope, grace_seconds)

    @contextlib.contextmanager
    def scope(self, *, grace_seconds: float = 0.0) -> Iterator[anyio.CancelScope]:
        """A scope that ends so long after a signal; afterwards `cancelled_caught` says whether it did."""
        with anyio.CancelScope() as scope:
            self._scopes[scope] = grace_seconds
            if self.signal is not None:
                _end(scope, grace_seconds)
            try:
                yield scope
            finally:
                del self._scopes[scope]


def _end(scope: anyio.CancelScope, grace_seconds: float) -> None:
    if grace_seconds > 0:
        scope.deadline = min(scope.deadline, anyio.current_time() + grace_seconds)
    else:
        scope.cancel()
