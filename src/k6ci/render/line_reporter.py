"""The lines about a run that every view shares; how a line is written is up to the view."""

from __future__ import annotations

import abc

from k6ci.cloud.models import TestRun
from k6ci.cloud.tail import LogLine


class LineReporter(abc.ABC):
    """Reports what happens to one script's run, one line per event. In a suite every line begins with the script."""

    def __init__(self, script: str, *, is_alone: bool) -> None:
        self.script = script
        self._prefix = "" if is_alone else f"{script}: "

    @abc.abstractmethod
    def say(self, text: str) -> None:
        """One line of foreign text."""

    def stored(self, name: str, *, is_new: bool) -> None:
        """Where the script is stored."""
        self.say(f"{self.script}: {'created load test' if is_new else 'script replaced in load test'} {name!r}")

    def waiting(self, why: str, seconds: float) -> None:
        """That all test slots are in use."""
        self.say(f"{self.script}: all test slots are in use, retrying in {seconds:.0f} s ({why})")

    def started(self, run: TestRun, url: str | None) -> None:
        """The run's id and page."""
        self.say(f"{self.script}: started test run {run.id}{f' at {url}' if url else ''}")

    def logged(self, line: LogLine) -> None:
        """A line of the script's log."""
        self.say(f"{self._prefix}log {line.level}: {line.message}")

    def omitted(self, count: int) -> None:
        """How many lines of the script's log are missing."""
        self.say(f"{self._prefix}{count} more lines of the script's log are omitted here; the run's page has them all.")

    def warned(self, text: str) -> None:
        """A warning."""
        self.say(f"{self._prefix}warning: {text}")

    def stopping(self, why: str) -> None:
        """The run is being stopped."""
        self.say(f"{self._prefix}stopping the test run: {why}")

    @abc.abstractmethod
    def ended(self) -> None:
        """The run is over, or was not started."""
