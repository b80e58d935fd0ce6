"""The questions that every CI system is asked, and the channels that it offers."""

from __future__ import annotations

import pathlib
from collections.abc import Iterable, Mapping
from typing import Protocol

from k6ci.results.model import Decision


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
