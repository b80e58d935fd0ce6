"""Progress as plain lines for CI logs: every event once, and a heartbeat that grows rarer while a run goes on."""

from __future__ import annotations

from typing import Final, TextIO

from k6ci.cloud.models import TestRun
from k6ci.render import figures
from k6ci.render.narrator import Narrator
from k6ci.runs.observer import Glimpse, Progress

_FIRST_BEAT: Final = 5.0
_RAREST_BEAT: Final = 300.0


class PlainObserver(Narrator):
    """Writes lines to a stream; satisfies runs.observer.Observer."""

    wants_glimpses = False

    def __init__(self, stream: TextIO) -> None:
        self._stream = stream
        self._status = ""
        self._last_beat = 0.0
        self._pause = _FIRST_BEAT

    def say(self, text: str) -> None:
        """One line, at once."""
        self._stream.write(f"k6ci: {text}\n")
        self._stream.flush()

    def started(self, script: str, run: TestRun, url: str | None) -> None:
        """The run's id and page; the heartbeat begins anew."""
        super().started(script, run, url)
        self._status, self._last_beat, self._pause = run.status, 0.0, _FIRST_BEAT

    def progressed(self, progress: Progress) -> None:
        """A line for each change of status, else a beat now and then."""
        is_beat = progress.elapsed_seconds - self._last_beat >= self._pause
        if progress.run.status == self._status and not is_beat:
            return
        if is_beat:
            self._pause = min(_RAREST_BEAT, self._pause * 2)
        self._status, self._last_beat = progress.run.status, progress.elapsed_seconds
        share = "" if progress.fraction is None or self._status != "running" else f" {100 * progress.fraction:.0f} %"
        self.say(f"{figures.duration(progress.elapsed_seconds)} {self._status}{share}")

    def glimpsed(self, glimpse: Glimpse) -> None:
        """Nothing: live figures are not asked for."""
