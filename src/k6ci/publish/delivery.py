"""What a delivery is, and what it is given."""

from __future__ import annotations

import dataclasses
import pathlib
from collections.abc import Awaitable, Callable, Mapping
from typing import Final

from k6ci.platforms.facts import Platform
from k6ci.results.model import Report

RESULT_NAME: Final = "result.json"
SUMMARY_NAME: Final = "summary.md"
JUNIT_NAME: Final = "junit.xml"
DEADLINE_SECONDS: Final = 5.0


@dataclasses.dataclass(frozen=True)
class ReportFiles:
    """Where the reports of this process go: with a number in their names where others use the same folder.

    No link below `root` is followed (files.py).
    """

    folder: pathlib.Path
    root: pathlib.Path
    number: int = 1

    @property
    def result(self) -> pathlib.Path:
        """result.json, or result-2.json."""
        return self._numbered(RESULT_NAME)

    @property
    def summary(self) -> pathlib.Path:
        """summary.md, or summary-2.md."""
        return self._numbered(SUMMARY_NAME)

    @property
    def junit(self) -> pathlib.Path:
        """junit.xml, or junit-2.xml."""
        return self._numbered(JUNIT_NAME)

    def _numbered(self, name: str) -> pathlib.Path:
        path = self.folder / name
        return path if self.number == 1 else path.with_stem(f"{path.stem}-{self.number}")


@dataclasses.dataclass(frozen=True)
class Destination:
    """Where to publish: the report directory, and the CI system with the environment of the job."""

    files: ReportFiles
    platform: Platform
    environ: Mapping[str, str] = dataclasses.field(repr=False)


@dataclasses.dataclass(frozen=True)
class StartedRuns:
    """The runs that this process has started so far."""

    run_ids: tuple[int, ...]
    run_urls: tuple[str, ...]


@dataclasses.dataclass(frozen=True)
class Delivery:
    """One way in which a report reaches its readers.

    Attributes:
        name: what is delivered, for a warning that begins with it.
        deliver: delivers a redacted report; whatever it raises becomes a warning. It does nothing for a destination
            that has no use for it.
        announce: announces runs as soon as they have started, for a later step that stops them if this process dies.
        seconds: the maximum time of each call; a late delivery is abandoned, with a warning.
    """

    name: str
    deliver: Callable[[Report, Destination], Awaitable[None]]
    announce: Callable[[StartedRuns, Destination], Awaitable[None]] | None = None
    seconds: float = DEADLINE_SECONDS
