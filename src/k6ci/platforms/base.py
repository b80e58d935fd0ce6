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

    def opening(self, secrets: Iterable[str]) -> str:
        """What has to be written before anything else: masks, and a fence around foreign output."""

    def closing(self, decision: Decision | None) -> str:
        """What ends the fence, and points at the decision."""

    def write_outputs(self, outputs: Mapping[str, str]) -> None:
        """Hand values to later steps; OSError when that fails."""
