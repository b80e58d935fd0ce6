"""The log of one run, in bounded memory; any number of log tails can follow it."""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass
from typing import TYPE_CHECKING

import anyio

if TYPE_CHECKING:
    from collections.abc import Mapping

LINES_KEPT = 2_000
MESSAGE_LIMIT = 10_000
LABEL_LIMIT = 1_000
LABELS_KEPT = 20


@dataclass(frozen=True)
class LogLine:
    """One line; `nanoseconds` since the epoch increase strictly, `labels` include the level."""

    nanoseconds: int
    labels: Mapping[str, str]
    message: str


class LogBuffer:
    """The last lines of the log of one run."""

    def __init__(self, lines_kept: int = LINES_KEPT) -> None:
        self._lines: deque[LogLine] = deque(maxlen=lines_kept)
        self._last_nanoseconds = 0
        self._last_dropped = 0
        self._changed = anyio.Event()

    def write(self, nanoseconds: int, labels: Mapping[str, str], message: str) -> None:
        """Add one line; the oldest is dropped when the buffer is full."""
        self._last_nanoseconds = max(nanoseconds, self._last_nanoseconds + 1)
        if len(self._lines) == self._lines.maxlen:
            self._last_dropped = self._lines[0].nanoseconds
        kept = {name[:LABEL_LIMIT]: value[:LABEL_LIMIT] for name, value in list(labels.items())[:LABELS_KEPT]}
        self._lines.append(LogLine(self._last_nanoseconds, kept, message[:MESSAGE_LIMIT]))
        self._changed.set()
        self._changed = anyio.Event()

    def after(self, nanoseconds: int) -> list[LogLine]:
        """Return the lines after this time (nanoseconds since the epoch)."""
        return [line for line in self._lines if line.nanoseconds > nanoseconds]

    def has_dropped_after(self, nanoseconds: int) -> bool:
        """Return whether lines after this time have been dropped."""
        return self._last_dropped > nanoseconds

    async def wait_for_more(self, nanoseconds: int) -> None:
        """Wait until there is a line after this time."""
        while self._last_nanoseconds <= nanoseconds:
            await self._changed.wait()
