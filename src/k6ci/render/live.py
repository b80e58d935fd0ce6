"""Progress on a terminal: one line that lives (status, progress, VUs, p95), events above it."""

from __future__ import annotations

import time
from types import TracebackType

from rich.console import Console, RenderableType
from rich.live import Live
from rich.markup import escape
from rich.progress_bar import ProgressBar
from rich.table import Table

from k6ci.cloud.models import TestRun
from k6ci.render import figures
from k6ci.render.narrator import Narrator
from k6ci.runs.observer import Glimpse, Progress


class LiveObserver(Narrator):
    """Draws on a console while it is entered; satisfies runs.observer.Observer."""

    wants_glimpses = True

    def __init__(self, console: Console) -> None:
        self._console = console
        self._live = Live(self, console=console, refresh_per_second=4, transient=True)
        self._progress: Progress | None = None
        self._seen_at = 0.0
        self._glimpse = Glimpse()

    def __enter__(self) -> LiveObserver:  # noqa: PYI034 -- not meant for inheritance
        self._live.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._live.stop()

    def __rich__(self) -> RenderableType:
        if self._progress is None:
            return ""
        progress, glimpse = self._progress, self._glimpse
        elapsed = progress.elapsed_seconds + time.monotonic() - self._seen_at
        row = Table.grid(padding=(0, 2, 0, 0))
        bar = ProgressBar(total=1.0, completed=progress.fraction or 0.0, width=24, pulse=progress.fraction is None)
        share = "" if progress.fraction is None else f"{100 * progress.fraction:3.0f} %"
        vus = "" if glimpse.vus is None else f"VUs {figures.count(glimpse.vus)}"
        p95 = "" if glimpse.p95_ms is None else f"p95 {figures.milliseconds(glimpse.p95_ms)}"
        row.add_row(figures.duration(elapsed), f"[bold]{escape(progress.run.status)}[/bold]", bar, share, vus, p95)
        return row

    def say(self, text: str) -> None:
        """A line above the living one."""
        self._console.print(escape(text), soft_wrap=True, highlight=False)

    def started(self, script: str, run: TestRun, url: str | None) -> None:
        """The run's id and page, and the living line."""
        super().started(script, run, url)
        self._glimpse = Glimpse()
        self.progressed(Progress(run, 0.0, None))

    def progressed(self, progress: Progress) -> None:
        """Redraw with the new status."""
        self._progress, self._seen_at = progress, time.monotonic()

    def glimpsed(self, glimpse: Glimpse) -> None:
        """Redraw with new figures."""
        self._glimpse = glimpse
