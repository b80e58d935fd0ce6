"""Progress on a terminal: a line for each run that is redrawn (status, progress, VUs, p95), events above them."""

from __future__ import annotations

import time
from types import TracebackType
from typing import Final

from rich.console import Console, RenderableType
from rich.live import Live
from rich.progress_bar import ProgressBar
from rich.table import Table
from rich.text import Text

from k6ci.cloud.models import TestRun
from k6ci.lines import one_line
from k6ci.render import figures
from k6ci.render.line_reporter import LineReporter
from k6ci.runs.listener import LiveMetrics, Progress

_SHOWN_RUNS: Final = 12


class LiveSuiteListener:
    """Draws on a console while it is entered; satisfies runs.listener.SuiteListener."""

    def __init__(self, console: Console) -> None:
        self.console = console
        self.rows: list[LiveRunListener] = []
        self._live = Live(self, console=console, refresh_per_second=4, transient=True)

    def __enter__(self) -> LiveSuiteListener:  # noqa: PYI034 -- not meant for inheritance
        self._live.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._live.stop()

    def __rich__(self) -> RenderableType:
        if not self.rows:
            return ""
        table = Table.grid(padding=(0, 2, 0, 0))
        for row in self.rows[:_SHOWN_RUNS]:
            table.add_row(*row.cells())
        if len(self.rows) > _SHOWN_RUNS:
            table.add_row("", f"and {len(self.rows) - _SHOWN_RUNS} more")
        return table

    def of(self, script: str, *, is_alone: bool) -> LiveRunListener:
        """A listener with a row of its own, once its run has started."""
        return LiveRunListener(self, script, is_alone=is_alone)

    def estimated(self, script: str, vuh: float) -> None:
        """The estimate in VUh."""
        self.say(f"{script}: options are valid, estimated {vuh:.4g} VUh")

    def warned(self, text: str) -> None:
        """A warning."""
        self.say(f"warning: {text}")

    def say(self, text: str) -> None:
        """A line above those that are redrawn."""
        self.console.print(Text(one_line(text)), soft_wrap=True, highlight=False)


class LiveRunListener(LineReporter):
    """One row; satisfies runs.listener.RunListener."""

    wants_live_metrics = True

    def __init__(self, listener: LiveSuiteListener, script: str, *, is_alone: bool) -> None:
        super().__init__(script, is_alone=is_alone)
        self._listener = listener
        self._progress: Progress | None = None
        self._seen_at = 0.0
        self._live_metrics = LiveMetrics()

    def cells(self) -> list[RenderableType]:
        """The row: time, script (in a suite), status, bar, share, VUs, p95."""
        if self._progress is None:
            return [""]
        progress, live_metrics = self._progress, self._live_metrics
        elapsed = progress.elapsed_seconds + time.monotonic() - self._seen_at
        bar = ProgressBar(total=1.0, completed=progress.fraction or 0.0, width=24, pulse=progress.fraction is None)
        return [
            figures.duration(elapsed),
            *([Text(one_line(self.script))] if self._prefix else []),
            Text(one_line(progress.run.status), style="bold"),
            bar,
            "" if progress.fraction is None else f"{100 * progress.fraction:3.0f} %",
            "" if live_metrics.vus is None else f"VUs {figures.count(live_metrics.vus)}",
            "" if live_metrics.p95_ms is None else f"p95 {figures.milliseconds(live_metrics.p95_ms)}",
        ]

    def say(self, text: str) -> None:
        """A line above those that are redrawn."""
        self._listener.say(text)

    def started(self, run: TestRun, url: str | None) -> None:
        """The run's id and page, and the line that is redrawn."""
        super().started(run, url)
        self._listener.rows.append(self)
        self.progressed(Progress(run, 0.0, None))

    def progressed(self, progress: Progress) -> None:
        """Redraw with the new status."""
        self._progress, self._seen_at = progress, time.monotonic()

    def measured(self, live_metrics: LiveMetrics) -> None:
        """Redraw with new figures."""
        self._live_metrics = live_metrics

    def ended(self) -> None:
        """The row goes; the report follows."""
        if self in self._listener.rows:
            self._listener.rows.remove(self)
