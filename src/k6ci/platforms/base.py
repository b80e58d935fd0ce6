"""The questions that every CI system is asked, and the channels that it offers."""

from __future__ import annotations

import pathlib
from collections.abc import Iterable, Mapping
from typing import Protocol

from k6ci.results.model import Decision
from k6ci.runs.mark import Job


class Platform(Protocol):
    """A CI system. Texts that `opening` and `closing` return are written as they are, around everything else."""

    @property
    def name(self) -> str:
        """For people."""

    @property
    def repository(self) -> str | None:
        """`owner/name`, when the system says so."""

    @property
    def secrets_place(self) -> str:
        """Where a person stores K6_CLOUD_TOKEN, as the end of a sentence."""

    @property
    def secret_variables(self) -> tuple[str, ...]:
        """Variables of the system whose values are secrets of the job."""

    @property
    def is_fork(self) -> bool:
        """Whether this is a pull request from a fork, which gets no secrets."""

    @property
    def job(self) -> Job | None:
        """Which job of the system this is, and in which attempt; None when nobody can tell."""

    @property
    def leg(self) -> str | None:
        """Which of the parallel jobs of a matrix this is, in words that stay the same; None outside of one."""

    @property
    def cautions(self) -> tuple[str, ...]:
        """Sentences about settings of the system that endanger secrets."""

    @property
    def folds(self) -> bool:
        """Whether lines of the log can be folded."""

    @property
    def obeys_output(self) -> bool:
        """Whether the system reads commands from both streams of a job, in no defined order between the two."""

    def fold(self, title: str) -> str:
        """What opens a fold in the log, written as it is."""

    def unfold(self) -> str:
        """What closes it."""

    @property
    def summary_path(self) -> pathlib.Path | None:
        """A file that the system shows as the job's summary."""

    def masks(self, secrets: Iterable[str]) -> str:
        """What tells the system to hide these values; it holds them, so that it must not get into a file."""

    def opening(self) -> str:
        """What has to be written before anything else: a fence around foreign output."""

    def closing(self, decision: Decision | None) -> str:
        """What ends the fence, and points at the decision."""

    def write_outputs(self, outputs: Mapping[str, str]) -> None:
        """Hand values to later steps; OSError when that fails."""


class NoChannels:
    """The channels of a system that shows its log and its artifacts, and nothing else."""

    summary_path: pathlib.Path | None = None
    is_fork: bool = False
    job: Job | None = None
    leg: str | None = None
    cautions: tuple[str, ...] = ()
    folds: bool = False
    obeys_output: bool = False

    def fold(self, title: str) -> str:
        """Nothing."""
        del title
        return ""

    def unfold(self) -> str:
        """Nothing."""
        return ""

    def masks(self, secrets: Iterable[str]) -> str:
        """Nothing: no commands are read from the log."""
        del secrets
        return ""

    def opening(self) -> str:
        """Nothing, either."""
        return ""

    def closing(self, decision: Decision | None) -> str:
        """Nothing."""
        del decision
        return ""

    def write_outputs(self, outputs: Mapping[str, str]) -> None:
        """Nothing: the report directory holds everything."""
