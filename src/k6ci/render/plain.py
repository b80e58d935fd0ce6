"""Progress as plain lines for CI logs: every event once, a heartbeat that grows rarer, the script's log in sections."""

from __future__ import annotations

from typing import Final, TextIO

from k6ci.ci.job_log import JobLog
from k6ci.cloud.models import TestRun
from k6ci.cloud.tail import LogLine
from k6ci.lines import one_line
from k6ci.render import figures
from k6ci.render.line_reporter import LineReporter
from k6ci.runs.listener import LiveMetrics, Progress

_FIRST_PAUSE: Final = 5.0
_MAX_PAUSE: Final = 300.0
_MIN_SECTION_LINES: Final = 4
_MAX_SECTION_LINES: Final = 200


class PlainSuiteListener:
    """Writes what concerns the suite, and makes the listeners of runs; satisfies runs.listener.SuiteListener."""

    def __init__(self, stream: TextIO, job_log: JobLog) -> None:
        self._stream, self._job_log = stream, job_log

    def of(self, script: str, *, is_alone: bool) -> PlainRunListener:
        """A listener that writes to the same stream."""
        return PlainRunListener(self._stream, self._job_log, script, is_alone=is_alone)

    def estimated(self, script: str, vuh: float) -> None:
        """The estimate in VUh."""
        _write(self._stream, f"{script}: options are valid, estimated {vuh:.4g} VUh")

    def warned(self, text: str) -> None:
        """A warning."""
        _write(self._stream, f"warning: {text}")


class PlainRunListener(LineReporter):
    """Writes lines to a stream; satisfies runs.listener.RunListener.

    Where the CI system has sections, lines of the script's log are kept until the next line about the run, and become
    a section.
    """

    wants_live_metrics = False

    def __init__(self, stream: TextIO, job_log: JobLog, script: str, *, is_alone: bool) -> None:
        super().__init__(script, is_alone=is_alone)
        self._stream, self._job_log = stream, job_log
        self._kept: list[str] = []
        self._status = ""
        self._last_beat = 0.0
        self._pause = _FIRST_PAUSE

    def say(self, text: str) -> None:
        """One line, at once, after what was kept."""
        self._flush()
        _write(self._stream, text)

    def started(self, run: TestRun, url: str | None) -> None:
        """The run's id and page; the heartbeat begins."""
        super().started(run, url)
        self._status = run.status

    def progressed(self, progress: Progress) -> None:
        """A line for each change of status, else a beat now and then."""
        is_beat = progress.elapsed_seconds - self._last_beat >= self._pause
        if progress.run.status == self._status and not is_beat:
            return
        if is_beat:
            self._pause = min(_MAX_PAUSE, self._pause * 2)
        self._status, self._last_beat = progress.run.status, progress.elapsed_seconds
        share = "" if progress.fraction is None or self._status != "running" else f" {100 * progress.fraction:.0f} %"
        self.say(f"{self._prefix}{figures.duration(progress.elapsed_seconds)} {self._status}{share}")

    def measured(self, live_metrics: LiveMetrics) -> None:
        """Nothing: live figures are not asked for."""

    def logged(self, line: LogLine) -> None:
        """A line of the script's log."""
        self._keep(f"{self._prefix}log {line.level}: {line.message}")

    def ended(self) -> None:
        """What was kept is shown."""
        self._flush()

    def _keep(self, text: str) -> None:
        if not self._job_log.has_sections:
            _write(self._stream, text)
            return
        self._kept.append(text)
        if len(self._kept) >= _MAX_SECTION_LINES:
            self._flush()

    def _flush(self) -> None:
        if not self._kept:
            return
        kept, self._kept = self._kept, []
        is_section = len(kept) >= _MIN_SECTION_LINES
        # Each command is a write of its own, so short that no other writer can get into it.
        if is_section:
            self._command(self._job_log.open_section(f"k6ci: log of {self.script} ({len(kept)} lines)"))
        self._stream.write("".join(f"k6ci: {one_line(text)}\n" for text in kept))
        if is_section:
            self._command(self._job_log.close_section())
        self._stream.flush()

    def _command(self, text: str) -> None:
        self._stream.flush()
        getattr(self._stream, "styled", self._stream).write(text)
        self._stream.flush()


def _write(stream: TextIO, text: str) -> None:
    stream.write(f"k6ci: {one_line(text)}\n")
    stream.flush()
