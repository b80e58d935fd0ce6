"""The sentences about a run that every view shares; how a line is written is up to the view."""

from __future__ import annotations

import abc

from k6ci.cloud.models import TestRun


class Narrator(abc.ABC):
    """Says what happens, one line an event."""

    @abc.abstractmethod
    def say(self, text: str) -> None:
        """One line of foreign text."""

    def estimated(self, script: str, vuh: float) -> None:
        """The estimate in VUh."""
        self.say(f"{script}: options are valid, estimated {vuh:.4g} VUh")

    def stored(self, script: str, name: str, *, is_new: bool) -> None:
        """Where the script is stored."""
        self.say(f"{script}: {'created load test' if is_new else 'script replaced in load test'} {name!r}")

    def started(self, script: str, run: TestRun, url: str | None) -> None:
        """The run's id and page."""
        self.say(f"{script}: started test run {run.id}{f' at {url}' if url else ''}")

    def warned(self, text: str) -> None:
        """A warning."""
        self.say(f"warning: {text}")

    def stopping(self, why: str) -> None:
        """The run is being stopped."""
        self.say(f"stopping the test run: {why}")
